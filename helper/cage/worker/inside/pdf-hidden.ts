import type * as pdfReader from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { TextSink } from './text-sink.ts';

export type PdfFile = Awaited<ReturnType<typeof pdfReader.getDocument>['promise']>;
export type PdfPage = Awaited<ReturnType<PdfFile['getPage']>>;

const MAX_NODES = 100_000;

/** Strings of a value of unknown shape, each with the name it stands under. */
function* strings(value: unknown, label: string, depth = 0): Generator<[string, string]> {
  if (typeof value === 'string') yield [label, value];
  else if (Array.isArray(value) && depth < 32) {
    for (const inner of value) yield* strings(inner, label, depth + 1);
  } else if (value instanceof Map && depth < 32) {
    for (const [key, inner] of value) yield* strings(inner, String(key), depth + 1);
  } else if (typeof value === 'object' && value !== null && depth < 32) {
    if (ArrayBuffer.isView(value)) return;
    for (const [key, inner] of Object.entries(value)) yield* strings(inner, key, depth + 1);
  }
}

function write(sink: TextSink, part: string, found: Iterable<[string, string]>): void {
  const lines = new Set<string>();
  for (const [label, value] of found) {
    if (value.trim() !== '' && lines.size < MAX_NODES) lines.add(`${label}: ${value}`);
  }
  if (lines.size === 0) return;
  sink.section('part', 1, part);
  for (const line of lines) {
    sink.text(line.replaceAll('\0', ''));
    sink.gap('\n');
  }
}

/** Titles of bookmarks and where links lead, at any depth. */
function* outline(items: readonly unknown[], depth = 0): Generator<[string, string]> {
  for (const item of items as { title?: string; url?: string; items?: unknown[] }[]) {
    yield ['bookmark', item.title ?? ''];
    yield ['link', item.url ?? ''];
    if (depth < 32) yield* outline(item.items ?? [], depth + 1);
  }
}

const NOTE_FIELDS = [
  'url',
  'unsafeUrl',
  'alternativeText',
  'fieldName',
  'defaultFieldValue',
  'titleObj',
  'richText',
  'file',
  'actions',
  'options',
] as const;

async function* ofPages(pdf: PdfFile): AsyncGenerator<[string, string]> {
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const page = await pdf.getPage(number);
    for (const raw of await page.getAnnotations()) {
      const note = raw as Record<string, unknown>;
      for (const field of NOTE_FIELDS) yield* strings(note[field], field);
    }
    yield* strings(await page.getJSActions(), 'script');
    const tree = await page.getStructTree();
    for (const [label, value] of strings(tree, 'tree')) {
      if (label === 'alt' || label === 'lang') yield ['alternative text', value];
    }
    page.cleanup();
  }
}

/** Everything of a PDF that its pages do not show; attached files are named, not read. */
export async function walkPdfUnseen(pdf: PdfFile, sink: TextSink): Promise<void> {
  const { info, metadata } = await pdf.getMetadata();
  write(sink, 'properties', [
    ...strings(info, 'property'),
    ...strings(metadata?.getRaw() ?? '', 'metadata'),
  ]);
  write(sink, 'bookmarks', outline((await pdf.getOutline()) ?? []));
  write(sink, 'scripts', strings(await pdf.getJSActions(), 'script'));
  const found: [string, string][] = [];
  for await (const one of ofPages(pdf)) if (found.length < MAX_NODES) found.push(one);
  write(sink, 'links and notes', found);
  const layers = await pdf.getOptionalContentConfig();
  write(
    sink,
    'layers',
    [...layers].map(([, group]) => ['layer', String((group as { name?: unknown }).name ?? '')]),
  );
  await walkAttachments(pdf, sink);
}

async function walkAttachments(pdf: PdfFile, sink: TextSink): Promise<void> {
  const files = (await pdf.getAttachments()) as ReadonlyMap<
    string,
    { filename?: string; description?: string }
  > | null;
  if (files === null) return;
  sink.warn('Files attached to the PDF are read as text only; other kinds were not scanned.');
  const found: [string, string][] = [];
  for (const [id, { filename, description }] of files) {
    found.push(['attachment', filename ?? ''], ['description', description ?? '']);
    const content: unknown = await pdf.getAttachmentContent(id);
    if (content instanceof Uint8Array && !content.includes(0)) {
      found.push(['content', new TextDecoder('utf-8').decode(content)]);
    }
  }
  write(sink, 'attached files', found);
}
