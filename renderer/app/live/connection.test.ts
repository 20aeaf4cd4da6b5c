import { expect, test } from 'vitest';
import type { ConsoleEvent } from '../../../shared/contract/events.ts';
import type { ConsoleApi, StreamMessage } from '../../client/api.ts';
import { Connection, type ConnectionClock, type ConnectionState } from './connection.ts';

class FakeClock implements ConnectionClock {
  time = 0;
  #jobs: { at: number; run: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(ms: number, run: () => void): () => void {
    const job = { at: this.time + ms, run };
    this.#jobs.push(job);
    return () => {
      this.#jobs = this.#jobs.filter((j) => j !== job);
    };
  }
  forward(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.#jobs.filter((j) => j.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#jobs = this.#jobs.filter((j) => j !== next);
      this.time = next.at;
      next.run();
    }
    this.time = end;
  }
}

function rig() {
  const clock = new FakeClock();
  const opened: { lastEventId: string | undefined; send(message: StreamMessage): void }[] = [];
  const api = {
    via: 'browser',
    subscribe: (_project, listener, options) => {
      opened.push({ lastEventId: options?.lastEventId, send: listener });
      return () => undefined;
    },
  } as Pick<ConsoleApi, 'via' | 'subscribe'> as ConsoleApi;
  const states: ConnectionState[] = [];
  const connection = new Connection(api, 'p', (s) => states.push(s), clock);
  const event = (e: unknown): StreamMessage => ({ kind: 'event', event: e as ConsoleEvent });
  const snapshot = (n: number) =>
    event({ kind: 'snapshot', n, boot: 'b', cage: {}, runs: [], budget: {}, ledger: null });
  const beat = (n: number) => event({ kind: 'heartbeat', n, at: '' });
  const lost: StreamMessage = {
    kind: 'lost',
    error: { code: 'HELPER_UNREACHABLE', message: 'gone' },
  };
  return { clock, opened, states, connection, snapshot, beat, lost };
}

test('events of one moment become one change of the screen', () => {
  const { clock, opened, states, connection, snapshot, beat } = rig();
  connection.open();
  opened[0]?.send(snapshot(0));
  for (let n = 1; n <= 50; n++) opened[0]?.send(beat(n));
  expect(states).toHaveLength(0);
  clock.forward(16);
  expect(states).toHaveLength(1);
  expect(states[0]?.data.n).toBe(50);
});

test('a gap opens the stream again and asks for a snapshot', () => {
  const { opened, connection, snapshot, beat } = rig();
  connection.open();
  opened[0]?.send(snapshot(0));
  opened[0]?.send(beat(2));
  expect(opened).toHaveLength(2);
  expect(opened[1]?.lastEventId).toBeUndefined();
});

test('after a loss it resumes where it was, and waits longer each time up to three seconds', () => {
  const { clock, opened, states, connection, snapshot, lost } = rig();
  connection.open();
  opened[0]?.send(snapshot(7));
  opened[0]?.send(lost);
  expect(states.at(-1)?.lost?.code).toBe('HELPER_UNREACHABLE');
  expect(states.at(-1)?.nextTryAt).toBe(clock.now() + 500);
  clock.forward(500);
  expect(opened[1]?.lastEventId).toBe('b:7');
  const waits: number[] = [];
  for (let i = 1; i < 10; i++) {
    const from = clock.now();
    opened.at(-1)?.send(lost);
    waits.push((states.at(-1)?.nextTryAt ?? 0) - from);
    clock.forward(3_000);
  }
  expect(waits.slice(0, 5)).toEqual([1000, 1500, 2000, 2500, 3000]);
  expect(Math.max(...waits)).toBe(3000);
});

test('what an old stream still says after a new one was opened is not heard', () => {
  const { clock, opened, states, connection, snapshot } = rig();
  connection.open();
  connection.open();
  opened[0]?.send(snapshot(3));
  clock.forward(100);
  expect(states).toHaveLength(0);
  connection.dispose();
  opened[1]?.send(snapshot(3));
  clock.forward(100);
  expect(states).toHaveLength(0);
});
