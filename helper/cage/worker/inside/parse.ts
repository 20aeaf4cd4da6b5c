import { AkiosError } from '../../../../shared/domain/errors.ts';
import type { ParsedDocument } from '../port.ts';
import { decodeText } from './decode.ts';
import { walkDocx } from './docx.ts';
import { walkEml } from './eml.ts';
import { htmlText, htmlUnseen } from './html.ts';
import { walkPdf } from './pdf.ts';
import { collector, TextLimit, type TextSink } from './text-sink.ts';
import { walkXlsx } from './xlsx.ts';
import { endOfZip, readZip, type ZipEntry } from './zip.ts';

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

const mixed = (path: string) =>
  new AkiosError('INPUT_INVALID', `${path} is two kinds of file at once.`, {
    hint: 'Programs would show different things of it. Save it anew from the program it is of.',
  });

/** Macros are programs with data of their own that nobody here reads. */
function withoutMacros(zip: ReadonlyMap<string, ZipEntry>, path: string): void {
  if (![...zip.keys()].some((name) => /vbaProject|(?:^|\/)activeX\/|macrosheets\//i.test(name)))
    return;
  throw new AkiosError('UNSUPPORTED', `${path} holds macros.`, {
    hint: 'Save it without macros, as .docx or .xlsx.',
  });
}

function kindOfZip(path: string, bytes: Uint8Array, extension: string): DocumentKind | null {
  const names = readZip(bytes);
  withoutMacros(names, path);
  if (extension === 'docx' || extension === 'xlsx') return extension;
  if (names.has('word/document.xml')) return 'docx';
  return names.has('xl/workbook.xml') ? 'xlsx' : null;
}

/** By extension, but contents that say otherwise win: a PDF named .txt is read as a PDF. */
export function kindOf(path: string, bytes: Uint8Array): DocumentKind {
  const extension = /\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1]?.toLowerCase() ?? '';
  const head = Buffer.from(bytes.subarray(0, 1024)).toString('latin1');
  const isZip = head.startsWith('PK\u0003\u0004');
  if (head.includes('%PDF-')) {
    if (isZip || endOfZip(bytes) !== null) throw mixed(path);
    return 'pdf';
  }
  if (isZip) {
    const kind = kindOfZip(path, bytes, extension);
    if (kind !== null) return kind;
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

/** Documents inside of documents: what lies deeper is named in a warning. */
const MAX_INSIDE = 4;

export interface WalkOptions {
  /** Also what a reader does not show. */
  hidden: boolean;
  /** How many documents this one is inside of. */
  depth?: number;
}

/** Feeds the whole text of a document to `sink`, the same pieces each time. */
export async function walkDocument(
  kind: DocumentKind,
  path: string,
  bytes: Uint8Array,
  sink: TextSink,
  { hidden, depth = 0 }: WalkOptions,
): Promise<void> {
  if (kind === 'pdf') await walkPdf(bytes, sink, hidden);
  else if (kind === 'docx') walkDocx(readZip(bytes), sink, hidden);
  else if (kind === 'xlsx') walkXlsx(readZip(bytes), sink, hidden);
  else if (kind === 'eml') {
    await walkEml(bytes, sink, hidden, (name, content, inner, unseen) =>
      walkNested(name, content, unseen ? onlyUnseen(inner) : inner, { unseen, depth: depth + 1 }),
    );
  } else walkText(kind, path, bytes, sink, hidden);
}

function walkText(
  kind: DocumentKind,
  path: string,
  bytes: Uint8Array,
  sink: TextSink,
  hidden: boolean,
): void {
  sink.section('text', 1);
  const text = decodeText(bytes, path);
  sink.text(kind === 'html' ? htmlText(text) : text);
  if (kind !== 'html' || !hidden) return;
  const unseen = htmlUnseen(text);
  if (unseen === '') return;
  sink.hideRest();
  sink.gap('\n');
  sink.section('part', 1, 'hidden html');
  sink.text(unseen);
}

/** Hands on what comes after the parts that a reader shows. */
function onlyUnseen(sink: TextSink): TextSink {
  let unseen = false;
  return {
    copies: false,
    text: (piece) => (unseen ? sink.text(piece) : piece),
    gap: (piece) => (unseen ? sink.gap(piece) : undefined),
    section: () => undefined,
    unit: () => undefined,
    hideRest() {
      unseen = true;
    },
    warn: (sentence) => sink.warn(sentence),
  };
}

/**
 * An attached document, up to `MAX_INSIDE` levels deep; its places are those of the attachment. What
 * it shows is read where it stands, what it does not show behind everything that the mail shows.
 */
async function walkNested(
  name: string,
  bytes: Uint8Array,
  sink: TextSink,
  { unseen, depth }: { unseen: boolean; depth: number },
): Promise<boolean> {
  if (depth > MAX_INSIDE) return false;
  let kind: DocumentKind;
  try {
    kind = kindOf(/\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? '.bin', bytes);
  } catch (error) {
    if (error instanceof AkiosError && error.code === 'UNSUPPORTED') return false;
    throw error;
  }
  const inner: TextSink = { ...sink, section: () => undefined, unit: () => undefined };
  await walkDocument(kind, 'the attachment', bytes, inner, { hidden: unseen, depth });
  return true;
}

export async function parseDocument(
  path: string,
  bytes: Uint8Array,
  maxChars: number,
  hidden: boolean,
): Promise<Parsed> {
  const kind = kindOf(path, bytes);
  const collected = collector(maxChars);
  let truncated = false;
  try {
    await walkDocument(kind, path, bytes, collected.sink, { hidden });
  } catch (thrown) {
    if (!(thrown instanceof TextLimit)) throw thrown;
    truncated = true;
  }
  return { kind, ...collected.result(), truncated };
}

/** A document with the length of the part of its text that a reader shows. */
export type Parsed = ParsedDocument & { shown: number };
