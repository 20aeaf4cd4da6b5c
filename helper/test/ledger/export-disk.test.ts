import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';

const CHILD = fileURLToPath(new URL('export-child.ts', import.meta.url));
const NAME = 'an export to a disk that is too small leaves no file and no harm';
const MOUNT = 'mount -t tmpfs -o size=128k tmpfs';

if (spawnSync('unshare', ['-rm', 'sh', '-ec', `${MOUNT} /mnt`]).status !== 0) {
  declareNotRun(`ledger: ${NAME}`, 'unshare does not work here');
  it('is declared', () => expect(CHILD).toContain('export-child'));
} else {
  it(NAME, { timeout: 300_000 }, () => {
    const dir = mkdtempSync(join(tmpdir(), 'akios-export-disk-'));
    const disk = join(dir, 'disk');
    mkdirSync(disk);
    const steps = `${MOUNT} '${disk}'; '${process.execPath}' '${CHILD}' '${join(dir, 'at')}' '${disk}'`;
    const run = spawnSync('unshare', ['-rm', 'sh', '-ec', steps], { encoding: 'utf8' });
    rmSync(dir, { recursive: true, force: true });
    expect(run.stderr).toBe('');
    expect(
      run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { format: 'bundle', code: 'DISK_FULL', left: [] },
      { format: 'csv', code: 'DISK_FULL', left: [] },
      { format: 'html', code: 'DISK_FULL', left: [] },
      { format: 'csv', rows: 6, receipt: true },
      { format: 'csv', code: 'INPUT_INVALID', left: ['few', 'few.receipt'] },
      { failed: 4 },
      { ok: 1 },
    ]);
  });
}
