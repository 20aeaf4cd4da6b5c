import { realpathSync } from 'node:fs';
import { bytesOfText, textOfBytes } from '../../shared/node/raw-text.ts';
import type { OpenFile } from './read-text.ts';

/** Documents by name; they are read in the cage, never by this program. */
const BY_NAME = /\.(?:pdf|docx|docm|dotx|xlsx|xlsm|xltx|eml|html?)$/i;
/** What only a document begins with, whatever it is called: PDF, zip, old Office. */
const BY_HEAD = [
  Buffer.from('%PDF-'),
  Buffer.from('PK\u0003\u0004'),
  Buffer.of(0xd0, 0xcf, 0x11, 0xe0),
];

/** @param head the first bytes of the file */
export function isDocument(name: string, head: Buffer): boolean {
  return BY_NAME.test(name) || BY_HEAD.some((mark) => head.subarray(0, mark.length).equals(mark));
}

/** Texts whose form a redacted copy keeps: cells stay cells, JSON stays JSON. */
export function isTable(name: string): boolean {
  return /\.(?:csv|tsv|json|jsonl)$/i.test(name);
}

/** A document up to this size goes with its call: a system service cannot open a person's files. */
const SENT_BYTES = 16 * 1024 * 1024;

/** How a document is handed to the helper. @throws AkiosError CONFLICT when it changes meanwhile */
export function handed(file: OpenFile): { file: string; base64?: string } {
  if (file.bytes > SENT_BYTES) {
    return { file: textOfBytes(realpathSync(bytesOfText(file.name), { encoding: 'buffer' })) };
  }
  const pieces: Buffer[] = [];
  for (const chunk of file.chunks()) pieces.push(Buffer.from(chunk));
  const bytes = Buffer.concat(pieces);
  return { file: file.name.toWellFormed(), base64: bytes.toString('base64') };
}
