import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLedger } from './ledger.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-condemn-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const paths = () => ({
  logDir: join(dir, 'log'),
  trustDir: join(dir, 'trust'),
  secretDir: join(dir, 'secret'),
});
const row = { type: 'test.row', actor: { type: 'helper' as const, id: 'test' }, subject: 'x' };

test('after a verification found tampering nothing is written, and the first reason stays', async () => {
  const ledger = await openLedger(paths());
  await ledger.append(row);
  ledger.condemn('LEAF_MISMATCH at 7');
  ledger.condemn('another');
  expect(ledger.broken()?.message).toContain('LEAF_MISMATCH at 7');
  await expect(ledger.append(row)).rejects.toMatchObject({ code: 'LEDGER_BROKEN' });
  await ledger.close();
});

test('a row missing from the last tile is seen when the log is opened', async () => {
  const ledger = await openLedger(paths());
  for (let i = 0; i < 12; i++) await ledger.append(row);
  await ledger.close();
  const db = new Database(join(dir, 'log', 'audit.db'));
  expect(db.prepare('DELETE FROM events WHERE idx >= 3 AND idx < 6').run().changes).toBe(3);
  db.close();
  await expect(openLedger(paths())).rejects.toMatchObject({
    code: 'LEDGER_BROKEN',
    message: 'Record 3 is missing from the log.',
  });
});
