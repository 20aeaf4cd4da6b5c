import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { LEDGER_FIELDS } from '../../../shared/query/fields.ts';
import { type Matchable, matchQuery } from '../../../shared/query/match.ts';
import { parseQuery } from '../../../shared/query/parse.ts';
import { type AuditLedger, openLedger } from './ledger.ts';
import { auditRow } from './log-reader.ts';
import { systemSources } from './log-writer.ts';
import type { LedgerPaths } from './port.ts';
import { allMatches, firstMatches, windows } from './search-select.ts';

let dir: string;
let paths: LedgerPaths;
let ledger: AuditLedger;
let now = Date.UTC(2026, 0, 1);

const sources = () => ({ ...systemSources('b'), now: () => now });

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akios-search-'));
  paths = { logDir: join(dir, 'a'), trustDir: join(dir, 't'), secretDir: join(dir, 's') };
  ledger = await openLedger(paths, { sources: sources() });
  for (let n = 0; n < 200; n++) {
    now += 60_000;
    await ledger.append({
      type: ['fs.read', 'fs.write', 'llm.call'][n % 3]!,
      actor: { type: 'agent', id: `a${n % 4}` },
      ...(n % 5 === 0 ? {} : { run: `r%_${n % 6}` }),
      ...(n % 2 === 0 ? { result: { status: n % 4 === 0 ? 'failed' : 'ok' } } : {}),
      ...(n % 7 === 0 ? { budget: { before: 0, delta: n * 1000, limit: 1_000_000 } } : {}),
    });
  }
});
afterAll(async () => {
  await ledger.close();
  rmSync(dir, { recursive: true });
});

function item(seq: number): Matchable {
  const record = ledger.record(seq);
  const row = auditRow(record);
  const body = JSON.parse(record.body!) as JsonObject;
  const cost = (body['budget'] as JsonObject | undefined)?.['delta'] as number | undefined;
  const fields: Record<string, string | number | null | undefined> = {
    ...row,
    pruned: null,
    time: row.ts,
    cost,
  };
  return {
    field: (name) => (fields[name] === '' ? null : fields[name]),
    flag: (name) => (name === 'failed' ? row.status === 'failed' : row.type.startsWith('log.')),
    texts: () => [],
  };
}

const term = fc.constantFrom(
  'type:fs.read',
  'type:fs.*',
  'actor:a1',
  'run:"r%_1"',
  'run:r%*',
  'status:ok',
  'is:failed',
  'is:log',
  'seq:20..90',
  'seq:>150',
  'cost:>0.05',
  'cost:..0.1',
  'time:2026-01-01T01:00Z..2026-01-01T02:00Z',
  'time:>2026-01-01T03:00Z',
  'step:x',
);
const query = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    term,
    term.map((t) => `-${t}`),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `${a} ${b}`),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} OR ${b})`),
    tie('node').map((a) => `-(${a})`),
  ),
})).node;

describe('search', () => {
  it('SQL answers as the grammar says, for any query', () => {
    const all = Array.from({ length: ledger.size() }, (_, seq) => seq);
    fc.assert(
      fc.property(query, (q) => {
        const node = parseQuery(q, LEDGER_FIELDS, { now });
        const want = all.filter((seq) => matchQuery(node, item(seq)));
        const got = ledger.list({ q, limit: 1000, after: -1 });
        expect([q, got.items.map((r) => r.seq)]).toEqual([q, want]);
        expect(got.total).toBe(want.length);
      }),
      { numRuns: 150 },
    );
  });

  it('looks rows through or asks an index, with the same answer', () => {
    const db = ledger.search.whole();
    const size = ledger.size();
    const end = fc.integer({ min: 0, max: size + 5 });
    fc.assert(
      fc.property(query, end, end, fc.boolean(), fc.nat(90), (q, a, b, up, scan) => {
        const where = ledger.search.where(q);
        const range = { from: Math.min(a, b), to: Math.max(a, b) };
        const few = firstMatches(db, where, range, { up, limit: 7, total: 0 });
        const many = firstMatches(db, where, range, { up, limit: 7, total: 1e9 }, scan);
        expect([q, many]).toEqual([q, few]);
        const pages = [...windows(size, 1e9, 1 + scan)].flatMap((r) => allMatches(db, where, r));
        expect([q, pages]).toEqual([q, allMatches(db, where, { from: 0, to: size })]);
        expect([...ledger.search.matching(where, size, 9)].flat()).toEqual(pages);
      }),
      { numRuns: 100 },
    );
  });

  it('text is never read as an operator of the full-text engine', () => {
    for (const q of [
      '"a OR b"',
      'NEAR',
      '"x" AND',
      'a*b',
      '"\'"',
      '^a',
      'a:b:c'.replace('a:', '"a:'),
    ]) {
      try {
        ledger.list({ q, limit: 1 });
      } catch (error) {
        expect(error).toMatchObject({ code: 'INPUT_INVALID' });
      }
    }
  });

  it('a damaged or foreign index is made again', async () => {
    const before = ledger.list({ q: 'type:fs.*', limit: 5 });
    await ledger.close();
    writeFileSync(join(paths.logDir, 'search.db'), 'rubbish'.repeat(1000));
    ledger = await openLedger(paths, { sources: sources() });
    expect(ledger.list({ q: 'type:fs.*', limit: 5 })).toEqual(before);
  });

  it('an index damaged while it is open is made again', () => {
    const before = ledger.list({ q: 'is:failed', limit: 500 });
    const file = join(paths.logDir, 'search.db');
    for (const end of ['', '-wal']) {
      const bytes = readFileSync(`${file}${end}`);
      writeFileSync(`${file}${end}`, bytes.fill(0x5a, 100));
    }
    expect(ledger.list({ q: 'is:failed', limit: 500 })).toEqual(before);
  });

  it('totals follow the growing log', async () => {
    const { total } = ledger.list({ q: 'type:fs.read', limit: 1 });
    await ledger.append({ type: 'fs.read', actor: { type: 'agent', id: 'z' } });
    expect(ledger.list({ q: 'type:fs.read', limit: 1 })).toMatchObject({
      total: total + 1,
      items: [{ actor: 'z' }],
    });
  });
});
