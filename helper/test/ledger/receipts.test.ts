import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runVerifyCommand } from '../../../shared/node/audit/command.ts';
import { listReceipts } from '../../../shared/node/audit/receipts.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import { retireLog } from '../../store/ledger/receipts.ts';
import {
  canon,
  type ForgedKey,
  forge,
  mth,
  noteOf,
  otherKey,
  pathsOf,
  signatureLine,
  stolenKey,
  vkeyOf,
} from './forge.ts';
import { strangersAnswer, strangerWorks } from './stranger.ts';

/** Receipts of erasures: forged, edited, replayed, or signed by a key that was given up. */
const STRANGER = strangerWorks();
const WHO = { type: 'user', id: 'auditor' } as const;
interface Erased {
  dir: string;
  name: string;
  genuine: string;
  /** The newest checkpoint of the log, which the receipt quotes. */
  last: string;
  old: ForgedKey;
  current: ForgedKey;
}
let root: string;
let mine: Erased;
let theirs: Erased;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'akios-receipts-'));
  mine = await erased('mine');
  theirs = await erased('theirs');
});
afterAll(() => rmSync(root, { recursive: true }));

async function erased(project: string): Promise<Erased> {
  const dir = join(root, project);
  const keys: ForgedKey[] = [];
  for (const boot of ['boot-1', 'boot-2']) {
    const ledger = await openLedger(pathsOf(dir), { sources: systemSources(boot) });
    await ledger.append({ type: 'fs.read', actor: WHO, subject: 'a file' });
    keys.push(stolenKey(forge(dir)));
    if (boot === 'boot-2') {
      const { note } = await ledger.anchorNow();
      ledger.signReceipt({
        kind: 'erasure',
        project,
        files: 3,
        checkpoint: note,
        path: '\u2014 \u2028',
      });
      ledger.signReceipt({ kind: 'erasure-outcome', project, files: 3 });
    }
    await ledger.close();
  }
  const { trustDir } = pathsOf(dir);
  cpSync(trustDir, join(dir, 'kept'), { recursive: true });
  const last = readFileSync(join(trustDir, 'anchor.note'), 'utf8');
  rmSync(join(dir, 'log'), { recursive: true });
  retireLog(pathsOf(dir));
  const genuine = readFileSync(file(trustDir, 1), 'utf8');
  const [old, current] = keys as [ForgedKey, ForgedKey];
  return { dir, name: last.split('\n')[0]!, genuine, last, old, current };
}

function file(trustDir: string, number: number, end = 'note'): string {
  return join(trustDir, 'receipts', `receipt-00000${number}.${end}`);
}

const stated = (): Record<string, unknown> =>
  JSON.parse(mine.genuine.split('\n')[2]!) as Record<string, unknown>;

function signed(key: ForgedKey, change: Record<string, unknown> = {}, json?: string): string {
  const text = `akios receipt v1\n${mine.name}\n${json ?? canon({ ...stated(), ...change })}\n`;
  return `${text}\n${signatureLine(key, mine.name, text)}`;
}

/** Exit code and codes of both verifiers, which must be the same. */
async function verdict(receipt: string, anchor: string | null): Promise<[number, string[]]> {
  const [trust, given] = [join(mine.dir, 'kept'), join(root, 'given.note')];
  writeFileSync(given, receipt);
  writeFileSync(join(root, 'outside.note'), anchor ?? '');
  const outside = anchor === null ? [] : ['--anchor', join(root, 'outside.note')];
  const args = ['--receipt', given, '--vkey', join(trust, 'log.vkey'), ...outside];
  let last = '';
  const keep = (line: string): void => {
    last = line;
  };
  const exit = await runVerifyCommand(args, { out: keep, err: keep });
  const { findings } = JSON.parse(last) as { findings: { code: string }[] };
  const codes = findings.map((f) => f.code);
  if (STRANGER) {
    const other = strangersAnswer(args);
    expect([other.exitCode, other.findings.map((f) => f.code)]).toEqual([exit, codes]);
  }
  return [exit, codes];
}

