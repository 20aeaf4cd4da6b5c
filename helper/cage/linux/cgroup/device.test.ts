import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskOf, numbersOf, wholeDisk } from './device.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-device-'));
  mkdirSync(join(root, 'devices/vda/vda1'), { recursive: true });
  mkdirSync(join(root, 'block'));
  writeFileSync(join(root, 'devices/vda/dev'), '254:0\n');
  writeFileSync(join(root, 'devices/vda/vda1/partition'), '1\n');
  symlinkSync('../devices/vda', join(root, 'block/254:0'));
  symlinkSync('../devices/vda/vda1', join(root, 'block/254:1'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the disk below a folder', () => {
  it('is the whole one for a partition, and none for what has no disk', () => {
    const blocks = join(root, 'block');
    expect(wholeDisk('254:0', blocks)).toBe('254:0');
    expect(wholeDisk('254:1', blocks)).toBe('254:0');
    expect(wholeDisk('254:2', blocks)).toBeNull();
    expect(wholeDisk('0:42', blocks)).toBeNull();
    expect(diskOf('/proc')).toBeNull();
    expect(diskOf(join(root, 'none'))).toBeNull();
  });

  it('has numbers as the C library takes them apart', () => {
    expect(numbersOf(0x0801n)).toBe('8:1');
    expect(numbersOf((259n << 8n) | 3n)).toBe('259:3');
    // Minor numbers above 255 continue at bit 20, major numbers above 4095 at bit 44.
    expect(numbersOf((8n << 8n) | (1n << 20n) | 5n)).toBe('8:261');
    expect(numbersOf((1n << 44n) | (2n << 8n))).toBe('4098:0');
    const device = statSync('/dev/null', { bigint: true }).rdev;
    expect(numbersOf(device)).toBe('1:3');
  });
});
