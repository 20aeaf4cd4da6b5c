import { randomBytes } from 'node:crypto';
import type { ConsoleEvent } from '../../../shared/contract/events.ts';
import type { Json } from '../../../shared/domain/json.ts';

type Unnumbered<E> = E extends { n: number } ? Omit<E, 'n'> : never;
/** A delta before it gets its number. */
export type Delta = Unnumbered<Exclude<ConsoleEvent, { kind: 'snapshot' }>>;
/** What a snapshot holds beside number and boot. */
export type SnapshotState = Omit<
  Extract<ConsoleEvent, { kind: 'snapshot' }>,
  'n' | 'kind' | 'boot'
>;

export interface StreamHandle {
  close(): void;
}

type Sink = (id: string, kind: string, data: string) => void;

interface Kept {
  n: number;
  kind: string;
  data: string;
}

/** Deltas kept per project for clients that come back. */
const RING = 4096;
const HEARTBEAT_MS = 1_000;

interface Channel {
  n: number;
  ring: Kept[];
  sinks: Set<(event: Kept) => void>;
}

/**
 * Numbers the events of each project without gap, keeps the newest, and hands a client either
 * exactly what it missed or a fresh snapshot.
 */
export class EventHub {
  /** Changes with every helper start. */
  readonly boot: string;
  readonly #channels = new Map<string, Channel>();
  #timer: NodeJS.Timeout | undefined;

  constructor(boot: string = randomBytes(6).toString('hex')) {
    this.boot = boot;
  }

  publish(project: string, delta: Delta): void {
    const channel = this.#channels.get(project);
    // Without a client ever seen there is nobody who could miss it.
    if (channel === undefined) return;
    channel.n += 1;
    const event: Kept = {
      n: channel.n,
      kind: delta.kind,
      data: JSON.stringify({ n: channel.n, ...delta } satisfies Record<string, unknown> as Json),
    };
    channel.ring.push(event);
    if (channel.ring.length > RING) channel.ring.splice(0, channel.ring.length - RING);
    for (const sink of channel.sinks) sink(event);
  }

  /**
   * @param project registry id
   * @param lastEventId `boot:n` of the last event the client applied
   */
  async open(
    project: string,
    lastEventId: string | undefined,
    snapshot: () => Promise<SnapshotState>,
    sink: Sink,
  ): Promise<StreamHandle> {
    const channel = this.#channel(project);
    const send = (event: Kept): void => sink(`${this.boot}:${event.n}`, event.kind, event.data);
    const missed = this.#missed(channel, lastEventId);
    if (missed !== null) {
      for (const event of missed) send(event);
      return this.#attach(channel, send);
    }
    const held: Kept[] = [];
    const hold = (event: Kept): void => {
      held.push(event);
    };
    channel.sinks.add(hold);
    try {
      const n = channel.n;
      const state = await snapshot();
      const data = JSON.stringify({ n, kind: 'snapshot', boot: this.boot, ...state });
      send({ n, kind: 'snapshot', data });
      for (const event of held) send(event);
      return this.#attach(channel, send);
    } finally {
      channel.sinks.delete(hold);
    }
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#channels.clear();
  }

  /** What a client misses, or null when it must take a snapshot. */
  #missed(channel: Channel, lastEventId: string | undefined): Kept[] | null {
    const match = /^([0-9a-f]+):(\d{1,15})$/.exec(lastEventId ?? '');
    if (match === null || match[1] !== this.boot) return null;
    const n = Number(match[2]);
    if (n > channel.n) return null;
    if (n === channel.n) return [];
    const first = channel.ring[0]?.n ?? channel.n + 1;
    return n + 1 < first ? null : channel.ring.filter((event) => event.n > n);
  }

  #attach(channel: Channel, send: (event: Kept) => void): StreamHandle {
    channel.sinks.add(send);
    this.#timer ??= setInterval(() => this.#beat(), HEARTBEAT_MS);
    return {
      close: () => {
        channel.sinks.delete(send);
        const idle = [...this.#channels.values()].every((c) => c.sinks.size === 0);
        if (!idle) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  #beat(): void {
    const at = new Date().toISOString();
    for (const [project, channel] of this.#channels) {
      if (channel.sinks.size > 0) this.publish(project, { kind: 'heartbeat', at });
    }
  }

  #channel(project: string): Channel {
    const known = this.#channels.get(project);
    if (known !== undefined) return known;
    const made: Channel = { n: 0, ring: [], sinks: new Set() };
    this.#channels.set(project, made);
    return made;
  }
}
