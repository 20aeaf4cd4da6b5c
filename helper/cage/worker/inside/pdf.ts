import './pdf-globals.ts';
import * as pdfReader from 'pdfjs-dist/legacy/build/pdf.mjs';
import * as pdfEngine from 'pdfjs-dist/legacy/build/pdf.worker.mjs';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import { packedCmap } from './cmaps.ts';
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

type Page = Awaited<
  ReturnType<Awaited<ReturnType<typeof pdfReader.getDocument>['promise']>['getPage']>
>;

/** Text of a page in reading order of the file; line ends where the reader saw them. */
async function pageText(page: Page): Promise<string> {
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
async function annotationText(page: Page): Promise<string> {
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

/**
 * Feeds the text of every page to the sink. Scripts, actions, attachments and outside links are
 * never run or opened; forms of the XFA kind are not read.
 */
export async function walkPdf(bytes: Uint8Array, sink: TextSink): Promise<void> {
  const task = pdfReader.getDocument({
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
  try {
    const pdf = await task.promise;
    if (pdf.numPages > MAX_PAGES) throw new AkiosError('TOO_LARGE', 'The PDF has too many pages.');
    for (let number = 1; number <= pdf.numPages; number += 1) {
      const page = await pdf.getPage(number);
      sink.page();
      const text = await pageText(page);
      const notes = await annotationText(page);
      if (text.trim() === '' && notes === '') {
        sink.warn('A page holds no text (a picture or a scan); what it shows was not read.');
      }
      sink.text(text);
      if (!text.endsWith('\n')) sink.gap('\n');
      if (notes !== '') {
        sink.text(notes);
        sink.gap('\n');
      }
      page.cleanup();
    }
  } catch (thrown) {
    throw pdfError(thrown);
  } finally {
    await task.destroy();
  }
}
