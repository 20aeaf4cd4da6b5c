import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Projects that were deleted and made anew, or moved, while the helper runs. */
const MAIN = join(import.meta.dirname, 'main.ts');
let home: string;

function akios(cwd: string, ...args: string[]) {
  const ran = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, AKIOS_STATE_DIR: join(home, 'state'), NO_COLOR: '1' },
    encoding: 'utf8',
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'akios-renew-'));
});
afterAll(() => {
  expect(akios(home, 'helper', 'stop').code).toBe(0);
  rmSync(home, { recursive: true, force: true });
});

function made(name: string): string {
  const dir = join(home, name);
  expect(akios(home, 'init', dir).code).toBe(0);
  for (let i = 0; i < 2; i++) expect(akios(dir, 'audit', 'anchor').code).toBe(0);
  expect(akios(dir, 'audit', 'verify').code).toBe(0);
  return dir;
}

/** Runs the command that `audit renew` printed for the older log. */
function verifyOlder(out: string): number | null {
  const line = out.split('\n').find((text) => text.startsWith('Verify it: akios '))!;
  const words = [...line.matchAll(/"([^"]+)"|(\S+)/g)].map((m) => m[1] ?? m[2]!);
  return akios(home, ...words.slice(3)).code;
}

it('a project deleted and made anew tells what to do, and its older log is not forgotten', () => {
  const dir = made('again');
  rmSync(dir, { recursive: true });
  for (const refused of [akios(home, 'init', dir), akios(dir, 'audit', 'anchor')]) {
    expect(refused.code).toBe(5);
    expect(refused.err).toContain('akios audit renew --reason');
  }
  expect(akios(dir, 'audit', 'verify').code).toBe(1);
  expect(akios(dir, 'audit', 'renew').code).toBe(2);
  const renewed = akios(dir, 'audit', 'renew', '--reason', 'made anew');
  expect(renewed.err).toBe('');
  expect(renewed.code).toBe(0);
  expect(verifyOlder(renewed.out)).toBe(1);
  expect(akios(dir, 'audit', 'anchor').code).toBe(0);
  const verified = akios(dir, 'audit', 'verify');
  expect(verified.code).toBe(0);
  expect(verified.out).toContain('receipt-000001');
  const rows = akios(dir, 'audit', 'log', '--filter', 'type:log.renew', '--json');
  expect(JSON.parse(rows.out).events).toHaveLength(1);
  const whole = akios(dir, 'audit', 'renew', '--reason', 'why not');
  expect(whole.code).not.toBe(0);
  expect(whole.err).toContain('nothing to renew');
});

it('a moved project says so; its older log verifies with the key it was begun with', () => {
  const dir = made('before');
  const moved = join(home, 'after');
  renameSync(dir, moved);
  const refused = akios(moved, 'audit', 'anchor');
  expect(refused.code).toBe(5);
  expect(refused.err).toMatch(/moved or copied/);
  const renewed = akios(moved, 'audit', 'renew', '--reason', 'moved');
  expect(renewed.code).toBe(0);
  expect(renewed.out).toContain(`It was begun in ${dir}.`);
  expect(verifyOlder(renewed.out)).toBe(0);
  expect(akios(moved, 'audit', 'anchor').code).toBe(0);
  expect(akios(moved, 'audit', 'verify').code).toBe(0);
  expect(existsSync(join(moved, 'audit/audit.db'))).toBe(true);
});
