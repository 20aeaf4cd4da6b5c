import { createHash } from 'node:crypto';
import { copyFileSync, createReadStream, lstatSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import type { Actor, EventDraft, Ledger, LedgerPaths } from './port.ts';

export interface LegacyImport {
  lines: number;
  /** Lines that are no JSON object of the old form; recorded by digest all the same. */
  unreadable: number;
  sha256: string;
  /** The kept copy of the old file, byte for byte. */
  attachment: string;
}

const BATCH = 200;
/** Names only: anything else in an old log may be personal data that was never redacted. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T[0-9:.+Z-]{5,40}$/;

/**
 * Takes a JSON-lines log of the older AKIOS form into the ledger as evidence: the file is kept
 * beside the log by digest, and each line becomes an event with its digest, time and names. What
 * the old log says is not vouched for, only that it said so at this moment. Throws FILE_NOT_FOUND,
 * INPUT_INVALID, and what an append throws.
 */
export async function importLegacy(
  ledger: Ledger,
  paths: LedgerPaths,
  file: string,
  actor: Actor,
): Promise<LegacyImport> {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new AkiosError('FILE_NOT_FOUND', `There is no file ${file}.`, {
      hint: 'Give the path of audit_events.jsonl.',
    });
  }
  if (!stat.isFile())
    throw new AkiosError('INPUT_INVALID', 'The old log must be a plain file, not a link.');
  const dir = join(paths.logDir, 'attachments');
  mkdirSync(dir, { recursive: true, mode: 0o750 });
  const incoming = join(dir, 'incoming');
  copyFileSync(file, incoming);
  const sha256 = await digestOf(incoming);
  const attachment = join(dir, `${sha256}.jsonl`);
  renameSync(incoming, attachment);
  const about = { sha256, bytes: stat.size };
  const start = await ledger.append({
    type: 'legacy.import',
    actor,
    data: about,
    expects: 'outcome',
  });
  let lines = 0;
  let unreadable = 0;
  let waiting: Promise<unknown>[] = [];
  // The copy is read, not the original: it is what the digest names and it cannot change meanwhile.
  const input = createInterface({
    input: createReadStream(attachment),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const line of input) {
    if (line.trim() === '') continue;
    lines += 1;
    const facts = factsOf(line);
    if (facts === null) unreadable += 1;
    waiting.push(ledger.append(lineEvent(line, lines, facts, actor, start.seq)));
    if (waiting.length >= BATCH) {
      await Promise.all(waiting);
      waiting = [];
    }
  }
  await Promise.all(waiting);
  const result = { status: 'ok' };
  await ledger.append({
    type: 'legacy.imported',
    actor,
    intent: start.seq,
    result,
    data: { ...about, lines, unreadable },
  });
  return { lines, unreadable, sha256, attachment };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function lineEvent(
  line: string,
  number: number,
  facts: JsonObject | null,
  actor: Actor,
  parent: number,
): EventDraft {
  const digest = createHash('sha256').update(line).digest('hex');
  const status = facts === null ? 'unreadable' : 'ok';
  const data = { line: number, sha256: digest, ...(facts ?? {}) };
  return { type: 'legacy.event', actor, parent, result: { status }, data };
}

function factsOf(line: string): JsonObject | null {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
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
