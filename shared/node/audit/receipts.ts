import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { equalBytes, fromUtf8, toHex } from '../../proof/bytes.ts';
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
import { InputUnreadable, KEYS_FILE, readInput, readSmall } from './inputs.ts';
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

/** Missing receipts that are listed: one planted number must not make a list without end. */
const MAX_MISSING = 1000;

/**
 * Receipts kept in a trust folder, oldest first, each with the state of its signature. The vkey that
 * lies beside a receipt names the key; whether it counts is told from the keys of the logs. `named`:
 * digests by number as a verified log names them; what it names must lie here.
 * `dir`: another folder of receipts than the one in the trust folder.
 */
export function listReceipts(
  trustDir: string,
  named: ReadonlyMap<number, string> = new Map(),
  dir: string = join(trustDir, RECEIPTS_DIR),
): ReceiptView[] {
  const names = namesIn(dir).filter((name) => name.endsWith('.note'));
  const dirs = [trustDir, ...endedLogs(trustDir)];
  const logs = dirs.map(keysOf);
  const found = names.map((name) => readReceipt(join(dir, name), logs));
  const here = new Set(names.map(receiptNumber));
  for (const receipt of found) {
    const digest = named.get(receiptNumber(receipt.view.file));
    // Another one, even a genuine one, in the place of the one that the log names.
    if (digest !== undefined && digest !== receipt.sha256) receipt.view.state = 'missing';
  }
  let last = 0;
  for (const number of [...here, ...named.keys()]) last = Math.max(last, number);
  const gone: number[] = [];
  for (let number = 1; number <= last && gone.length < MAX_MISSING; number++) {
    if (!here.has(number)) gone.push(number);
  }
  const unexplained = dirs.slice(1).some((dir) => isUnexplained(dir, dirs, found));
  // Where one was edited, that may be the statement.
  const whole = gone.length === 0 && found.every(({ view }) => view.state === 'valid');
  if (whole && unexplained) gone.push(last + 1);
  const missing = gone.map((number): ReceiptView => {
    return { file: `${receiptName(number)}.note`, state: 'missing', body: {} };
  });
  const views = [...found.map(({ view }) => view), ...missing];
  return views.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Statements of which every ended log left one behind: what became of it, signed before its key went. */
const ENDINGS: readonly unknown[] = ['erasure-outcome', 'log.set_aside'];

/**
 * Whether an ended log was erased and nothing says so any more. One that was set aside lies in a
 * folder like this; its key may have been lost before it could sign.
 */
function isUnexplained(retired: string, dirs: readonly string[], found: readonly Found[]): boolean {
  const keys = keysOf(retired);
  const first = keys[0];
  if (first === undefined) return false;
  const isHere = (dir: string): boolean => keysOf(dir)[0]?.name === first.name;
  const lies = dirs.some((dir, i) => (i === 0 || existsSync(join(dir, 'log'))) && isHere(dir));
  return (
    !lies &&
    !found.some(
      ({ key, view }) => ENDINGS.includes(view.body['kind']) && key !== null && has(keys, key),
    )
  );
}

/** The trust folder that a vkey lies in, as that of the log or in the folder of one that ended. */
export function trustFolderOf(vkeyFile: string): string {
  const dir = dirname(resolve(vkeyFile));
  return basename(dirname(dir)) === RETIRED_DIR ? dirname(dirname(dir)) : dir;
}

/** Name of a receipt without its ending. */
export function receiptName(number: number): string {
  return `receipt-${String(number).padStart(6, '0')}`;
}

/** Number in a file name; 0 for another name. */
export function receiptNumber(file: string): number {
  const match = /^receipt-(\d{6,9})\.note$/.exec(file);
  const number = match === null ? 0 : Number(match[1]);
  // One spelling of a number, or two files would have it.
  return number > 0 && file === `${receiptName(number)}.note` ? number : 0;
}

/** Folders with the trusted files of the logs that ended. */
function endedLogs(trustDir: string): string[] {
  const retired = join(trustDir, RETIRED_DIR);
  return namesIn(retired).map((name) => join(retired, name));
}

/** Names in a folder; none where there is no folder. Throws InputUnreadable where nobody may list it. */
function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new InputUnreadable(`${dir} cannot be read (${code}).`, { cause: error });
  }
}

/** The keys of a log in the order of its changes, as far as they can be read. */
function keysOf(dir: string): VerifierKey[] {
  return ['log.vkey', KEYS_FILE].flatMap((name) => {
    try {
      const lines = readInput(join(dir, name), 'key').split('\n');
      return lines.map((line) => parseVkey(sha256, line)).filter((key) => key !== null);
    } catch (error) {
      if (error instanceof InputUnreadable) return [];
      throw error;
    }
  });
}

function has(keys: readonly VerifierKey[], key: VerifierKey): boolean {
  return keys.some((one) => one.name === key.name && equalBytes(one.publicKey, key.publicKey));
}

interface Found {
  view: ReceiptView;
  /** Of the file as it lies there; empty when it could not be read. */
  sha256: string;
  /** The key beside it, when its signature is by that key. */
  key: VerifierKey | null;
}

function readReceipt(file: string, logs: readonly VerifierKey[][]): Found {
  const view: ReceiptView = { file: basename(file), state: 'invalid', body: {} };
  const found: Found = { view, sha256: '', key: null };
  try {
    const bytes = readSmall(file, 'receipt');
    found.sha256 = toHex(sha256(bytes));
    const note = parseNote(fromUtf8(bytes) ?? '');
    const key = parseVkey(sha256, readInput(file.replace(/note$/, 'vkey'), 'key').trimEnd());
    const stated = note === null || key === null ? null : receiptBody(note, key.name);
    if (note === null || key === null || stated === null) return found;
    const { json, body } = stated;
    view.body = body;
    if (!isCanonical(json, body) || checkSignature(ed25519Verify, note, key) !== 'ok') return found;
    found.key = key;
    const keys = logs.find((list) => has(list, key));
    const head = statedCheckpoint(body, key.name);
    if (keys === undefined) view.state = 'untrusted';
    else if (head !== 'malformed') {
      const state = signersState(keys, note, head, null);
      view.state = state === 'ok' ? 'valid' : state;
    }
    return found;
  } catch (error) {
    if (error instanceof Error) return found;
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
