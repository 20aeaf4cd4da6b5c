import { describe, expect, it } from 'vitest';
import { EventHub, type SnapshotState } from './hub.ts';

interface Got {
  id: string;
  kind: string;
  n: number;
}

const state = {} as SnapshotState;
const line = (text: string) =>
  ({ kind: 'log', run: 'r', step: null, line: { n: 0, at: '', stream: 'run', text } }) as const;

function collect(): { got: Got[]; sink: (id: string, kind: string, data: string) => void } {
  const got: Got[] = [];
  return {
    got,
    sink: (id, kind, data) => got.push({ id, kind, n: (JSON.parse(data) as { n: number }).n }),
  };
}

describe('the event hub', () => {
  it('sends a snapshot first, then deltas numbered without gap', async () => {
    const hub = new EventHub('b00');
    const { got, sink } = collect();
    await hub.open('p', undefined, async () => state, sink);
    hub.publish('p', line('a'));
    hub.publish('other', line('not ours'));
    hub.publish('p', line('b'));
    expect(got.map((e) => `${e.kind}:${e.n}`)).toEqual(['snapshot:0', 'log:1', 'log:2']);
    expect(got.at(-1)?.id).toBe('b00:2');
    hub.dispose();
  });

  it('loses nothing that happens while the snapshot is made', async () => {
    const hub = new EventHub('b00');
    const { got, sink } = collect();
    await hub.open(
      'p',
      undefined,
      async () => {
        hub.publish('p', line('meanwhile'));
        return state;
      },
      sink,
    );
    hub.publish('p', line('after'));
    expect(got.map((e) => e.n)).toEqual([0, 1, 2]);
    hub.dispose();
  });

  it('resumes exactly after the last event, without a snapshot', async () => {
    const hub = new EventHub('b00');
    const first = collect();
    const handle = await hub.open('p', undefined, async () => state, first.sink);
    hub.publish('p', line('1'));
    handle.close();
    hub.publish('p', line('2'));
    hub.publish('p', line('3'));
    const second = collect();
    await hub.open('p', first.got.at(-1)?.id, async () => state, second.sink);
    hub.publish('p', line('4'));
    expect(first.got.map((e) => e.n)).toEqual([0, 1]);
    expect(second.got.map((e) => `${e.kind}:${e.n}`)).toEqual(['log:2', 'log:3', 'log:4']);
    hub.dispose();
  });

  it('gives a snapshot when the helper restarted, the id is nonsense or the ring moved on', async () => {
    const hub = new EventHub('b00');
    const { sink } = collect();
    await hub.open('p', undefined, async () => state, sink);
    for (let i = 0; i < 5000; i += 1) hub.publish('p', line('x'));
    for (const id of ['b01:4999', 'b00:9999', 'nonsense', 'b00:1']) {
      const next = collect();
      const handle = await hub.open('p', id, async () => state, next.sink);
      expect(next.got.map((e) => `${e.kind}:${e.n}`)).toEqual(['snapshot:5000']);
      handle.close();
    }
    hub.dispose();
  });
});
