import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runVerifyCommand } from '../../../shared/node/audit/command.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import { retireLog } from '../../store/ledger/receipts.ts';
import { body, canon, forge, pathsOf, setBody, settle } from './forge.ts';
import { strangersReport, strangerWorks } from './stranger.ts';

/** Receipts that somebody removes: missed where the log, or what an erasure leaves, names them. */
const STRANGER = strangerWorks();
const WHO = { type: 'user', id: 'auditor' } as const;
let root: string;
let base: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'akios-receipts-named-'));
  base = join(root, 'base');
  const sources = systemSources('boot-1');
  const first = await openLedger(pathsOf(base), { sources });
  first.signReceipt({ kind: 'erasure', files: 3 });
  first.signReceipt({ kind: 'erasure-outcome', files: 3 });
  await first.close();
  cpSync(base, join(root, 'erased'), { recursive: true });
  for (const dir of [base, join(root, 'erased')]) {
    rmSync(join(dir, 'log'), { recursive: true });
    retireLog(pathsOf(dir));
  }
  const ledger = await openLedger(pathsOf(base), { sources });
  await ledger.append({ type: 'fs.read', actor: WHO, subject: 'a file' });
  ledger.signReceipt({ kind: 'ablation', flags: 'no-audit' }, { named: true });
  await ledger.exportTo({ format: 'csv', file: join(root, 'csv'), actor: WHO });
  await ledger.anchorNow();
  await ledger.close();
});
afterAll(() => rmSync(root, { recursive: true }));

const receipt = (dir: string, number: number, end = 'note'): string =>
  join(dir, 'trust/receipts', `receipt-00000${number}.${end}`);

function changed(change: (dir: string) => void, from = base): string {
  const dir = join(root, 'case');
  rmSync(dir, { recursive: true, force: true });
  cpSync(from, dir, { recursive: true });
  change(dir);
  return dir;
}

interface Listed {
  exit: number;
  states: string[];
}

/** Exit code and states of the receipts, which must be the same in both verifiers. */
async function listed(args: string[], own = false): Promise<Listed> {
  let last = '';
  const hear = (line: string): void => {
    last = line;
  };
  const exit = await runVerifyCommand(args, { out: hear, err: hear }, own);
  const { receipts } = JSON.parse(last) as { receipts: { file: string; state: string }[] };
  if (STRANGER && !own) {
    const theirs = strangersReport(args);
    expect([theirs.exitCode, theirs.report['receipts']]).toEqual([exit, receipts]);
  }
  return {
    exit,
    states: receipts.map(({ file, state }) => `${Number(file.slice(8, 14))} ${state}`),
  };
}

const ofLog = (dir: string): string[] => [
  ...['--log', join(dir, 'log'), '--vkey', join(dir, 'trust/log.vkey')],
  ...['--anchor', join(dir, 'trust/anchor.note')],
];
const ofFolder = (dir: string, vkey = 'log.vkey'): string[] => [
  ...['--receipt', join(dir, 'trust/receipts'), '--vkey', join(dir, 'trust', vkey)],
];
const ALL = ['1 valid', '2 valid', '3 valid', '4 valid'];
const without = (gone: number): string[] =>
  ALL.map((one, i) => (i + 1 === gone ? `${gone} missing` : one));

