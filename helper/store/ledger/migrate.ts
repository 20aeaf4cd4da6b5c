import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { indexBuilding } from './faults.ts';
import type { Actor, EventDraft, Ledger, LedgerPaths } from './port.ts';

export interface LegacyImport {
  lines: number;
  /** Lines that are no JSON object of the old form; recorded by digest all the same. */
  unreadable: number;
  /** Lines that an earlier import of the same bytes has recorded; they are not recorded twice. */
  known: number;
  sha256: string;
  /** The kept copy of the old log, byte for byte. */
  attachment: string;
  /** Records of the intent and of the outcome. */
  records: [intent: number, outcome: number];
}

const BATCH = 200;
const LINE_FEED = 0x0a;
/** Names only: anything else in an old log may be personal data that was never redacted. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T[0-9:.+Z-]{5,40}$/;

/**
 * Takes a JSON-lines log of the older AKIOS form into the ledger as evidence: its bytes are kept
 * beside the log under their digest, and each line becomes an event with its digest, time and
 * names. What the old log says is not vouched for, only that it said so at this moment. The same
 * bytes given again add no second event for a line, so an import cut short is simply repeated.
 * Throws what an append throws, and LEDGER_UNAVAILABLE when the copy cannot be kept.
 * @param content whole lines in UTF-8
 */
export async function importLegacy(
  ledger: Ledger,
  paths: LedgerPaths,
  content: Uint8Array,
  actor: Actor,
): Promise<LegacyImport> {
  const sha256 = digest(content);
  const index = ledger.indexing();
  // What a repeated import has recorded already is found by it.
  if (index !== null) throw indexBuilding(index);
  const about = { sha256, bytes: content.byteLength };
  const start = await ledger.append({
    type: 'legacy.import',
    actor,
    data: about,
    expects: 'outcome',
  });
  try {
    const attachment = keep(paths.logDir, sha256, content);
    const counts = await recordLines(ledger, content, sha256, actor, start.seq);
    const end = await ledger.append({
      type: 'legacy.imported',
      actor,
      intent: start.seq,
      result: { status: 'ok' },
      data: { ...about, ...counts },
    });
    return { ...counts, sha256, attachment, records: [start.seq, end.seq] };
  } catch (error) {
    const code = error instanceof AkiosError ? error.code : 'INTERNAL';
    await ledger.append({
      type: 'legacy.imported',
      actor,
      intent: start.seq,
      result: { status: 'error', code },
    });
    throw error;
  }
}

async function recordLines(
  ledger: Ledger,
  content: Uint8Array,
  sha256: string,
  actor: Actor,
  parent: number,
): Promise<{ lines: number; unreadable: number; known: number }> {
  const counts = { lines: 0, unreadable: 0, known: 0 };
  let waiting: Promise<{ duplicate: boolean }>[] = [];
  const flush = async (): Promise<void> => {
    for (const { duplicate } of await Promise.all(waiting)) if (duplicate) counts.known += 1;
    waiting = [];
  };
  for (const line of linesOf(content)) {
    counts.lines += 1;
    const facts = factsOf(line);
    if (facts === null) counts.unreadable += 1;
    waiting.push(ledger.append(lineEvent(line, counts.lines, sha256, facts, actor, parent)));
    if (waiting.length >= BATCH) await flush();
  }
  await flush();
  return counts;
}

/** Not readable by others: an old log holds texts as they were, never redacted. */
function keep(logDir: string, sha256: string, content: Uint8Array): string {
  const dir = join(logDir, 'attachments');
  const attachment = join(dir, `${sha256}.jsonl`);
  const incoming = `${attachment}.part`;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o750 });
    if (!lstatSync(dir).isDirectory()) throw new Error(`${dir} is no folder`);
    rmSync(incoming, { force: true });
    const file = openSync(incoming, 'wx', 0o600);
    try {
      for (let at = 0; at < content.byteLength; ) at += writeSync(file, content, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(incoming, attachment);
    syncFolder(dir);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AkiosError('LEDGER_UNAVAILABLE', `The old log could not be kept: ${why}`, {
      hint: 'Free space or correct the rights of the audit folder, then give the same file again.',
    });
  }
  return attachment;
}

function syncFolder(dir: string): void {
  const folder = openSync(dir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Lines that are not blank, as bytes: the digest of a line must not depend on a decoder. */
function* linesOf(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.byteLength; ) {
    const found = content.indexOf(LINE_FEED, at);
    const end = found === -1 ? content.byteLength : found;
    const line = content.subarray(at, content[end - 1] === 0x0d ? end - 1 : end);
    if (line.some((byte) => byte > 0x20)) yield line;
    at = end + 1;
  }
}

function lineEvent(
  line: Uint8Array,
  number: number,
  file: string,
  facts: JsonObject | null,
  actor: Actor,
  parent: number,
): EventDraft {
  const status = facts === null ? 'unreadable' : 'ok';
  const data = { line: number, sha256: digest(line), ...(facts ?? {}) };
  return {
    id: idOf(file, number),
    type: 'legacy.event',
    actor,
    parent,
    result: { status },
    data,
  };
}

/** One id a line of one file: what makes a repeated import harmless. UUIDv7 in form. */
function idOf(file: string, number: number): string {
  const hash = createHash('sha256').update(`legacy ${file} ${number}`).digest('hex');
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `7${hash.slice(13, 16)}`];
  return [...parts, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-');
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function factsOf(line: Uint8Array): JsonObject | null {
  let event: unknown;
  try {
    event = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch (error) {
    // TypeError: not UTF-8. Both are counted and recorded by digest.
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return null;
  const out: JsonObject = {};
  const old = event as Record<string, unknown>;
  for (const key of ['workflow_id', 'agent', 'action', 'result'] as const) {
    const value = old[key];
    if (typeof value === 'string' && NAME.test(value)) out[key] = value;
  }
  if (Number.isSafeInteger(old['step'])) out['step'] = old['step'] as number;
  const at = old['timestamp'];
  if (typeof at === 'string' && TIME.test(at)) out['at'] = at;
  return out;
}
