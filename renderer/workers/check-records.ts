import type { AuditRecord } from '../../shared/contract/audit.ts';
import { fromHex, isHexOf, toHex } from '../../shared/proof/bytes.ts';
import { isCanonical } from '../../shared/proof/canonical.ts';
import { CanonicalScanner } from '../../shared/proof/canonical-scan.ts';
import { inPlaceHasher } from '../../shared/proof/in-place.ts';

/** Codes of the log verifier (docs of the on-disk format); `seq` is the record's number. */
export interface Break {
  code:
    | 'INDEX_GAP'
    | 'LEAF_MISMATCH'
    | 'NOT_CANONICAL'
    | 'SEQ_MISMATCH'
    | 'COLUMN_MISMATCH'
    | 'TIME_REGRESSION'
    | 'UNAUTHORISED_PRUNE';
  seq: number;
  expected: string;
  found: string;
}

/** What a record says about the log itself, or that its body is gone. */
export type Mark =
  | { seq: number; kind: 'pruned' | 'seal' }
  | { seq: number; kind: 'prune'; range: [from: number, to: number] }
  | { seq: number; kind: 'rotate'; vkey: string };

/** Records that were checked one by one; how they hang together is for the session to say. */
export interface Batch {
  from: number;
  /** Leaf hashes of the records before the first that does not hold, 32 bytes each. */
  leaves: Uint8Array<ArrayBuffer>;
  /** Times of the first and the last of these records; of the first one also when it breaks. */
  firstTs: string;
  lastTs: string;
  /** Ascending. */
  marks: Mark[];
  broken: Break | null;
}

/** Hashes a body and takes a quick look at the very bytes that were hashed. */
function bodyReader() {
  const encoder = new TextEncoder();
  const hasher = inPlaceHasher((text, target) => encoder.encodeInto(text, target));
  const scanner = new CanonicalScanner();
  return (body: string, record: AuditRecord): { leaf: Uint8Array; plain: boolean } => {
    let plain = false;
    const leaf = hasher.leafOfText(body, (bytes, from, to) => {
      plain = scanner.isPlain(bytes, from, to, record);
    });
    // A lone surrogate was hashed as another character: not for the quick look to judge.
    return { leaf, plain: plain && body.isWellFormed() };
  };
}

interface Body {
  seq?: unknown;
  ts?: unknown;
  type?: unknown;
  seal?: unknown;
  prune?: unknown;
  rotate?: unknown;
}

/** Checks what a record and its neighbour in this list show by themselves; stops at a fault. */
export function checkRecords(from: number, records: readonly AuditRecord[]): Batch {
  const read = bodyReader();
  const leaves = new Uint8Array(32 * records.length);
  const marks: Mark[] = [];
  const firstTs = records[0]?.ts ?? '';
  let lastTs = '';
  let good = 0;
  let broken: Break | null = null;
  for (const record of records) {
    const got = checkOne({ seq: from + good, record, lastTs, marks, read });
    if (!(got instanceof Uint8Array)) {
      broken = got;
      break;
    }
    leaves.set(got, 32 * good);
    lastTs = record.ts;
    good += 1;
  }
  return { from, leaves: leaves.slice(0, 32 * good), firstTs, lastTs, marks, broken };
}

interface One {
  /** The number this record must have. */
  seq: number;
  record: AuditRecord;
  /** Time of the record before it in this batch; empty for the first. */
  lastTs: string;
  /** Takes what the record says of the log. */
  marks: Mark[];
  read: ReturnType<typeof bodyReader>;
}

/** The leaf of a record that holds, else what is wrong with it. */
function checkOne({ seq, record, lastTs, marks, read }: One): Uint8Array | Break {
  const fault = (code: Break['code'], expected: string, found: string): Break => ({
    code,
    seq,
    expected,
    found,
  });
  if (record.seq !== seq) return fault('INDEX_GAP', String(seq), String(record.seq));
  if (record.ts < lastTs) return fault('TIME_REGRESSION', lastTs, record.ts);
  if (record.body === null) {
    const kept = fromHex(record.leaf);
    if (kept === null || kept.length !== 32) return fault('LEAF_MISMATCH', record.leaf, '');
    marks.push({ seq, kind: 'pruned' });
    return kept;
  }
  const { leaf, plain } = read(record.body, record);
  if (!isHexOf(record.leaf, leaf)) return fault('LEAF_MISMATCH', record.leaf, toHex(leaf));
  // Everything below is already known of it; events of the log itself say more than that.
  if (plain && !record.type.startsWith('log.')) return leaf;
  const body = parse(record.body);
  if (body === null) return fault('NOT_CANONICAL', 'JSON', '');
  if (!isCanonical(record.body, body)) return fault('NOT_CANONICAL', 'RFC 8785', '');
  if (body.seq !== seq) return fault('SEQ_MISMATCH', String(seq), String(body.seq));
  if (body.ts !== record.ts) return fault('COLUMN_MISMATCH', String(body.ts), record.ts);
  if (body.type !== record.type) return fault('COLUMN_MISMATCH', String(body.type), record.type);
  const mark = markOf(seq, body);
  if (mark === 'malformed') return fault('NOT_CANONICAL', String(body.type), '');
  if (mark !== null) marks.push(mark);
  return leaf;
}

/** What events of the log itself say, if they say it in the form of the format. */
function markOf(seq: number, body: Body): Mark | 'malformed' | null {
  if (body.type === 'log.seal') {
    if (!isSize(body.seal)) return 'malformed';
    // A seal names the checkpoint just before it, so the tree has exactly that size then.
    return body.seal === seq ? { seq, kind: 'seal' } : null;
  }
  if (body.type === 'log.prune') {
    const [from, to, ...more] = Array.isArray(body.prune) ? (body.prune as unknown[]) : [];
    if (!isSize(from) || !isSize(to) || from > to || more.length > 0) return 'malformed';
    // Only rows before it: nobody may announce the loss of what is not yet written.
    return { seq, kind: 'prune', range: [from, Math.min(to, seq)] };
  }
  if (body.type === 'log.key_rotate' && typeof body.rotate === 'string') {
    return { seq, kind: 'rotate', vkey: body.rotate };
  }
  return null;
}

function parse(text: string): Body | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
