import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDraft } from '../../../bench/make-ledger.ts';
import { type VerifyMode, verifyLog } from '../../../shared/node/audit/verify.ts';
import { makeLedger } from '../../store/ledger/bulk.ts';
import { ATTACKS, type Attack } from './attacks.data.ts';
import { forge, pathsOf, settle } from './forge.ts';
import { strangersVerdict, strangerWorks } from './stranger.ts';

const STRANGER = strangerWorks();
const CLI = join(import.meta.dirname, '../../../cli/main.ts');

let root: string;
let base: string;
let older: string;

function make(dir: string, events: number, salt: string, more = false, sealEvery = 100): void {
  makeLedger({
    paths: pathsOf(dir),
    events,
    sealEvery,
    salt,
    more,
    draft: (n) => sampleDraft(salt, n),
  });
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-attack-'));
  base = join(root, 'base');
  older = join(root, 'older');
  make(base, 400, 'a');
  cpSync(base, older, { recursive: true });
  make(base, 600, 'b', true);
});
afterAll(() => rmSync(root, { recursive: true }));

function verify(dir: string, mode: VerifyMode = 'strict', anchored = true) {
  const { logDir, trustDir } = pathsOf(dir);
  const anchorFile = anchored ? join(trustDir, 'anchor.note') : null;
  return verifyLog({ logDir, vkeyFile: join(trustDir, 'log.vkey'), anchorFile, mode });
}

/** A process that dies in the middle of a transaction of the rollback-journal kind. */
function crash(file: string): void {
  const library = import.meta.resolve('better-sqlite3');
  const script = `
    import Database from ${JSON.stringify(library)};
    const db = new Database(process.argv[1]);
    db.pragma('journal_mode = DELETE');
    db.pragma('cache_size = 5');
    db.exec("BEGIN; UPDATE events SET type = type || 1; UPDATE tiles SET data = zeroblob(8192)");
    process.kill(process.pid, 'SIGKILL');
  `;
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script, file]);
  expect(run.signal).toBe('SIGKILL');
  chmodSync(`${file}-journal`, 0o640);
}

function attacked(attack: Attack): string {
  const dir = join(root, 'case');
  rmSync(dir, { recursive: true, force: true });
  cpSync(base, dir, { recursive: true });
  const f = forge(dir);
  attack.run(f);
  settle(f);
  attack.files?.(dir, older);
  return dir;
}

