import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleDraft } from '../../../bench/make-ledger.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { makeLedger } from '../../store/ledger/bulk.ts';
import { pathsOf } from './forge.ts';

let dir: string;
let file: string;
let genuine: Buffer;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-fuzz-'));
  makeLedger({
    paths: pathsOf(dir),
    events: 80,
    sealEvery: 30,
    salt: 's',
    draft: (n) => sampleDraft('s', n),
  });
  file = join(dir, 'log/audit.db');
  genuine = readFileSync(file);
});
afterAll(() => rmSync(dir, { recursive: true }));

function exitCode(): number {
  const { logDir, trustDir } = pathsOf(dir);
  const files = { vkeyFile: join(trustDir, 'log.vkey'), anchorFile: join(trustDir, 'anchor.note') };
  return verifyLog({ logDir, ...files }).exitCode;
}

/** Every stored value, byte for byte; null when the file cannot be read at all. */
function content(): string | null {
  let db: Database.Database | null = null;
  try {
    db = new Database(file, { readonly: true });
    const all = ['events', 'tiles', 'head', 'checkpoints'].map((table) => {
      const columns = (db!.pragma(`table_info(${table})`) as { name: string }[]).map(
        (c) => `hex(${c.name}), typeof(${c.name})`,
      );
      return db!.prepare(`SELECT ${columns.join()} FROM ${table}`).raw().all();
    });
    return JSON.stringify([all, db.prepare('SELECT sql FROM sqlite_schema').all()]);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  } finally {
    db?.close();
  }
}

/** Where the number of an event stands in the file: behind the length of its cell, in a leaf page. */
function placeOfNumber(bytes: Buffer, idx: number): number {
  const pageSize = bytes.readUInt16BE(16);
  for (let page = pageSize; page < bytes.length; page += pageSize) {
    if (bytes[page] !== 13) continue;
    for (let i = 0; i < bytes.readUInt16BE(page + 3); i++) {
      const cell = page + bytes.readUInt16BE(page + 8 + 2 * i);
      // Two bytes of length: a row with a body, and one byte of number.
      if (bytes[cell]! >= 0x84 && bytes[cell + 1]! < 0x80 && bytes[cell + 2] === idx)
        return cell + 2;
    }
  }
  throw new Error(`Event ${idx} was not found.`);
}

describe('a last row under the number of an earlier one', () => {
  it.each([0, 40, 78])('ends the reading, and is found: %i', (earlier) => {
    const bytes = Buffer.from(genuine);
    const count = new Database(file, { readonly: true });
    const last = count.prepare('SELECT max(idx) FROM events').pluck().get() as number;
    count.close();
    bytes[placeOfNumber(bytes, last)] = earlier;
    writeFileSync(file, bytes);
    expect(exitCode()).toBe(1);
    writeFileSync(file, genuine);
  });
});

describe('damage at random', () => {
  it(
    'any change of any stored value is found; none makes the verifier fail',
    { timeout: 120_000 },
    () => {
      const before = content();
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(genuine.length - 1), fc.integer({ min: 1, max: 255 })), {
            minLength: 1,
            maxLength: 3,
          }),
          (flips) => {
            const bytes = Buffer.from(genuine);
            for (const [at, mask] of flips) bytes[at]! ^= mask;
            writeFileSync(file, bytes);
            const code = exitCode();
            // Only bytes that hold no value (gaps in pages, counters) may go unnoticed.
            if (content() !== before) expect(code).toBe(1);
            else expect([0, 1]).toContain(code);
          },
        ),
        { numRuns: 300 },
      );
      writeFileSync(file, genuine);
      expect(exitCode()).toBe(0);
    },
  );

  it('any byte of a checkpoint changed, removed or doubled is found', { timeout: 120_000 }, () => {
    const read = new Database(file, { readonly: true });
    const note = Buffer.from(
      read.prepare('SELECT note FROM checkpoints WHERE size = 60').pluck().get() as string,
    );
    read.close();
    for (let at = 0; at < note.length; at++) {
      const other = [
        at % 3 === 0 ? [note[at]! ^ 1] : at % 3 === 1 ? [] : [note[at]!, note[at]!],
      ].flat();
      const changed = Buffer.concat([
        note.subarray(0, at),
        Buffer.from(other),
        note.subarray(at + 1),
      ]);
      const db = new Database(file);
      db.prepare('UPDATE checkpoints SET note = CAST(? AS TEXT) WHERE size = 60').run(changed);
      db.close();
      expect([at, exitCode()]).toEqual([at, 1]);
    }
    writeFileSync(file, genuine);
  });
});
