import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileSystemUse, measure } from './disk.ts';

const ALL = { bytes: Number.MAX_SAFE_INTEGER, entries: 1_000_000 };
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-disk-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the size of a folder', () => {
  it('counts blocks and entries, a file of several names once, and follows no link', async () => {
    mkdirSync(join(root, 'w/a/b'), { recursive: true });
    writeFileSync(join(root, 'outside'), 'x'.repeat(1_000_000));
    writeFileSync(join(root, 'w/a/b/file'), 'x'.repeat(40_960));
    linkSync(join(root, 'w/a/b/file'), join(root, 'w/again'));
    symlinkSync(root, join(root, 'w/up'));
    symlinkSync(join(root, 'outside'), join(root, 'w/out'));
    const use = await measure(join(root, 'w'), ALL);
    expect(use.entries).toBe(6);
    expect(use.bytes).toBeGreaterThanOrEqual(40_960);
    expect(use.bytes).toBeLessThan(80_000);
  });

  it('stops past its bounds, when told, and tells of folders too deep to follow', async () => {
    for (let i = 0; i < 50; i += 1) writeFileSync(join(root, `f${i}`), 'x'.repeat(8192));
    expect((await measure(root, { ...ALL, entries: 10 })).entries).toBe(11);
    expect((await measure(root, { ...ALL, bytes: 20_000 })).entries).toBeLessThan(10);
    expect((await measure(root, { ...ALL, stopped: () => true })).entries).toBe(1);
    mkdirSync(join(root, 'd/'.repeat(200)), { recursive: true });
    expect((await measure(root, ALL)).deep).toBe(true);
  });

  it('is nothing for a folder that is gone', async () => {
    expect(await measure(join(root, 'none'), ALL)).toEqual({ bytes: 0, entries: 0 });
    expect(await fileSystemUse(join(root, 'none'))).toBeNull();
    expect((await fileSystemUse(root))?.bytes).toBeGreaterThan(0);
  });
});
