import { describe, expect, it } from 'vitest';
import { holdings, hostMemory, pageTables, pipeMemory } from './hidden-memory.ts';

describe('memory beside the resident sets', () => {
  it('of the host is read in bytes', () => {
    const text = 'MemTotal: 9 kB\nShmem:            22 kB\nSUnreclaim:       88 kB\n';
    expect(hostMemory(text)).toEqual({ shared: 22_528, kernel: 90_112 });
    expect(hostMemory('')).toEqual({ shared: 0, kernel: 0 });
  });

  it('of pipes is two pages each, and sixteen for those below the limit of the user', () => {
    expect(pipeMemory(0, 16_384)).toBe(0);
    expect(pipeMemory(10, 16_384)).toBe(10 * 73_728);
    expect(pipeMemory(100_000, 16_384)).toBe(100_000 * 8192 + 16_384 * 4096);
    expect(pipeMemory(100_000, 0)).toBe(100_000 * 73_728);
  });

  it('of a process is found, and of one that is gone is nothing', async () => {
    expect(pageTables([process.pid])).toBeGreaterThan(0);
    expect(pageTables([4_194_303])).toBe(0);
    const own = await holdings([process.pid], Number.MAX_SAFE_INTEGER);
    expect(own.mappings).toBeGreaterThan(10);
    const gone = await holdings([4_194_303], 10);
    expect(gone).toEqual({ mapped: 0, mappings: 0, unknown: false });
  });
});
