import type { ContextBridge, IpcRenderer } from 'electron';
import { CHANNEL } from './channels.ts';

const isDone = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true;

/**
 * Gives the page one frozen object: contract calls and one stream per project. No generic send,
 * no event objects; the main process checks every message again.
 */
export function exposePageApi(
  bridge: Pick<ContextBridge, 'exposeInMainWorld'>,
  ipc: Pick<IpcRenderer, 'invoke' | 'on'>,
): void {
  const listeners = new Map<string, (event: unknown) => void>();
  let next = 0;
  ipc.on(CHANNEL.event, (_event, id: string, message: unknown) => {
    listeners.get(id)?.(message);
  });

  const call = (name: string, input: unknown): Promise<unknown> =>
    ipc.invoke(CHANNEL.call, name, input);

  /** The listener gets contract events, and `null` when the stream is lost. */
  const subscribe = (project: string, listener: (event: unknown) => void): (() => void) => {
    next += 1;
    const id = `s-${next}`;
    const lost = (): void => listener(null);
    listeners.set(id, listener);
    ipc.invoke(CHANNEL.subscribe, id, project).then((answer: unknown) => {
      if (!isDone(answer)) lost();
    }, lost);
    return () => {
      listeners.delete(id);
      ipc.invoke(CHANNEL.unsubscribe, id).catch(lost);
    };
  };
  bridge.exposeInMainWorld('akios', Object.freeze({ call, subscribe }));
}
