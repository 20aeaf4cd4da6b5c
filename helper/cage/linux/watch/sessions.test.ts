import { describe, expect, it } from 'vitest';
import { EAGER_MS, SessionWatch } from './sessions.ts';

const sessions = (count: number): { sessions: Map<number, number> } => ({
  sessions: new Map(Array.from({ length: count }, (_, i) => [i + 1, i + 1001])),
});

describe('sessions of a cage', () => {
  it('are left alone while they are few, and weigh less the more there are, each told once', () => {
    const told: string[] = [];
    const watch = new SessionWatch((pid, nice) => {
      told.push(`${pid}:${nice}`);
      return 'done';
    });
    expect(watch.look(0, sessions(4))).toBeNull();
    expect(told).toEqual([]);
    expect(watch.look(1, sessions(5))).toBeNull();
    expect(told).toEqual([1001, 1002, 1003, 1004, 1005].map((pid) => `${pid}:10`));
    watch.look(2, sessions(5));
    expect(told).toHaveLength(5);
    watch.look(3, sessions(17));
    expect(told.slice(5)).toEqual(Array.from({ length: 17 }, (_, i) => `${i + 1001}:19`));
  });

  it('end the program when it makes more than can be quieted', () => {
    let orders = 0;
    const slow = new SessionWatch(() => {
      orders += 1;
      return orders % 2 === 1 ? 'done' : 'later';
    });
    // One order a look is taken: 20 sessions are quieted before the time is up.
    for (let at = 0; at < 10; at += 1) expect(slow.look(at, sessions(20))).toBeNull();
    expect(slow.look(EAGER_MS * 2, sessions(20))).toBeNull();
    const never = new SessionWatch(() => 'later');
    expect(never.look(0, sessions(40))).toBeNull();
    expect(never.look(EAGER_MS, sessions(40))).toBeNull();
    expect(never.look(EAGER_MS + 1, sessions(40))).toBe(40);
    // A pause begins the time anew.
    expect(never.look(EAGER_MS + 2, sessions(3))).toBeNull();
    expect(never.look(EAGER_MS + 3, sessions(40))).toBeNull();
  });

  it('that are gone ask for nothing', () => {
    const watch = new SessionWatch(() => 'gone');
    expect(watch.look(0, sessions(100))).toBeNull();
    expect(watch.look(EAGER_MS * 9, sessions(100))).toBeNull();
  });
});
