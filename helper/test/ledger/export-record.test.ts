import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { runVerifyCommand } from '../../../shared/node/audit/command.ts';
import { type AuditLedger, openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import {
  body,
  canon,
  type ForgedKey,
  forge,
  mth,
  noteOf,
  pathsOf,
  setBody,
  settle,
  signatureLine,
  stolenKey,
} from './forge.ts';
import { strangersAnswer, strangerWorks } from './stranger.ts';

/**
 * The log of now beside an export: what it says of the export must not contradict the receipt. The
 * receipts are forged with the genuine key, so that nothing else gives them away.
 */
const STRANGER = strangerWorks();
const WHO = { type: 'user', id: 'auditor' } as const;
let dir: string;
let key: ForgedKey;
let name: string;
let leaves: Buffer[];
let facts: JsonObject & { total: number };
/** Size of the tree of an export that was begun and stopped. */
let stopped: number;

const file = (path: string): string => join(dir, path);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akios-export-record-'));
  const ledger = await openLedger(pathsOf(dir), { sources: systemSources('boot-1') });
  await write(ledger, 20);
  await ledger.anchorNow();
  keep(ledger, 'older');
  await ledger.exportTo({ format: 'csv', file: file('csv'), actor: WHO, q: 'type:fs.read' });
  stopped = ledger.size() + 1;
  const stop = new AbortController();
  stop.abort();
  const options = { format: 'csv', file: file('none'), actor: WHO, signal: stop.signal } as const;
  await expect(ledger.exportTo(options)).rejects.toMatchObject({ code: 'CANCELLED' });
  await write(ledger, 20);
  writeFileSync(file('outside.note'), (await ledger.anchorNow()).note);
  keep(ledger, 'now');
  ledger.rotate(WHO);
  await write(ledger, 3);
  keep(ledger, 'rotated');
  await ledger.close();
  const f = forge(file('now'));
  leaves = f.db.prepare('SELECT leaf FROM events ORDER BY idx').pluck().all() as Buffer[];
  settle(f);
  key = stolenKey(forge(dir));
  const [, origin, json] = readFileSync(file('csv.receipt'), 'utf8').split('\n');
  [name, facts] = [origin!, JSON.parse(json!) as typeof facts];
});
afterAll(() => rmSync(dir, { recursive: true }));

async function write(ledger: AuditLedger, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await ledger.append({ type: 'fs.read', actor: WHO, subject: `file ${n}` });
  }
}

function keep(ledger: AuditLedger, age: string): void {
  ledger.db.pragma('wal_checkpoint(TRUNCATE)');
  cpSync(file('log'), file(`${age}/log`), { recursive: true });
}

