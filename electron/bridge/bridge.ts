import type { IpcMainInvokeEvent, WebContents } from 'electron';
import { type CallName, contract } from '../../shared/contract/table.ts';
import type { ErrorValue, Result } from '../../shared/domain/errors.ts';
import type { Electron } from '../facade.ts';
import { isAppUrl } from '../security/origin.ts';
import { CHANNEL } from './channels.ts';

/** What the bridge needs of the helper; the real one speaks to its Unix socket. */
export interface HelperPort {
  call(name: CallName, input: unknown): Promise<Result<unknown>>;
  /** Delivers events, and `null` when the stream is lost. Returns unsubscribe. */
  subscribe(project: string, listener: (event: unknown) => void): () => void;
}

export interface BridgeLimits {
  maxBytes: number;
  callsPerSecond: number;
}

const LIMITS: BridgeLimits = { maxBytes: 9 * 1024 * 1024, callsPerSecond: 200 };

const refused = (message: string): Result<never> => ({
  ok: false,
  error: { code: 'FORBIDDEN', message } satisfies ErrorValue,
});

/**
 * Connects console pages to the helper. Every message is checked for its sender, its size, its rate
 * and its schema; what fails is refused and counted, and nothing of it reaches the helper.
 */
export class Bridge {
  readonly #electron: Electron;
  readonly #helper: HelperPort;
  readonly #limits: BridgeLimits;
  readonly #known = new Set<WebContents>();
  readonly #streams = new Map<string, { contents: WebContents; stop: () => void }>();
  readonly #calls = new Map<number, number[]>();
  #refusals = 0;
  readonly #log: (line: string) => void;

  constructor(
    electron: Electron,
    helper: HelperPort,
    log: (line: string) => void,
    limits: BridgeLimits = LIMITS,
  ) {
    this.#electron = electron;
    this.#helper = helper;
    this.#log = log;
    this.#limits = limits;
  }

  get refusals(): number {
    return this.#refusals;
  }

  start(): void {
    const { ipcMain } = this.#electron;
    ipcMain.handle(CHANNEL.call, (event, name: unknown, input: unknown) =>
      this.#onCall(event, name, input),
    );
    ipcMain.handle(CHANNEL.subscribe, (event, id: unknown, project: unknown) =>
      this.#onSubscribe(event, id, project),
    );
    ipcMain.handle(CHANNEL.unsubscribe, (event, id: unknown) => this.#onUnsubscribe(event, id));
  }

  /** Only pages of windows this shell opened itself may speak. */
  admit(contents: WebContents): void {
    this.#known.add(contents);
    contents.once('destroyed', () => {
      this.#known.delete(contents);
      this.#calls.delete(contents.id);
      this.#endStreams(contents);
    });
    // A page that died or is loaded anew counts its streams from one again; its old ones are nobody's.
    contents.on('render-process-gone', () => this.#endStreams(contents));
    contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) this.#endStreams(contents);
    });
  }

  #endStreams(contents: WebContents): void {
    for (const [key, stream] of this.#streams) {
      if (stream.contents !== contents) continue;
      stream.stop();
      this.#streams.delete(key);
    }
  }

  dispose(): void {
    for (const channel of [CHANNEL.call, CHANNEL.subscribe, CHANNEL.unsubscribe]) {
      this.#electron.ipcMain.removeHandler(channel);
    }
    for (const { stop } of this.#streams.values()) stop();
    this.#streams.clear();
  }

  #refuse(why: string): Result<never> {
    this.#refusals += 1;
    this.#log(`refused a message of a page: ${why}`);
    return refused(why);
  }

  /** Null when the sender is ours, else why it is not. */
  #senderProblem(event: IpcMainInvokeEvent): string | null {
    const frame = event.senderFrame;
    if (!this.#known.has(event.sender) || event.sender.isDestroyed()) return 'unknown sender';
    if (frame === null || frame !== event.sender.mainFrame) return 'not the main frame';
    if (!isAppUrl(frame.url)) return 'not our own page';
    const now = Date.now();
    const recent = (this.#calls.get(event.sender.id) ?? []).filter((at) => now - at < 1000);
    recent.push(now);
    this.#calls.set(event.sender.id, recent);
    return recent.length > this.#limits.callsPerSecond ? 'too many calls' : null;
  }

  async #onCall(
    event: IpcMainInvokeEvent,
    name: unknown,
    input: unknown,
  ): Promise<Result<unknown>> {
    const problem = this.#senderProblem(event);
    if (problem !== null) return this.#refuse(problem);
    if (typeof name !== 'string' || !Object.hasOwn(contract, name)) {
      return this.#refuse('unknown call');
    }
    const call = name as CallName;
    const { kind, input: schema } = contract[call];
    if (kind === 'attach' || kind === 'stream') return this.#refuse('not a call of a page');
    if (byteLength(input) > this.#limits.maxBytes) return this.#refuse('message too large');
    const parsed = schema.safeParse(input);
    if (!parsed.success) return this.#refuse('the input does not fit the contract');
    return this.#helper.call(call, parsed.data);
  }

  async #onSubscribe(
    event: IpcMainInvokeEvent,
    id: unknown,
    project: unknown,
  ): Promise<Result<true>> {
    const problem = this.#senderProblem(event);
    if (problem !== null) return this.#refuse(problem);
    if (typeof id !== 'string' || !/^[a-z0-9-]{1,40}$/.test(id)) return this.#refuse('bad id');
    const parsed = contract['events.stream'].input.safeParse({ project });
    if (!parsed.success) return this.#refuse('the input does not fit the contract');
    const contents = event.sender;
    const key = `${contents.id}:${id}`;
    if (this.#streams.has(key) || this.#streams.size >= 32) return this.#refuse('too many streams');
    const stop = this.#helper.subscribe(parsed.data.project, (message) => {
      if (!contents.isDestroyed()) contents.send(CHANNEL.event, id, message);
    });
    this.#streams.set(key, { contents, stop });
    return { ok: true, value: true };
  }

  async #onUnsubscribe(event: IpcMainInvokeEvent, id: unknown): Promise<Result<true>> {
    const problem = this.#senderProblem(event);
    if (problem !== null) return this.#refuse(problem);
    const key = `${event.sender.id}:${String(id)}`;
    this.#streams.get(key)?.stop();
    this.#streams.delete(key);
    return { ok: true, value: true };
  }
}

/** UTF-8 size of a structured-clone value as JSON; what cannot be written counts as too large. */
function byteLength(value: unknown): number {
  try {
    return new TextEncoder().encode(JSON.stringify(value) ?? '').byteLength;
  } catch (error) {
    if (error instanceof TypeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
