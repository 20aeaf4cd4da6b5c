import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { canonicalize, isCanonical } from '../../proof/canonical.ts';
import { checkSignature, parseNote, parseVkey, type SignedNote } from '../../proof/note.ts';
import { ed25519Verify, sha256 } from './hash.ts';

export const RECEIPTS_DIR = 'receipts';
const KIND = 'akios receipt v1';

export interface ReceiptView {
  file: string;
  /** `invalid`: edited, or not signed by the key kept with it. */
  state: 'valid' | 'invalid';
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

/** Receipts kept in a trust folder, oldest first, each with the state of its signature. */
export function listReceipts(trustDir: string): ReceiptView[] {
  const dir = join(trustDir, RECEIPTS_DIR);
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).filter((name) => name.endsWith('.note'));
  return names.sort().map((name) => readReceipt(join(dir, name)));
}

function readReceipt(file: string): ReceiptView {
  const invalid: ReceiptView = { file: basename(file), state: 'invalid', body: {} };
  try {
    const note = parseNote(readFileSync(file, 'utf8'));
    const key = parseVkey(sha256, readFileSync(file.replace(/note$/, 'vkey'), 'utf8').trimEnd());
    const found = note === null || key === null ? null : receiptBody(note, key.name);
    if (note === null || key === null || found === null) return invalid;
    const { json, body } = found;
    if (!isCanonical(json, body) || checkSignature(ed25519Verify, note, key) !== 'ok')
      return { ...invalid, body };
    return { file: basename(file), state: 'valid', body };
  } catch (error) {
    if (error instanceof Error) return invalid;
    throw error;
  }
}
