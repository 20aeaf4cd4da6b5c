import { describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../shared/contract/audit.ts';
import { canonicalize } from '../../shared/proof/canonical.ts';
import {
  type Pin,
  type Verdict,
  type VerifyInput,
  type VerifyPorts,
  verifyAll,
} from '../screens/audit/verify-run.ts';
import { checkNote, type VerifyEd25519, webCryptoEd25519 } from '../workers/check-note.ts';
import { checkProof } from '../workers/check-proof.ts';
import { VerifySession } from '../workers/verify-session.ts';
import { FixtureLedger } from './fixture-ledger.ts';

const proofOf = (ledger: FixtureLedger, seq: number, size = ledger.size) => {
  const { root, note } = ledger.checkpoint(size);
  return { seq, size, leaf: ledger.record(seq).leaf, hashes: ledger.path(seq, size), root, note };
};

describe('one record', () => {
  const ledger = new FixtureLedger(1_237);
  test.each([0, 1, 617, 1_023, 1_024, 1_236])('record %d leads to the signed root', async (seq) => {
    const check = await checkProof(
      ledger.record(seq),
      proofOf(ledger, seq),
      ledger.vkey,
      webCryptoEd25519,
    );
    expect(check.included).toBe(true);
    expect(check.canonical).toBe(true);
    expect(check.columns).toBe(true);
    expect(check.steps.at(-1)?.result.hash).toBe(ledger.checkpoint().root);
  });
  test('one changed byte of the body is seen, whatever leaf the helper states', async () => {
    const record = ledger.record(600);
    const changed = { ...record, body: record.body?.replace('"v":1', '"v":2') ?? null };
    const check = await checkProof(changed, proofOf(ledger, 600), ledger.vkey, webCryptoEd25519);
    expect(check.included).toBe(false);
    expect(check.bodyLeaf).not.toBe(record.leaf);
    const forged = { ...changed, leaf: check.bodyLeaf ?? '' };
    const again = await checkProof(forged, proofOf(ledger, 600), ledger.vkey, webCryptoEd25519);
    expect(again.included).toBe(false);
    expect(again.root).not.toBe(again.note?.root);
  });
  test('a path that is too short, too long or not hashes proves nothing', async () => {
    const proof = proofOf(ledger, 5);
    for (const hashes of [
      proof.hashes.slice(1),
      [...proof.hashes, proof.leaf],
      proof.hashes.map(() => 'ab'),
    ]) {
      const check = await checkProof(
        ledger.record(5),
        { ...proof, hashes },
        ledger.vkey,
        webCryptoEd25519,
      );
      expect(check.included).toBe(false);
      expect(check.root).toBeNull();
      expect(check.steps).toEqual([]);
    }
  });
  test('body text that is no JSON is an answer, not a fault', async () => {
    const check = await checkProof(
      { ...ledger.record(5), body: '{"' },
      proofOf(ledger, 5),
      ledger.vkey,
      webCryptoEd25519,
    );
    expect(check).toMatchObject({ canonical: false, columns: false, included: false });
  });
});

describe('signed notes', () => {
  const ledger = new FixtureLedger(9);
  const other = new FixtureLedger(9);
  test('the key of the ledger holds, any other key does not', async () => {
    const { note } = ledger.checkpoint();
    expect((await checkNote(note, ledger.vkey, webCryptoEd25519)).state).toBe('ok');
    expect((await checkNote(note, other.vkey, webCryptoEd25519)).state).toBe('untrusted');
    expect((await checkNote(note, 'nonsense', webCryptoEd25519)).state).toBe('bad key');
  });
  test('a note whose size was changed is refused', async () => {
    const note = ledger.checkpoint().note.replace('\n9\n', '\n8\n');
    expect((await checkNote(note, ledger.vkey, webCryptoEd25519)).state).toBe('invalid');
    expect((await checkNote('text', ledger.vkey, webCryptoEd25519)).state).toBe('malformed');
  });
  test('no byte of a note can be changed', async () => {
    const note = ledger.checkpoint().note;
    for (let at = 0; at < note.length; at++) {
      for (const other of [
        String.fromCharCode(note.charCodeAt(at) ^ 1),
        '',
        '\r',
        `${note[at]}\n`,
      ]) {
        const changed = note.slice(0, at) + other + note.slice(at + 1);
        const { state, size } = await checkNote(changed, ledger.vkey, webCryptoEd25519);
        expect([at, other, state === 'ok' && size === 9]).toEqual([at, other, false]);
      }
    }
  });
  test('a browser without Ed25519 says so and claims nothing', async () => {
    const cannot: VerifyEd25519 = async () => null;
    expect((await checkNote(ledger.checkpoint().note, ledger.vkey, cannot)).state).toBe(
      'unsupported',
    );
  });
});

interface Tamper {
  record?(record: AuditRecord): AuditRecord | null;
  checkpoint?(size: number | undefined): ReturnType<FixtureLedger['checkpoint']> | null | undefined;
  vkey?: string;
  cancelAt?: number;
}

async function verify(
  ledger: FixtureLedger,
  tamper: Tamper = {},
  pin: Pin | null = null,
  anchor: VerifyInput['anchor'] = null,
): Promise<Verdict> {
  let session = new VerifySession();
  let done = 0;
  const ports: VerifyPorts = {
    read: async (from, count) => {
      const out: AuditRecord[] = [];
      for (let seq = from; seq < Math.min(from + count, ledger.size); seq++) {
        const record = ledger.record(seq);
        const given = tamper.record === undefined ? record : tamper.record(record);
        if (given !== null) out.push(given);
      }
      session.feed(out);
      return { size: session.size, broken: session.broken };
    },
    checkpoint: async (size) => {
      const forged = tamper.checkpoint?.(size);
      const checkpoint = forged === undefined ? ledger.checkpoint(size ?? ledger.size) : forged;
      return { checkpoint, vkey: tamper.vkey ?? ledger.vkey };
    },
    begin: async (wanted) => {
      session = new VerifySession(wanted);
      return null;
    },
    finish: async () => session.end(),
    root: async (size) => session.rootAt(size),
    note: (note, vkey) => checkNote(note, vkey, webCryptoEd25519),
    progress: (n) => {
      done = n;
    },
    cancelled: () => tamper.cancelAt !== undefined && done >= tamper.cancelAt,
  };
  return verifyAll(ports, { total: ledger.size, pin, anchor });
}

describe('the whole ledger', () => {
  const ledger = new FixtureLedger(3_000);
  const pinAt = (size: number): Pin => ({
    vkey: ledger.vkey,
    size,
    root: ledger.checkpoint(size).root,
    at: '2026-11-20T00:00:00.000Z',
  });
  test('without a witness it is consistent but unanchored', async () => {
    expect(await verify(ledger)).toMatchObject({
      kind: 'unanchored',
      size: 3_000,
      root: ledger.checkpoint().root,
    });
  });
  test('with a checkpoint seen here before, or an anchor, it is verified', async () => {
    expect(await verify(ledger, {}, pinAt(1_234))).toMatchObject({
      kind: 'verified',
      witness: { size: 1_234, who: 'browser' },
    });
    const { note } = ledger.checkpoint(2_000);
    // The ledger itself need not have kept that checkpoint.
    const forgot = (size?: number) => (size === 2_000 ? null : undefined);
    expect(
      await verify(ledger, { checkpoint: forgot }, null, { size: 2_000, at: '', note }),
    ).toMatchObject({ kind: 'verified', witness: { size: 2_000, who: 'anchor' } });
    for (const anchor of [
      { size: 2_000, at: '' },
      { size: 1_999, at: '', note },
      { size: 2_000, at: '', note: `${note}x` },
      { size: 2_000, at: '', note: new FixtureLedger(2_000).checkpoint().note },
    ]) {
      expect(await verify(ledger, {}, null, anchor)).toMatchObject({ kind: 'unanchored' });
    }
  });
  test('a changed body is placed exactly, with the last checkpoint that holds', async () => {
    const verdict = await verify(ledger, {
      record: (r) => (r.seq === 2_345 ? { ...r, body: `${r.body} ` } : r),
    });
    expect(verdict).toMatchObject({
      kind: 'broken',
      code: 'LEAF_MISMATCH',
      seq: 2_345,
      upto: null,
    });
    // Seals of the fixture stand at every seventh record (5 mod 7).
    expect(verdict).toMatchObject({ good: 2_343 });
  });
  test('a body changed together with its leaf is placed between two checkpoints', async () => {
    const verdict = await verify(ledger, {
      record: (r) => {
        if (r.seq !== 2_345) return r;
        const body = (r.body ?? '').replace('"v":1', '"v":7');
        const leaf = leafOf(body);
        return { ...r, body, leaf };
      },
    });
    expect(verdict).toMatchObject({
      kind: 'broken',
      code: 'ROOT_MISMATCH',
      good: 2_343,
      seq: 2_343,
      upto: 2_349,
    });
  });
  test.each([
    ['INDEX_GAP', (r: AuditRecord) => (r.seq === 100 ? null : r), 100],
    [
      'SEQ_MISMATCH',
      (r: AuditRecord) => (r.seq === 100 ? { ...ledger.record(99), seq: 100 } : r),
      100,
    ],
    ['TIME_REGRESSION', (r: AuditRecord) => (r.seq === 100 ? { ...r, ts: '2020' } : r), 100],
    [
      'COLUMN_MISMATCH',
      (r: AuditRecord) => (r.seq === 100 ? { ...r, type: 'gate.allowed' } : r),
      100,
    ],
    ['UNAUTHORISED_PRUNE', (r: AuditRecord) => (r.seq === 100 ? { ...r, body: null } : r), 100],
  ] as const)('%s is found at its record', async (code, record, seq) => {
    const verdict = await verify(ledger, { record });
    expect(verdict).toMatchObject({ kind: 'broken', seq });
    // A repeated record also has an older time; either finding names the same place.
    if (code === 'SEQ_MISMATCH')
      expect(['SEQ_MISMATCH', 'TIME_REGRESSION']).toContain((verdict as { code: string }).code);
    else expect(verdict).toMatchObject({ code });
  });
  test('a cut tail, a rolled back ledger, a fork and another key are each named', async () => {
    const short = new FixtureLedger(3_000);
    expect(await verify(ledger, { record: (r) => (r.seq >= 2_900 ? null : r) })).toMatchObject({
      kind: 'broken',
      code: 'TRUNCATED',
      seq: 2_900,
    });
    expect(await verify(ledger, {}, { ...pinAt(1_000), size: 4_000 })).toMatchObject({
      kind: 'broken',
      code: 'ROLLBACK',
    });
    expect(await verify(ledger, {}, { ...pinAt(1_000), root: '00' })).toMatchObject({
      kind: 'broken',
      code: 'FORK',
    });
    expect(await verify(ledger, {}, { ...pinAt(1_000), vkey: short.vkey })).toMatchObject({
      kind: 'unanchored',
      witness: null,
      replaced: { size: 1_000 },
    });
    expect(await verify(ledger, { vkey: short.vkey })).toMatchObject({
      kind: 'broken',
      code: 'NOTE_UNTRUSTED',
    });
  });
  test('without a checkpoint it is not covered, and stopped means nothing is claimed', async () => {
    expect(await verify(ledger, { checkpoint: () => null })).toMatchObject({ kind: 'uncovered' });
    expect(await verify(ledger, { cancelAt: 1_000 })).toMatchObject({ kind: 'cancelled' });
  });
  test('keys are followed through every rotation, and only through valid ones', async () => {
    const rotated = new FixtureLedger(3_000, { rotations: [100, 1_500, 2_998] });
    expect(await verify(rotated)).toMatchObject({ kind: 'unanchored', size: 3_000 });
    const pin = { vkey: rotated.vkey, size: 1_501, root: rotated.checkpoint(1_501).root, at: '' };
    expect(await verify(rotated, {}, pin)).toMatchObject({ kind: 'verified' });
    const { note } = rotated.checkpoint(2_000);
    expect(await verify(rotated, {}, null, { size: 2_000, at: '', note })).toMatchObject({
      kind: 'verified',
      witness: { who: 'anchor' },
    });
    // The last record is the rotation itself: both keys sign the newest checkpoint.
    const edge = new FixtureLedger(101, { rotations: [100] });
    expect(await verify(edge)).toMatchObject({ kind: 'unanchored', size: 101 });
    // Without the checkpoint that hands over, the new key is nobody's.
    const missing = (size?: number) => (size === 1_501 ? null : undefined);
    expect(await verify(rotated, { checkpoint: missing })).toMatchObject({
      kind: 'broken',
      code: 'NOTE_UNTRUSTED',
      good: 1_496,
    });
    // A checkpoint of the tree as it should be does not hand over for a tree that is not.
    expect(
      await verify(rotated, {
        record: (r) => {
          if (r.seq !== 50) return r;
          const body = (r.body ?? '').replace('"v":1', '"v":7');
          return { ...r, body, leaf: leafOf(body) };
        },
      }),
    ).toMatchObject({ kind: 'broken', code: 'ROOT_MISMATCH', good: 47, seq: 47, upto: 53 });
  });
  test('pruned ranges may touch; a row beside them, or after the event, may not be empty', () => {
    const rows = [null, null, null, [0, 2], [2, 3], 'x', 'x'] as const;
    const result = (change: (record: AuditRecord) => AuditRecord) => {
      const session = new VerifySession();
      session.feed(rows.map((row, seq) => change(pruneRow(seq, row))));
      return session.end().broken;
    };
    expect(result((r) => r)).toBeNull();
    for (const empty of [3, 4, 5, 6]) {
      const broken = result((r) => (r.seq === empty ? { ...r, body: null } : r));
      expect(broken).toMatchObject({ code: 'UNAUTHORISED_PRUNE' });
    }
    for (const bad of [[2, 0], ['0', 2], [0], [0, 2, 3], null, [-1, 2]]) {
      const broken = result((r) => (r.seq === 3 ? pruneRow(3, bad) : r));
      expect([bad, broken]).toMatchObject([bad, { code: 'NOT_CANONICAL', seq: 3 }]);
    }
  });
  test('a body that can be read in two ways is refused, hashed as it may be', () => {
    for (const text of ['{"a":1,"a":2,', '{ "a":1,', '{"zz":1,', '{"a":1.0,', '{"\\u0061":1,']) {
      const session = new VerifySession();
      const body = (pruneRow(0, 'x').body ?? '').replace('{', text);
      session.feed([{ ...pruneRow(0, 'x'), body, leaf: leafOf(body) }]);
      expect([text, session.broken]).toMatchObject([text, { code: 'NOT_CANONICAL', seq: 0 }]);
    }
  });
  test('ledgers of zero and one record verify like any other', async () => {
    expect(await verify(new FixtureLedger(0), { checkpoint: () => null })).toMatchObject({
      kind: 'uncovered',
      size: 0,
    });
    expect(await verify(new FixtureLedger(1))).toMatchObject({ kind: 'unanchored', size: 1 });
  });
});

/** A row without body (null), a log.prune event of this range, or another event. */
function pruneRow(seq: number, range: unknown): AuditRecord {
  const ts = '2026-01-01T00:00:00.000Z';
  const type = range === 'x' ? 'x' : 'log.prune';
  const body = canonicalize({ ...(range === 'x' ? {} : { prune: range }), seq, ts, type });
  return { seq, leaf: leafOf(body), ts, type, body: range === null && seq < 3 ? null : body };
}

function leafOf(body: string): string {
  const session = new VerifySession();
  session.feed([{ seq: 0, leaf: '0'.repeat(64), ts: '', type: '', body }]);
  return session.broken?.found ?? '';
}
