import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDraft } from '../../../bench/make-ledger.ts';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { makeLedger } from '../../store/ledger/bulk.ts';
import { forge, pathsOf, settle } from './forge.ts';
import { STRANGER_SCRIPT, strangerWorks } from './stranger.ts';

/**
 * What lies around a log and the verifier's own inputs: each verifier runs as a process, ends in
 * time with the exit code of the format, and its last line is JSON.
 */
const CLI = new URL('./verify-child.ts', import.meta.url).pathname;
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
const own = [process.execPath, CLI];
const commands = strangerWorks() ? [own, ['python3', STRANGER_SCRIPT]] : [own];
const before = process.getuid?.() === 0 ? NOBODY : [];
/** Those that another user can run: a command in a closed folder cannot be. */
const open = [...commands, ['/usr/bin/python3', STRANGER_SCRIPT]].filter((command) => {
  const [file, ...rest] = [...before, ...command];
  return spawnSync(file!, rest, { encoding: 'utf8' }).stdout?.includes('"findings"') === true;
});
let root: string;
let base: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-surroundings-'));
  chmodSync(root, 0o755);
  base = join(root, 'base');
  const draft = (n: number) => sampleDraft('s', n);
  makeLedger({ paths: pathsOf(base), events: 30, sealEvery: 10, salt: 's', draft });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function fresh(): string {
  const dir = join(root, 'case');
  rmSync(dir, { recursive: true, force: true });
  cpSync(base, dir, { recursive: true });
  return dir;
}

const ofLog = (dir: string): string[] => [
  ...['--log', join(dir, 'log'), '--vkey', join(dir, 'trust/log.vkey')],
  ...['--anchor', join(dir, 'trust/anchor.note')],
];

/** The same exit code and codes of both. */
function verdict(args: readonly string[], asNobody = false): [number, string[]] {
  const all = (asNobody ? open : commands).map((command): [number, string[]] => {
    const [file, ...rest] = [...(asNobody ? before : []), ...command, ...args];
    const run = spawnSync(file!, rest, {
      encoding: 'utf8',
      timeout: 60_000,
      killSignal: 'SIGKILL',
    });
    const last = run.stdout.trimEnd().split('\n').at(-1) ?? '';
    if (!last.startsWith('{')) throw new Error(`no JSON (${run.status}): ${run.stderr}`);
    const { findings } = JSON.parse(last) as { findings: { code: string }[] };
    return [run.status ?? -1, findings.map((f) => f.code)];
  });
  for (const one of all) expect(one).toEqual(all[0]);
  return all[0]!;
}

const NO_VERDICT = [2, ['INPUT_UNREADABLE']];

describe('around a log', { timeout: 300_000 }, () => {
  it('links that lead to files of the kernel give no verdict, and a linked log is evidence', () => {
    for (const name of ['log.vkey', 'anchor.note', 'log.keys']) {
      const dir = fresh();
      rmSync(join(dir, 'trust', name), { force: true });
      symlinkSync('/proc/self/mem', join(dir, 'trust', name));
      expect([name, verdict(ofLog(dir))]).toEqual([name, NO_VERDICT]);
    }
    const dir = fresh();
    rmSync(join(dir, 'log/audit.db'));
    symlinkSync('/proc/self/mem', join(dir, 'log/audit.db'));
    expect(verdict(ofLog(dir))).toEqual([1, ['SYMLINK', 'INPUT_UNREADABLE']]);
    symlinkSync('/proc/self/mem', join(dir, 'export'));
    const trust = ofLog(dir).slice(2);
    for (const flag of ['--export', '--bundle', '--receipt']) {
      expect([flag, verdict([flag, join(dir, 'export'), ...trust])]).toEqual([flag, NO_VERDICT]);
    }
  });

  it('a side file that is a link to itself', () => {
    for (const end of ['-wal', '-shm', '-journal']) {
      const dir = fresh();
      const file = join(dir, `log/audit.db${end}`);
      symlinkSync(file, file);
      expect([end, verdict(ofLog(dir))]).toEqual([end, [1, ['SYMLINK', 'LOG_MISSING']]]);
    }
  });

  it('an anchor that is not there counts as none; a path without meaning or access does not', () => {
    const dir = fresh();
    const first = ofLog(dir).slice(0, 4);
    const key = join(dir, 'trust/log.vkey');
    expect(verdict([...first, '--anchor', join(dir, 'none')])).toEqual([3, []]);
    expect(verdict([...first, '--anchor', `${key}/anchor.note`])).toEqual(NO_VERDICT);
    expect(verdict([...first, '--anchor', ''])).toEqual(NO_VERDICT);
    for (const args of [[], ['--lo', join(dir, 'log')], [...ofLog(dir), '--more'], ['--log']]) {
      expect([args, verdict(args)]).toEqual([args, NO_VERDICT]);
    }
  });

  if (open.length >= commands.length) {
    it('what the reader has no access to gives no verdict', () => {
      const cases: [string, unknown][] = [
        ['log/audit.db', NO_VERDICT],
        ['log/audit.db-wal', NO_VERDICT],
        ['log', NO_VERDICT],
        ['trust/log.vkey', NO_VERDICT],
        ['trust/anchor.note', NO_VERDICT],
        ['trust/log.keys', NO_VERDICT],
        ['log/archive', NO_VERDICT],
        ['trust/receipts', NO_VERDICT],
        ['trust/retired', NO_VERDICT],
      ];
      for (const [name, want] of cases) {
        const dir = fresh();
        const path = join(dir, name);
        if (/wal|keys/.test(name)) writeFileSync(path, 'x');
        if (/archive|receipts|retired/.test(name)) mkdirSync(path);
        spawnSync('chmod', ['-R', 'a+rX', dir]);
        chmodSync(path, 0);
        const found = verdict(ofLog(dir), true);
        chmodSync(path, 0o755);
        expect([name, found]).toEqual([name, want]);
      }
    });

    it('an archive without access is no verdict where its rows are needed', () => {
      const dir = fresh();
      const f = forge(dir);
      f.db.exec('DELETE FROM events WHERE idx < 5');
      settle(f);
      mkdirSync(join(dir, 'log/archive'));
      expect(verdict(ofLog(dir))[0]).toBe(1);
      spawnSync('chmod', ['-R', 'a+rX', dir]);
      chmodSync(join(dir, 'log/archive'), 0);
      const found = verdict(ofLog(dir), true);
      chmodSync(join(dir, 'log/archive'), 0o755);
      expect(found).toEqual(NO_VERDICT);
    });
  } else declareNotRun('ledger: files without access', 'no other user can run the verifier here');

  it('a log that was moved away while a link stands in its place is a link', () => {
    const dir = fresh();
    renameSync(join(dir, 'log'), join(dir, 'elsewhere'));
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'log'));
    expect(verdict(ofLog(dir))).toEqual([1, ['SYMLINK']]);
  });
});
