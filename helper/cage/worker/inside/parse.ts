import { AkiosError } from '../../../../shared/domain/errors.ts';
import type { ParsedDocument } from '../port.ts';
import { decodeText } from './decode.ts';
import { walkDocx } from './docx.ts';
import { walkEml } from './eml.ts';
import { htmlText } from './html.ts';
import { walkPdf } from './pdf.ts';
import { collector, TextLimit, type TextSink } from './text-sink.ts';
import { walkXlsx } from './xlsx.ts';
import { readZip } from './zip.ts';

export type DocumentKind = ParsedDocument['kind'];

const BY_EXTENSION: Record<string, DocumentKind> = {
  txt: 'txt',
  text: 'txt',
  log: 'txt',
  md: 'md',
  markdown: 'md',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  jsonl: 'json',
  pdf: 'pdf',
  docx: 'docx',
  xlsx: 'xlsx',
  eml: 'eml',
  html: 'html',
  htm: 'html',
};

/** By extension, but contents that say otherwise win: a PDF named .txt is read as a PDF. */
export function kindOf(path: string, bytes: Uint8Array): DocumentKind {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const head = Buffer.from(bytes.subarray(0, 1024)).toString('latin1');
  if (head.includes('%PDF-')) return 'pdf';
  if (head.startsWith('PK\u0003\u0004')) {
    if (extension === 'docx' || extension === 'xlsx') return extension;
    const names = readZip(bytes);
    if (names.has('word/document.xml')) return 'docx';
    if (names.has('xl/workbook.xml')) return 'xlsx';
  }
  if (head.startsWith('\u00d0\u00cf\u0011\u00e0')) {
    throw new AkiosError('UNSUPPORTED', `${path} is in an old or locked Office format.`, {
      hint: 'Save it as .docx or .xlsx without a password.',
    });
  }
  const kind = BY_EXTENSION[extension];
  if (kind !== undefined) return kind;
  if (extension === '') return 'txt';
  throw new AkiosError('UNSUPPORTED', `Files of type .${extension} are not read as documents.`, {
    hint: 'Readable: txt, md, csv, json, pdf, docx, xlsx, eml, html.',
  });
}

/** Feeds the whole text of a document to `sink`, the same pieces each time. */
export async function walkDocument(
  kind: DocumentKind,
  path: string,
  bytes: Uint8Array,
  sink: TextSink,
): Promise<void> {
  if (kind === 'pdf') await walkPdf(bytes, sink);
  else if (kind === 'docx') walkDocx(readZip(bytes), sink);
  else if (kind === 'xlsx') walkXlsx(readZip(bytes), sink);
  else if (kind === 'eml') await walkEml(bytes, sink);
  else {
    sink.page();
    const text = decodeText(bytes, path);
    sink.text(kind === 'html' ? htmlText(text) : text);
  }
}

export async function parseDocument(
  path: string,
  bytes: Uint8Array,
  maxChars: number,
): Promise<ParsedDocument> {
  const kind = kindOf(path, bytes);
  const collected = collector(maxChars);
  let truncated = false;
  try {
    await walkDocument(kind, path, bytes, collected.sink);
  } catch (thrown) {
    if (!(thrown instanceof TextLimit)) throw thrown;
    truncated = true;
  }
  return { kind, ...collected.result(), truncated };
}
