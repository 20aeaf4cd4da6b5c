import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fromUtf8 } from '../../proof/bytes.ts';
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

/** The verifier's own inputs do not permit a verdict (exit 2). */
export class InputUnreadable extends Error {
  override readonly name: string = 'InputUnreadable';
}

/** The log cannot be read. What was found out about it before stays true (exit 1 then, else 2). */
export class LogUnreadable extends InputUnreadable {
  override readonly name = 'LogUnreadable';
}

export interface Anchor {
  checkpoint: Checkpoint;
  note: SignedNote;
  /** False until a key of the log's chain is seen to have signed it. */
  proved: boolean;
}

export interface TrustedInputs {
  /** The first key of the log. */
  key: VerifierKey;
  /** All keys of the log that are known here, in the order in which they were in force. */
  keys: VerifierKey[];
  anchor: Anchor | null;
}

const MAX_INPUT = 1_048_576;
/** Later keys of the chain, kept outside the log: they authenticate an anchor, never the log. */
export const KEYS_FILE = 'log.keys';

/** A small text file of the verifier's own. Throws InputUnreadable for whatever it is else. */
export function readInput(file: string, what: string): string {
  const text = fromUtf8(readSmall(file, what));
  if (text === null) throw new InputUnreadable(`The ${what} is not UTF-8 text.`);
  return text;
}

/** The bytes of a small file. Throws InputUnreadable when there is no such file to read. */
export function readSmall(file: string, what: string): Uint8Array {
  try {
    const stat = statSync(file);
    // A pipe would hang, a device would never end.
    if (!stat.isFile()) throw new InputUnreadable(`The ${what} is not a regular file: ${file}.`);
    const bytes = readUpTo(file, MAX_INPUT + 1);
    if (bytes.length > MAX_INPUT) throw new InputUnreadable(`The ${what} is too large.`);
    return bytes;
  } catch (error) {
    if (error instanceof InputUnreadable) throw error;
    throw new InputUnreadable(`The ${what} cannot be read: ${file}.`, { cause: error });
  }
}

/** Files of the kernel say that they are regular and empty, and some of them make a reader wait. */
export function openAtOnce(file: string): number {
  return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
}

function readUpTo(file: string, limit: number): Uint8Array {
  const fd = openAtOnce(file);
  try {
    const parts: Buffer[] = [];
    for (let left = limit; left > 0; ) {
      const part = Buffer.alloc(Math.min(left, 65_536));
      const count = readSync(fd, part, 0, part.length, null);
      if (count === 0) break;
      parts.push(part.subarray(0, count));
      left -= count;
    }
    return Buffer.concat(parts);
  } finally {
    closeSync(fd);
  }
}

function isAbsent(file: string): boolean {
  try {
    lstatSync(file);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

/** Where a path leads; null when it leads nowhere, which others then say. */
function target(path: string): string | null {
  try {
    return realpathSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

/** Key and anchor must come from outside: whoever can write the log could write these too. */
export function refuseInside(logDir: string, file: string | null): void {
  const [log, path] = [target(logDir), file === null ? null : target(file)];
  if (log !== null && path?.startsWith(`${log}${sep}`)) {
    throw new InputUnreadable('The verifier key and the anchor must not lie in the log directory.');
  }
}

/** Reads trusted key and anchor. A given anchor file that does not exist counts as no anchor. */
export function readInputs(vkeyFile: string, anchorFile: string | null): TrustedInputs {
  const lines = readInput(vkeyFile, 'verifier key').split('\n');
  const key = lines.length <= 2 && (lines[1] ?? '') === '' ? parseVkey(sha256, lines[0]!) : null;
  if (key === null) throw new InputUnreadable('The verifier key is malformed.');
  const keys = [key, ...laterKeys(vkeyFile, key.name)];
  if (anchorFile === null || isAbsent(anchorFile)) return { key, keys, anchor: null };
  const note = parseNote(readInput(anchorFile, 'anchor'));
  const checkpoint = note === null ? null : parseCheckpoint(note.text);
  if (note === null || checkpoint === null) throw new InputUnreadable('The anchor is malformed.');
  if (checkpoint.origin !== key.name) {
    throw new InputUnreadable('The anchor belongs to another log than the verifier key.');
  }
  const anchor = { checkpoint, note, proved: false };
  // Each key is asked: one genuine signature does not make up for a false one of another.
  anchor.proved = keys.filter((one) => proves(anchor, one)).length > 0;
  return { key, keys, anchor };
}

/** True when this key signed the anchor. Throws InputUnreadable for a bad signature of this key. */
export function proves(anchor: Anchor, key: VerifierKey): boolean {
  const state = checkSignature(ed25519Verify, anchor.note, key);
  if (state === 'invalid') throw new InputUnreadable('The signature of the anchor is invalid.');
  return state === 'ok';
}

/** Keys of log.keys beside a vkey file. Throws InputUnreadable when malformed. */
export function laterKeys(vkeyFile: string, origin: string): VerifierKey[] {
  const file = join(dirname(vkeyFile), KEYS_FILE);
  if (isAbsent(file)) return [];
  const lines = readInput(file, 'list of later keys')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const key = parseVkey(sha256, line);
    if (key === null || key.name !== origin) {
      throw new InputUnreadable('The list of later keys is malformed.');
    }
    return key;
  });
}
