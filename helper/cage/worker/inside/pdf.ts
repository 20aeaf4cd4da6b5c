import './pdf-globals.ts';
import * as pdfReader from 'pdfjs-dist/legacy/build/pdf.mjs';
import * as pdfEngine from 'pdfjs-dist/legacy/build/pdf.worker.mjs';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import { packedCmap } from './cmaps.ts';
import { actualTexts } from './pdf-actual-text.ts';
import { type PdfFile, type PdfPage, walkPdfUnseen } from './pdf-hidden.ts';
import { walkPdfObjects } from './pdf-objects.ts';
import type { TextSink } from './text-sink.ts';

const MAX_PAGES = 5000;
const MAX_PAGE_ITEMS = 500_000;

(globalThis as Record<string, unknown>)['pdfjsWorker'] = pdfEngine;

/** Gives the reader character maps from memory; it opens no file and asks no network. */
function dataFactory(sink: TextSink) {
  return class {
    async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
      const packed = kind === 'cMapUrl' ? packedCmap(filename) : undefined;
      if (packed !== undefined) return new Uint8Array(Buffer.from(packed, 'base64'));
      if (kind === 'cMapUrl') {
        sink.warn('Some text of the PDF uses an unknown character map and was not read.');
      }
      throw new Error(`no ${kind} data`);
    }
  };
}

function pdfError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof AkiosError) return thrown;
  if (thrown.name === 'PasswordException') {
    return new AkiosError('INPUT_INVALID', 'The PDF is locked with a password.', {
      hint: 'Save a copy without a password, then try again.',
    });
  }
  if (['InvalidPDFException', 'FormatError', 'UnknownErrorException'].includes(thrown.name)) {
    return new AkiosError('INPUT_INVALID', 'This is not a readable PDF.', { cause: thrown });
  }
  return thrown;
}

/** Text of a page in reading order of the file; line ends where the reader saw them. */
async function pageText(page: PdfPage): Promise<string> {
  const { items } = await page.getTextContent({ disableNormalization: false });
  if (items.length > MAX_PAGE_ITEMS) throw new AkiosError('TOO_LARGE', 'A page has too much text.');
  const parts: string[] = [];
  for (const item of items) {
    if (!('str' in item)) continue;
    parts.push(item.str);
    if (item.hasEOL) parts.push('\n');
  }
  return parts.join('').replaceAll('\0', '');
}

/** Notes and form values: visible to a person, but no part of the page's text. */
async function annotationText(page: PdfPage): Promise<string> {
  const lines: string[] = [];
  for (const raw of await page.getAnnotations()) {
    const note = raw as Record<string, unknown>;
    const contents = (note['contentsObj'] as { str?: unknown } | undefined)?.str;
    for (const value of [note['fieldValue'], contents]) {
      const shown = Array.isArray(value) ? value.join(', ') : value;
      if (typeof shown === 'string' && shown.trim() !== '') lines.push(shown);
    }
  }
  return lines.join('\n');
}

function openPdf(bytes: Uint8Array, sink: TextSink): ReturnType<typeof pdfReader.getDocument> {
  return pdfReader.getDocument({
    data: new Uint8Array(bytes),
    useSystemFonts: false,
    disableFontFace: true,
    useWorkerFetch: false,
    cMapUrl: 'memory/',
    cMapPacked: true,
    BinaryDataFactory: dataFactory(sink),
    useWasm: false,
    isImageDecoderSupported: false,
    isOffscreenCanvasSupported: false,
    enableXfa: false,
    stopAtErrors: false,
    verbosity: 0,
  });
}

async function walkPage(page: PdfPage, number: number, sink: TextSink): Promise<void> {
  sink.section('page', number);
  const text = await pageText(page);
  const notes = await annotationText(page);
  if (text.trim() === '' && notes === '') {
    sink.warn('A page holds no text (a picture or a scan); what it shows was not read.');
  }
  sink.text(text);
  if (!text.endsWith('\n')) sink.gap('\n');
  if (notes === '') return;
  sink.text(notes);
  sink.gap('\n');
}