describe('attacks on a log', () => {
  it.each(ATTACKS)('$name', (attack) => {
    const dir = attacked(attack);
    const trust = readdirSync(join(dir, 'trust'));
    const report = verify(dir);
    expect(readdirSync(join(dir, 'trust'))).toEqual(trust);
    const found = report.findings.map((f) => [f.code, f.index]);
    expect(report.exitCode).toBe(1);
    expect(report.ok).toBe(false);
    for (const [code, index] of attack.want) {
      if (index === undefined) expect(found.map(([c]) => c)).toContain(code);
      else expect(found).toContainEqual([code, index]);
    }
    for (const code of attack.clean ?? []) expect(found.map(([c]) => c)).not.toContain(code);
    // A stranger's verifier, which shares no code with ours, comes to the same findings. Of a
    // damaged file, two database engines may each read another part.
    if (!STRANGER) return;
    const stranger = strangersVerdict(dir);
    expect(readdirSync(join(dir, 'trust'))).toEqual(trust);
    expect(stranger.exitCode).toBe(1);
    const theirs = stranger.findings.map((f) => `${f.code} ${f.index ?? ''}`);
    if (attack.want.some(([code]) => code === 'DB_CORRUPT'))
      expect(theirs).toContain('DB_CORRUPT ');
    else expect(new Set(theirs)).toEqual(new Set(found.map(([code, at]) => `${code} ${at ?? ''}`)));
  });

  it('a grown fork under the genuine key is told from the anchor', () => {
    const dir = join(root, 'fork');
    cpSync(older, dir, { recursive: true });
    make(dir, 700, 'c', true);
    cpSync(join(base, 'trust'), join(dir, 'trust'), { recursive: true, force: true });
    const report = verify(dir);
    expect([report.exitCode, report.findings.map((f) => f.code)]).toEqual([1, ['FORK']]);
    expect(verify(dir, 'quick').findings.map((f) => f.code)).toEqual(['FORK']);
    expect(verify(dir, 'strict', false).exitCode).toBe(3);
    const bare = report.findings.map(({ code, index }) => ({ code, index }));
    if (STRANGER) expect(strangersVerdict(dir).findings).toEqual(bare);
  });

  it('a journal that a crash left behind, with its pages still to be put back, is honest', () => {
    const dir = join(root, 'crashed');
    cpSync(base, dir, { recursive: true });
    const file = join(dir, 'log', 'audit.db');
    const genuine = readFileSync(file);
    crash(file);
    expect(readFileSync(file).equals(genuine)).toBe(false);
    expect(verify(dir).findings).toEqual([]);
    expect(verify(dir).exitCode).toBe(0);
    if (STRANGER) expect(strangersVerdict(dir)).toEqual({ exitCode: 0, findings: [] });
    rmSync(`${file}-journal`);
    expect(verify(dir).exitCode).toBe(1);
    if (STRANGER) expect(strangersVerdict(dir).exitCode).toBe(1);
  });

  it('a reader who may write nowhere leaves no copy of the log behind, whatever stops it', () => {
    const dir = join(root, 'lent');
    cpSync(base, dir, { recursive: true });
    const temporary = join(dir, 'tmp');
    mkdirSync(temporary);
    const log = join(dir, 'log');
    mkdirSync(join(log, 'archive'));
    for (const path of [root, dir]) chmodSync(path, 0o755);
    for (const path of [join(dir, 'trust'), log]) {
      for (const name of readdirSync(path)) chmodSync(join(path, name), 0o444);
      chmodSync(path, 0o555);
    }
    chmodSync(temporary, 0o777);
    // Rights bind everybody but root.
    const reader = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const trust = [
      '--vkey',
      join(dir, 'trust/log.vkey'),
      '--anchor',
      join(dir, 'trust/anchor.note'),
    ];
    const ask = () =>
      spawnSync(process.execPath, [CLI, 'audit', 'verify', '--log', log, ...trust], {
        ...reader,
        env: { PATH: process.env['PATH'], TMPDIR: temporary, AKIOS_STATE_DIR: join(dir, 'none') },
        encoding: 'utf8',
      });
    const status = (): [number | null, string[]] => {
      const { status, stdout } = ask();
      const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as { exitCode: number };
      expect(last.exitCode).toBe(status);
      return [status, readdirSync(temporary)];
    };
    try {
      chmodSync(join(log, 'archive'), 0o000);
      expect(status()).toEqual([2, []]);
      chmodSync(join(log, 'archive'), 0o555);
      // What one that was killed left behind goes with the next.
      const gone = spawnSync(process.execPath, ['-e', '']).pid;
      const stale = join(temporary, `akios-verify-${gone}-abcdef`);
      mkdirSync(stale);
      if (reader.uid !== undefined) chownSync(stale, reader.uid, reader.gid);
      expect(status()).toEqual([0, []]);
      // Receipts that may not be listed are no verdict either.
      const receipts = join(dir, 'trust', 'receipts');
      chmodSync(join(dir, 'trust'), 0o755);
      mkdirSync(receipts, { mode: 0o000 });
      expect(status()).toEqual([2, []]);
      const database = join(log, 'audit.db');
      chmodSync(database, 0o644);
      truncateSync(database, statSync(database).size - 4096);
      expect(status()).toEqual([1, []]);
      chmodSync(receipts, 0o755);
    } finally {
      chmodSync(join(log, 'archive'), 0o755);
      chmodSync(log, 0o755);
    }
  });

  it('a pipe in place of the anchor gives no verdict, and hangs nobody', () => {
    const dir = join(root, 'pipe');
    cpSync(base, dir, { recursive: true });
    rmSync(join(dir, 'trust', 'anchor.note'));
    expect(spawnSync('mkfifo', [join(dir, 'trust', 'anchor.note')]).status).toBe(0);
    expect(verify(dir).exitCode).toBe(2);
    if (STRANGER) expect(strangersVerdict(dir).exitCode).toBe(2);
  });

  it('a log of another host in its place', () => {
    const dir = join(root, 'foreign');
    make(dir, 600, 'a');
    cpSync(join(base, 'trust'), join(dir, 'trust'), { recursive: true, force: true });
    const codes = new Set(verify(dir).findings.map((f) => f.code));
    expect(codes).toEqual(
      new Set([
        'ORIGIN_MISMATCH',
        'SIG_UNTRUSTED_KEY',
        'CHECKPOINT_MISSING',
        'UNSEALED_TAIL',
        'FORK',
      ]),
    );
  });

  it('quick mode finds what tiles and checkpoints show', () => {
    const seen = [
      'body, leaf, tiles and head edited',
      'tail cut',
      'signature flipped',
      'wrong head',
    ];
    seen.push(
      'upper tile',
      'trigger',
      'older genuine copy restored',
      'own key added to an old checkpoint over a forged rotation row',
    );
    for (const name of seen) {
      const dir = attacked(ATTACKS.find((a) => a.name === name)!);
      expect([name, verify(dir, 'quick').exitCode]).toEqual([name, 1]);
    }
    expect(existsSync(root)).toBe(true);
  });
});