/** Receipt over these contents with these changes, signed by the genuine key. */
function forged(content: string, changes: JsonObject): void {
  const bytes = Buffer.byteLength(content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const text = `akios receipt v1\n${name}\n${canon({ ...facts, bytes, sha256, ...changes })}\n`;
  writeFileSync(file('forged'), content);
  writeFileSync(file('forged.receipt'), `${text}\n${signatureLine(key, name, text)}`);
}

function treeOf(total: number): JsonObject {
  const root = mth(leaves.slice(0, total));
  const note = noteOf(key, name, total, root);
  const hex = Buffer.from(root).toString('hex');
  return { total, root: hex, note, anchor: null, consistency: [] };
}

/** Exit code, code and detail of both verifiers, which must say the same. */
async function verdict(what: string, log: string | null): Promise<[number, string[]]> {
  const beside = log === null ? [] : ['--log', file(`${log}/log`)];
  const trust = ['--vkey', file('trust/log.vkey'), '--anchor', file('outside.note')];
  const args = ['--export', file(what), ...beside, ...trust];
  let last = '';
  const hear = (line: string): void => {
    last = line;
  };
  const exit = await runVerifyCommand(args, { out: hear, err: hear });
  const { findings } = JSON.parse(last) as { findings: { code: string; detail?: string }[] };
  const codes = findings.map((f) => f.code);
  if (STRANGER) {
    const theirs = strangersAnswer(args);
    expect([theirs.exitCode, theirs.findings.map((f) => f.code)]).toEqual([exit, codes]);
  }
  return [exit, findings.map(({ code, detail = '' }) => `${code} ${detail}`)];
}

const genuine = (): string => readFileSync(file('csv'), 'utf8');
const OTHER = 'EXPORT_DIGEST the log names another file for this export';
const NEVER = 'EXPORT_DIGEST the log has no such export at this size';
const UNFINISHED = 'EXPORT_DIGEST by the log, this export was not finished';

describe('an export beside the log of now', { timeout: 120_000 }, () => {
  it('the genuine one is never contradicted: older, rotated, other, damaged or without rows', async () => {
    expect(await verdict('csv', 'now')).toEqual([0, []]);
    expect(await verdict('csv', 'rotated')).toEqual([0, []]);
    expect((await verdict('csv', 'older'))[1]).toEqual([]);
    expect((await verdict('csv', 'nowhere'))[1]).toEqual([]);
    const changes: ((idx: number) => string)[] = [
      (idx) => `UPDATE events SET body = NULL WHERE idx >= ${idx}`,
      (idx) => `DELETE FROM events WHERE idx > ${idx}`,
      () => 'DELETE FROM checkpoints',
      () => 'DELETE FROM tiles',
      (idx) => `UPDATE events SET body = replace(body, '"ok"', '"failed"') WHERE idx > ${idx}`,
    ];
    for (const change of changes) {
      copied((f) => f.db.exec(change(facts.total - 1)));
      expect([change(0), (await verdict('csv', 'case'))[1]]).toEqual([change(0), []]);
    }
  });

  it('a row that somebody wrote into the log, and could not sign, contradicts nothing', async () => {
    copied((f) => {
      const end = body(f, facts.total);
      const data = { ...(end['data'] as JsonObject), sha256: '00'.repeat(32) };
      setBody(f, facts.total, canon({ ...end, data }), true);
    });
    expect((await verdict('csv', 'case'))[1]).toEqual([]);
  });

  it('another file under the genuine key is told from the rows of the log, also of a closed segment', async () => {
    const cases: [JsonObject, string, string][] = [
      [{}, 'abc', OTHER],
      [{ rows: 19 }, genuine(), OTHER],
      [{ filter: 'type:fs.write' }, genuine(), NEVER],
      [{ format: 'json' }, genuine(), NEVER],
      [treeOf(12), 'abc', NEVER],
      [{ ...treeOf(stopped), filter: '' }, 'abc', UNFINISHED],
    ];
    for (const [changes, content, said] of cases) {
      forged(content, changes);
      // Without the log, the key that signed is all there is.
      expect((await verdict('forged', null))[1]).toEqual([]);
      for (const log of ['now', 'rotated']) {
        expect([changes, log, await verdict('forged', log)]).toEqual([changes, log, [1, [said]]]);
      }
      expect((await verdict('forged', 'older'))[1]).toEqual(
        said === NEVER && changes['total'] === 12 ? [NEVER] : [],
      );
    }
  });

  it('an end without `total`, as it was written before, or lost with its process, is no contradiction', async () => {
    for (const row of ['without total', 'without end']) {
      const old = file(row);
      const ledger = await openLedger(pathsOf(old), { sources: systemSources('boot-1') });
      await write(ledger, 3);
      const draft = { type: 'log.export', actor: WHO } as const;
      const data = { filter: '', format: 'csv' };
      ledger.commitNow([{ draft: { ...draft, result: { status: 'started' }, data } }]);
      const { size, root, note } = ledger.checkpoint()!;
      const sha256 = createHash('sha256').update('x').digest('hex');
      const stated = { ...data, kind: 'export', rows: 4, bytes: 1, sha256, at: 'then' };
      const receipt = { ...stated, total: size, root, note, anchor: null, consistency: [] };
      writeFileSync(file('old.receipt'), ledger.signReceipt(receipt).note);
      writeFileSync(file('old'), 'x');
      const ok = { ...data, rows: 4, bytes: 2, sha256: 'y' };
      const end = { draft: { ...draft, result: { status: 'ok' }, data: ok } };
      if (row === 'without total') ledger.commitNow([end]);
      await write(ledger, 3);
      await ledger.close();
      const args = ['--export', file('old'), '--log', join(old, 'log')];
      const all = [...args, '--vkey', join(old, 'trust/log.vkey')];
      let exit = await runVerifyCommand(all, { out: () => undefined, err: () => undefined });
      expect([row, exit]).toEqual([row, 3]);
      if (STRANGER) exit = strangersAnswer(all).exitCode;
      expect([row, exit]).toEqual([row, 3]);
    }
  });
});

function copied(change: (f: ReturnType<typeof forge>) => void): void {
  rmSync(file('case'), { recursive: true, force: true });
  cpSync(file('now'), file('case'), { recursive: true });
  const f = forge(file('case'));
  change(f);
  settle(f);
}