/**
 * Feeds the text of every page to the sink. Scripts, actions, attachments and outside links are
 * never run or opened. With `hidden`, what no page shows follows: properties, bookmarks, links, scripts,
 * alternative texts, attachments, form data, all other objects, earlier versions.
 */
export async function walkPdf(bytes: Uint8Array, given: TextSink, hidden: boolean): Promise<void> {
  const { sink, seen } = remembering(given);
  await reading(bytes, sink, async (pdf) => {
    for (let number = 1; number <= pdf.numPages; number += 1) {
      const page = await pdf.getPage(number);
      await walkPage(page, number, sink);
      page.cleanup();
    }
    if (!hidden) return;
    sink.hideRest();
    await walkPdfUnseen(pdf, sink);
  });
  if (!hidden) return;
  const actual = actualTexts(bytes).filter((text) => text.trim() !== '');
  if (actual.length > 0) sink.section('part', 1, 'text in place of drawings');
  for (const text of actual) {
    sink.text(text.replaceAll('\0', ''));
    sink.gap('\n');
  }
  await walkPdfObjects(bytes, sink, seen);
  await walkVersions(bytes, sink);
}

/** A sink that knows what it was given, by whole texts, lines, and values behind their labels. */
function remembering(sink: TextSink): { sink: TextSink; seen(text: string): boolean } {
  const known = new Set<string>();
  const text = (piece: string): string => {
    known.add(piece.replace(/^[^:\n]{0,60}: /, '').trim());
    for (const line of piece.split('\n')) known.add(line.trim());
    return sink.text(piece);
  };
  return { sink: { ...sink, text }, seen: (value) => known.has(value) };
}

async function reading(
  bytes: Uint8Array,
  sink: TextSink,
  use: (pdf: PdfFile) => Promise<void>,
): Promise<void> {
  const task = openPdf(bytes, sink);
  try {
    const pdf = await task.promise;
    // A wrong count is put right by the reader; what is left then is what there is.
    if (pdf.numPages < 1) throw new AkiosError('INPUT_INVALID', 'The PDF holds no page.');
    if (pdf.numPages > MAX_PAGES) throw new AkiosError('TOO_LARGE', 'The PDF has too many pages.');
    await use(pdf);
  } catch (thrown) {
    throw pdfError(thrown);
  } finally {
    await task.destroy();
  }
}

const MAX_VERSIONS = 5;

/** A file that was changed by appending still holds every earlier version: each is read as well. */
async function walkVersions(bytes: Uint8Array, sink: TextSink): Promise<void> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The first of two ends of a file for the web is no version of it.
  if (file.subarray(0, 1024).includes('/Linearized')) return;
  const ends: number[] = [];
  for (let at = file.indexOf('%%EOF'); at >= 0; at = file.indexOf('%%EOF', at + 5))
    ends.push(at + 5);
  const earlier = ends.filter((end) => file.subarray(end).toString('latin1').trim() !== '');
  if (earlier.length > MAX_VERSIONS) sink.warn('Not every earlier version of the PDF was read.');
  for (const [index, end] of earlier.slice(0, MAX_VERSIONS).entries()) {
    sink.section('part', index + 1, 'earlier version');
    const inner: TextSink = { ...sink, section: () => undefined };
    try {
      await reading(bytes.subarray(0, end), inner, async (pdf) => {
        for (let number = 1; number <= pdf.numPages; number += 1) {
          await walkPage(await pdf.getPage(number), number, inner);
        }
      });
    } catch (error) {
      if (!(error instanceof AkiosError) || error.code !== 'INPUT_INVALID') throw error;
      sink.warn('An earlier version of the PDF could not be read; it was not scanned.');
    }
  }
}
