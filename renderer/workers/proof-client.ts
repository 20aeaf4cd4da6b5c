import type { Answer, Replies, Request } from './messages.ts';

export interface ProofWorker {
  ask<K extends Request['kind']>(request: Extract<Request, { kind: K }>): Promise<Replies[K]>;
  dispose(): void;
}

/** Starts the worker; one per screen that needs it, stopped with it. */
export function startProofWorker(): ProofWorker {
  const worker = new Worker(new URL('./proof.worker.ts', import.meta.url), {
    type: 'module',
    name: 'proof',
  });
  const waiting = new Map<number, { done(value: unknown): void; failed(why: Error): void }>();
  let next = 0;
  worker.addEventListener('message', (message: MessageEvent<Answer>) => {
    const call = waiting.get(message.data.id);
    waiting.delete(message.data.id);
    if (call === undefined) return;
    if ('fault' in message.data) call.failed(new Error(message.data.fault));
    else call.done(message.data.value);
  });
  worker.addEventListener('error', () => {
    for (const { failed } of waiting.values()) failed(new Error('The proof worker failed.'));
    waiting.clear();
  });
  return {
    ask: <K extends Request['kind']>(request: Extract<Request, { kind: K }>) =>
      new Promise<Replies[K]>((done, failed) => {
        next += 1;
        waiting.set(next, { done: done as (value: unknown) => void, failed });
        worker.postMessage({ id: next, request });
      }),
    dispose: () => {
      worker.terminate();
      for (const { failed } of waiting.values()) failed(new Error('The proof worker was stopped.'));
      waiting.clear();
    },
  };
}
