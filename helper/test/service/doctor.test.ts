import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, type Ran } from '../agent-run/support.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
const spaces = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-current-user', '--mount'];

let root: string;
let project: string;

/** In a mount namespace in which the project is read-only, as on a disk with an error. */
function akios(readOnly: boolean, ...args: string[]): Promise<Ran> {
  const seal = readOnly ? 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && ' : '';
  const words = ['/bin/sh', '-c', `${seal}cd "$0" && exec "$@"`, project, process.execPath, MAIN];
  const child = spawn('unshare', [...spaces, '--keep-caps', ...words, ...args], {
    env: { ...process.env, AKIOS_STATE_DIR: join(root, 'state'), NO_COLOR: '1' },
  });
  return ended(child);
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'akios-doctor-'));
  project = join(root, 'project');
  const made = spawnSync(process.execPath, [MAIN, 'init', project], {
    env: { ...process.env, AKIOS_STATE_DIR: join(root, 'state') },
  });
  expect(made.status).toBe(0);
});
afterAll(async () => {
  await akios(false, 'helper', 'stop');
  rmSync(root, { recursive: true, force: true });
});

describe('doctor', () => {
  it('reports on a read-only project, whose ledger cannot be opened', async () => {
    await akios(false, 'helper', 'stop');
    const ran = await akios(true, 'doctor', '--json');
    expect(ran.err).toBe('');
    const { checks, summary } = JSON.parse(ran.out.toString()) as {
      checks: { id: string; status: string; observed: string }[];
      summary: { fail: number };
    };
    expect(ran.code).toBe(1);
    // Without a build the worker is missing too; that is told of the product, not of the project.
    const failed = checks.filter((check) => check.status === 'FAIL').map((check) => check.id);
    expect(failed.filter((id) => id !== 'D5')).toEqual(['C2']);
    expect(summary.fail).toBe(failed.length);
    const ledger = checks.find((check) => check.id === 'C2');
    expect(ledger).toMatchObject({ status: 'FAIL' });
    expect(ledger?.observed).toContain('LEDGER_UNAVAILABLE');
    expect(checks.find((check) => check.id === 'P3')?.status).toBe('PASS');
  });

  it('still says that there is no project where there is none', async () => {
    expect((await akios(false, 'doctor', '--project', join(root, 'none'))).code).toBe(4);
  });
});
