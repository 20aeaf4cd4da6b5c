import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { X64 } from '../seccomp/filter.ts';
import { encodePlan, type LaunchPlan, swapMap } from './plan.ts';

const EVERY = 0xffffffff;

interface Extent {
  from: number;
  to: number;
  count: number;
}

const extents = (text: string): Extent[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .map(([from = 0, to = 0, count = 0]) => ({ from, to, count }));

function mapped(all: readonly Extent[], id: number): number | null {
  const extent = all.find((e) => id >= e.from && id < e.from + e.count);
  return extent === undefined ? null : extent.to + (id - extent.from);
}

describe('the id map of a folder', () => {
  it('shows the owner as the run and leaves every other id itself, each exactly once', () => {
    const id = fc.oneof(fc.nat(70_000), fc.nat(EVERY - 1), fc.constantFrom(0, 65_534, EVERY - 1));
    fc.assert(
      fc.property(id, id, id, (owner, run, other) => {
        const all = extents(swapMap(owner, run, true));
        expect(mapped(all, owner)).toBe(run);
        expect(mapped(all, run)).toBe(owner);
        if (other !== owner && other !== run) expect(mapped(all, other)).toBe(other);
        expect(all.reduce((sum, e) => sum + e.count, 0)).toBe(EVERY);
        expect(all.every((e) => e.count > 0)).toBe(true);
      }),
    );
  });

  it('is the one pair where this helper does not have every id', () => {
    expect(swapMap(0, 30_208, false)).toBe('0 30208 1\n');
  });
});

describe('the plan', () => {
  const plan: LaunchPlan = {
    parent: 10,
    leaf: '/sys/fs/cgroup/x',
    user: 1000,
    ipc: true,
    trees: [{ path: '/a b', kind: 'dir', owner: { uid: 0, gid: 0 }, device: 1 }],
    plain: [],
    lastFd: 12,
    exec: ['/usr/bin/bwrap', '--args', '4', '--', 'x\ny'],
  };

  it('is words separated by NUL, the program last and whole', () => {
    const words = encodePlan(plan, X64, true).toString().split('\0');
    expect(words.at(-1)).toBe('');
    const at = words.indexOf('exec');
    expect(words.slice(at + 1, -1)).toEqual(plan.exec);
    expect(words.slice(words.indexOf('tree'), words.indexOf('tree') + 4)).toEqual([
      'tree',
      '/a b',
      'dir',
      '0:0',
    ]);
  });

  it('refuses a word that would end early', () => {
    for (const bad of ['/a\0exec', 'a\0b']) {
      expect(() => encodePlan({ ...plan, exec: [bad] }, X64, true)).toThrow('NUL');
    }
  });
});
