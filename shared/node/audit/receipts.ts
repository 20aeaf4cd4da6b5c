import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { equalBytes } from '../../proof/bytes.ts';
import { canonicalize, isCanonical } from '../../proof/canonical.ts';
import {
  type Checkpoint,
  checkSignature,
  parseCheckpoint,
  parseNote,
  parseVkey,
  type SignedNote,
  type VerifierKey,
} from '../../proof/note.ts';
import { ed25519Verify, sha256 } from './hash.ts';
import { KEYS_FILE } from './inputs.ts';
import { type Signed, signersState } from './signers.ts';

export const RECEIPTS_DIR = 'receipts';
/** Below it, a folder with the trusted files of each log that ended. */
export const RETIRED_DIR = 'retired';
const KIND = 'akios receipt v1';

export interface ReceiptView {
  file: string;
  /**
   * `valid`: signed by a key of a log of this trust folder. `invalid`: edited, or no receipt.
   * `untrusted`: signed by a key that no log here ever had (of another project, or forged).
   * `missing`: its number was given, and the file is gone.
   */
  state: 'valid' | 'invalid' | 'untrusted' | 'missing';
  body: Record<string, unknown>;
}

/** Signed text: kind, origin, canonical JSON, one line each. Cannot be read as a checkpoint. */
export function receiptText(origin: string, body: unknown): string {
  return `${KIND}\n${origin}\n${canonicalize(body)}\n`;
}

/** Body of a receipt of this origin, and its exact text; null when it is none. */
export function receiptBody(
  note: SignedNote,
  origin: string,
): { json: string; body: Record<string, unknown> } | null {
  const [kind, name, json, ...rest] = note.text.split('\n');
  if (kind !== KIND || name !== origin || json === undefined || rest.join() !== '') return null;
  try {
    const body: unknown = JSON.parse(json);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
    return rest.length === 1 ? { json, body: body as Record<string, unknown> } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Receipts kept in a trust folder, oldest first, each with the state of its signature. The vkey that
 * lies beside a receipt names the key; whether it counts is told from the keys of the logs.
 */
export function listReceipts(trustDir: string): ReceiptView[] {
  const dir = join(trustDir, RECEIPTS_DIR);
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).filter((name) => name.endsWith('.note'));
  const logs = keysOfLogs(trustDir);
  const views = names.map((name) => readReceipt(join(dir, name), logs));
  const last = Math.max(0, ...names.map(receiptNumber));
  for (let number = 1; number < last; number++) {
    const file = `${receiptName(number)}.note`;
    if (!names.includes(file)) views.push({ file, state: 'missing', body: {} });
  }
  return views.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Name of a receipt without its ending. */
export function receiptName(number: number): string {
  return `receipt-${String(number).padStart(6, '0')}`;
}

/** Number in a file name; 0 for another name. */
export function receiptNumber(file: string): number {
  const match = /^receipt-(\d{6,9})\.note$/.exec(file);
  return match === null ? 0 : Number(match[1]);
}

/** The keys of the log of now and of each that ended, each list in the order of its changes. */
function keysOfLogs(trustDir: string): VerifierKey[][] {
  const retired = join(trustDir, RETIRED_DIR);
  const ended = existsSync(retired) ? readdirSync(retired).map((name) => join(retired, name)) : [];
  return [trustDir, ...ended].map((dir) =>
    ['log.vkey', KEYS_FILE].flatMap((name) => {
      const file = join(dir, name);
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      return lines.map((line) => parseVkey(sha256, line)).filter((key) => key !== null);
    }),
  );
}

function readReceipt(file: string, logs: readonly VerifierKey[][]): ReceiptView {
  const invalid: ReceiptView = { file: basename(file), state: 'invalid', body: {} };
  try {
    const note = parseNote(readFileSync(file, 'utf8'));
    const vkey = readFileSync(file.replace(/note$/, 'vkey'), 'utf8').trimEnd();
    const key = parseVkey(sha256, vkey);
    const found = note === null || key === null ? null : receiptBody(note, key.name);
    if (note === null || key === null || found === null) return invalid;
    const { json, body } = found;
    if (!isCanonical(json, body) || checkSignature(ed25519Verify, note, key) !== 'ok')
      return { ...invalid, body };
    const isOwn = (one: VerifierKey): boolean =>
      one.name === key.name && equalBytes(one.publicKey, key.publicKey);
    const keys = logs.find((list) => list.some(isOwn));
    const head = statedCheckpoint(body, key.name);
    if (keys === undefined) return { ...invalid, state: 'untrusted', body };
    const state = head === 'malformed' ? 'invalid' : signersState(keys, note, head, null);
    return { file: basename(file), state: state === 'ok' ? 'valid' : state, body };
  } catch (error) {
    if (error instanceof Error) return invalid;
    throw error;
  }
}

/** The newest checkpoint that a statement about a log quotes; null when it quotes none. */
export function statedCheckpoint(
  body: Record<string, unknown>,
  origin: string,
): (Signed & { checkpoint: Checkpoint }) | null | 'malformed' {
  const quoted = body['checkpoint'];
  if (quoted === undefined) return null;
  const note = typeof quoted === 'string' ? parseNote(quoted) : null;
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null || checkpoint.origin !== origin) return 'malformed';
  return { note, size: checkpoint.size, checkpoint };
}