describe('a receipt alone', { timeout: 120_000 }, () => {
  it('is borne out by the last checkpoint that left the host, and by no other', async () => {
    const size = Number(mine.last.split('\n')[1]);
    const at = (n: number): string => noteOf(mine.current, mine.name, n, mth([]));
    const cases: [string | null, number, string[]][] = [
      [mine.last, 0, []],
      [null, 3, []],
      [at(size - 1), 3, []],
      [at(size), 1, ['FORK']],
      // The receipt tells of fewer records than somebody saw.
      [at(size + 1), 1, ['ROLLBACK']],
      [noteOf(otherKey(), mine.name, size, mth([])), 2, ['INPUT_UNREADABLE']],
    ];
    for (const [anchor, exit, codes] of cases) {
      expect(await verdict(mine.genuine, anchor)).toEqual([exit, codes]);
    }
  });

  it('edited, replayed, or signed by another key', async () => {
    const { old, current, last, name } = mine;
    const backdated = { checkpoint: noteOf(old, name, 2, mth([])) };
    const cases: [string, string, string][] = [
      ['edited', mine.genuine.replace('"files":3', '"files":2'), 'SIG_INVALID'],
      ['of another project', theirs.genuine, 'EXPORT_MALFORMED'],
      ['signed by a foreign key', signed(otherKey()), 'SIG_UNTRUSTED_KEY'],
      ['signed by a key given up before', signed(old), 'SIG_UNTRUSTED_KEY'],
      ['as if before the change of key', signed(old, backdated), 'ROLLBACK'],
      [
        'over the checkpoint of another log',
        signed(current, { checkpoint: theirs.last }),
        'EXPORT_MALFORMED',
      ],
      ['over no checkpoint', signed(current, { checkpoint: 5 }), 'EXPORT_MALFORMED'],
      [
        'spelled otherwise',
        signed(current, {}, canon(stated()).replaceAll('\u2014', '\\u2014')),
        'EXPORT_MALFORMED',
      ],
      [
        'a huge number',
        signed(current, {}, canon(stated()).replace('{', '{"a":1e400,')),
        'EXPORT_MALFORMED',
      ],
      ['a checkpoint', last, 'EXPORT_MALFORMED'],
    ];
    for (const [what, receipt, code] of cases) {
      expect([what, await verdict(receipt, last)]).toEqual([what, [1, [code]]]);
    }
  });
});

describe('the receipts of a trust folder', () => {
  function listed(change: (trust: string) => void): string[] {
    const trust = join(root, 'copy');
    rmSync(trust, { recursive: true, force: true });
    cpSync(pathsOf(mine.dir).trustDir, trust, { recursive: true });
    change(trust);
    return listReceipts(trust).map(({ state }) => state);
  }
  const put = (trust: string, number: number, note: string, vkey: string): void => {
    writeFileSync(file(trust, number), note);
    writeFileSync(file(trust, number, 'vkey'), `${vkey}\n`);
  };

  it('count by the keys of the logs, not by the key that lies beside them', () => {
    const from = pathsOf(theirs.dir).trustDir;
    const replay = (trust: string): void => {
      for (const end of ['note', 'vkey']) copyFileSync(file(from, 1, end), file(trust, 3, end));
    };
    const own = otherKey();
    const { old, name } = mine;
    expect(listed(() => undefined)).toEqual(['valid', 'valid']);
    expect(listed(replay)).toEqual(['valid', 'valid', 'untrusted']);
    const forged = (trust: string): void => put(trust, 3, signed(own), vkeyOf(own, name));
    expect(listed(forged)).toEqual(['valid', 'valid', 'untrusted']);
    const given = (trust: string): void => put(trust, 3, signed(old), vkeyOf(old, name));
    expect(listed(given)).toEqual(['valid', 'valid', 'untrusted']);
  });

  it('one that was removed is missed, and stops no later one', async () => {
    expect(listed((trust) => rmSync(file(trust, 1)))).toEqual(['missing', 'valid']);
    const dir = join(root, 'next');
    const ledger = await openLedger(pathsOf(dir), { sources: systemSources('boot-1') });
    for (let n = 0; n < 3; n++) ledger.signReceipt({ kind: 'ablation' });
    rmSync(file(pathsOf(dir).trustDir, 1));
    ledger.signReceipt({ kind: 'ablation' });
    await ledger.close();
    const states = listReceipts(pathsOf(dir).trustDir).map(({ state }) => state);
    expect(states).toEqual(['missing', 'valid', 'valid', 'valid']);
  });
});