describe('receipts that a log names', { timeout: 120_000 }, () => {
  it('lie there, or any of them is missed, the newest too', async () => {
    expect(await listed(ofLog(base))).toEqual({ exit: 0, states: ALL });
    for (const number of [1, 2, 3, 4]) {
      const dir = changed((d) => rmSync(receipt(d, number)));
      expect(await listed(ofLog(dir))).toEqual({ exit: 0, states: without(number) });
    }
    const both = changed((d) => [3, 4].map((number) => rmSync(receipt(d, number))));
    expect((await listed(ofLog(both))).states).toEqual([
      ...ALL.slice(0, 2),
      '3 missing',
      '4 missing',
    ]);
  });

  it('another genuine one in the place of the newest is not the one that the log names', async () => {
    const dir = changed((d) => {
      for (const end of ['note', 'vkey'])
        copyFileSync(receipt(d, 3, end), `${receipt(d, 4, end)}.new`);
      for (const end of ['note', 'vkey'])
        renameSync(`${receipt(d, 4, end)}.new`, receipt(d, 4, end));
    });
    expect((await listed(ofLog(dir))).states).toEqual(without(4));
  });

  it('a copy of key and anchor alone misses none; the folder of the project misses all', async () => {
    const dir = changed((d) => {
      for (const name of ['receipts', 'retired'])
        rmSync(join(d, 'trust', name), { recursive: true });
    });
    expect(await listed(ofLog(dir))).toEqual({ exit: 0, states: [] });
    expect((await listed(ofLog(dir), true)).states).toEqual(ALL.map((one) => `${one[0]} missing`));
  });

  it('what a changed log names counts for nothing, however high the number', async () => {
    const dir = changed((d) => {
      const f = forge(d);
      const data = { receipt: { file: 'receipt-999999999.note', sha256: '00' } };
      setBody(f, 0, canon({ ...body(f, 0), data }), true);
      settle(f);
    });
    expect(await listed(ofLog(dir))).toEqual({ exit: 1, states: ALL });
  });

  it('a log of the time before receipts were named misses none at the end', async () => {
    const dir = join(root, 'old');
    const ledger = await openLedger(pathsOf(dir), { sources: systemSources('boot-1') });
    for (let n = 0; n < 3; n++) ledger.signReceipt({ kind: 'ablation' });
    await ledger.anchorNow();
    await ledger.close();
    rmSync(receipt(dir, 3));
    expect(await listed(ofLog(dir))).toEqual({ exit: 0, states: ['1 valid', '2 valid'] });
  });
});

describe('a folder of receipts', { timeout: 120_000 }, () => {
  it('is judged whole, by the keys of every log of the trust folder', async () => {
    expect(await listed(ofFolder(base))).toEqual({ exit: 3, states: ALL });
    const edited = changed((d) => {
      rmSync(receipt(d, 2));
      writeFileSync(receipt(d, 2), 'no receipt');
    });
    expect(await listed(ofFolder(edited))).toEqual({
      exit: 1,
      states: ALL.with(1, '2 invalid'),
    });
    const gap = changed((d) => rmSync(receipt(d, 2)));
    expect(await listed(ofFolder(gap))).toEqual({ exit: 1, states: without(2) });
    const keyless = changed((d) => rmSync(join(d, 'trust/retired'), { recursive: true }));
    expect((await listed(ofFolder(keyless))).states).toEqual(
      ALL.map((one, i) => (i < 2 ? `${i + 1} untrusted` : one)),
    );
  });

  it('an erased log whose last statement is gone is told from what it left', async () => {
    const erased = join(root, 'erased');
    const after = (change: (dir: string) => void): Promise<Listed> =>
      listed(ofFolder(changed(change, erased), 'retired/log-000001/log.vkey'));
    expect(await after(() => undefined)).toEqual({ exit: 3, states: ['1 valid', '2 valid'] });
    const last = await after((dir) => rmSync(receipt(dir, 2)));
    expect(last).toEqual({ exit: 1, states: ['1 valid', '2 missing'] });
    const all = await after((dir) => [1, 2].map((number) => rmSync(receipt(dir, number))));
    expect(all).toEqual({ exit: 1, states: ['1 missing'] });
    // A log that was set aside lies there; its key may have been lost before it could sign.
    const aside = await after((dir) => {
      for (const number of [1, 2]) rmSync(receipt(dir, number));
      mkdirSync(join(dir, 'trust/retired/log-000001/log'));
    });
    // Of a folder without receipts there is no verdict.
    expect(aside).toEqual({ exit: 2, states: [] });
  });

  it('planted names, folders and pipes end no listing', async () => {
    const dir = changed((d) => {
      writeFileSync(receipt(d, 9).replace('receipt-000009', 'receipt-900000000'), 'x');
      mkdirSync(receipt(d, 6));
      writeFileSync(receipt(d, 1).replace('receipt-000001', 'receipt-0000001'), 'x');
    });
    const { exit, states } = await listed(ofFolder(dir));
    expect([exit, states.length]).toEqual([1, 4 + 3 + 1000]);
    const file = changed((d) => {
      rmSync(join(d, 'trust/receipts'), { recursive: true });
      writeFileSync(join(d, 'trust/receipts'), 'x');
      rmSync(join(d, 'trust/retired'), { recursive: true });
      writeFileSync(join(d, 'trust/retired'), 'x');
    });
    expect((await listed(ofLog(file))).exit).toBe(0);
  });
});
