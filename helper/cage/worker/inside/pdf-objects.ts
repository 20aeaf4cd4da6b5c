import {
  decodePDFRawStream,
  ParseSpeeds,
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  type PDFObject,
  PDFRawStream,
  PDFRef,
  PDFStream,
  PDFString,
} from '@cantoo/pdf-lib';
import type { TextSink } from './text-sink.ts';

/** Unpacked bytes of one stream and of all, and strings, that are looked at. */
const MAX_STREAM = 16 * 1024 * 1024;
const MAX_TOTAL = 64 * 1024 * 1024;
const MAX_STRINGS = 200_000;
/** Entries whose strings are numbers of programs, not words of people. */
const TECHNICAL = new Set(['ID', 'CharSet', 'Panose', 'Registry', 'Ordering', 'Checksum', 'Lang']);
/** Streams of pictures, fonts, colours and of the file's own tables. */
const NO_TEXT = new Set(['Image', 'ObjStm', 'XRef', 'CMap', 'Type1C', 'CIDFontType0C', 'OpenType']);
/** What draws; a page's own is read with the page. */
const DRAWS = /(?:^|\s)(?:BT|ET|Tj|TJ|Td|Tf|re|cm|BDC|Do)(?=\s|$)/;
const DRAWN_STRING = /\(((?:[^()\\]|\\[\s\S]){0,4000})\)/g;

function nameAt(dict: PDFDict, key: string): string {
  const value = dict.get(PDFName.of(key));
  return value instanceof PDFName ? value.decodeText() : '';
}

class Objects {
  private readonly seen: (text: string) => boolean;
  private readonly referenced = new Set<string>();
  private total = 0;
  private strings = 0;
  readonly found: [label: string, value: string][] = [];
  hasForm = false;
  cut = false;

  constructor(seen: (text: string) => boolean) {
    this.seen = seen;
  }

  read(pdf: PDFDocument): void {
    const all = pdf.context.enumerateIndirectObjects();
    for (const [, object] of all) this.references(object, 0);
    for (const [ref, object] of all) {
      this.values(object, 'value', 0);
      if (object instanceof PDFRawStream) this.stream(ref, object);
    }
  }

  private references(object: PDFObject, depth: number): void {
    if (object instanceof PDFRef) this.referenced.add(object.tag);
    if (depth > 32) return;
    if (object instanceof PDFArray)
      for (const inner of object.asArray()) this.references(inner, depth + 1);
    const dict = object instanceof PDFStream ? object.dict : object;
    if (dict instanceof PDFDict) {
      for (const [key, inner] of dict.entries()) {
        if (key === PDFName.of('XFA')) this.hasForm = true;
        this.references(inner, depth + 1);
      }
    }
  }

  private values(object: PDFObject, label: string, depth: number): void {
    if (object instanceof PDFString || object instanceof PDFHexString)
      this.add(label, object.decodeText());
    else if (depth > 32) this.cut = true;
    else if (object instanceof PDFArray)
      for (const inner of object.asArray()) this.values(inner, label, depth + 1);
    else if (object instanceof PDFDict || object instanceof PDFStream) {
      const dict = object instanceof PDFStream ? object.dict : object;
      for (const [key, inner] of dict.entries()) {
        const name = key.decodeText();
        if (!TECHNICAL.has(name)) this.values(inner, name, depth + 1);
      }
    }
  }

  private add(label: string, text: string): void {
    const value = text.replaceAll('\0', '').trim();
    if (value.length < 2 || this.seen(value)) return;
    if (this.strings >= MAX_STRINGS) this.cut = true;
    else {
      this.strings += 1;
      this.found.push([label, value]);
    }
  }

  private stream(ref: PDFRef, stream: PDFRawStream): void {
    const { dict } = stream;
    if (NO_TEXT.has(nameAt(dict, 'Type')) || NO_TEXT.has(nameAt(dict, 'Subtype'))) return;
    if (['Length1', 'Length2', 'N'].some((key) => dict.has(PDFName.of(key)))) return;
    const text = this.textOf(stream);
    if (text === null) return;
    if (/^\s*</.test(text)) this.add('data', text);
    else if (!DRAWS.test(text)) this.add('text', text);
    else if (!this.referenced.has(ref.tag)) {
      const drawn = [...text.matchAll(DRAWN_STRING)].map(([, shown]) => shown);
      this.add('left over', drawn.join(''));
    }
  }

  /** The words of a stream; null when it is no text. */
  private textOf(stream: PDFRawStream): string | null {
    if (this.total > MAX_TOTAL) {
      this.cut = true;
      return null;
    }
    let bytes: Uint8Array;
    try {
      // No more than is looked at: a few bytes may unpack to gigabytes.
      bytes = Uint8Array.from(decodePDFRawStream(stream).getBytes(MAX_STREAM + 1));
    } catch (thrown) {
      // Packed like a picture, or broken: whether it holds text is not known.
      if (!(thrown instanceof Error)) throw thrown;
      this.cut = true;
      return null;
    }
    this.total += bytes.length;
    if (bytes.length > MAX_STREAM) this.cut = true;
    const part = Buffer.from(bytes.subarray(0, MAX_STREAM));
    if (part[0] === 0xfe && part[1] === 0xff)
      return part
        .subarray(2, part.length & ~1)
        .swap16()
        .toString('utf16le');
    if (part[0] === 0xff && part[1] === 0xfe) return part.subarray(2).toString('utf16le');
    const start = part.subarray(0, 4096);
    const odd = start.filter((byte) => byte < 9 || (byte > 13 && byte < 32)).length;
    return part.length === 0 || odd * 50 > start.length ? null : part.toString('utf8');
  }
}

/**
 * Strings and texts of every object of the file that nothing before has given: form data of the XFA
 * kind, notes of programs, objects that no page refers to any more.
 * @param seen whether a text was given to the sink already
 */
export async function walkPdfObjects(
  bytes: Uint8Array,
  sink: TextSink,
  seen: (text: string) => boolean,
): Promise<void> {
  const objects = new Objects(seen);
  try {
    const pdf = await PDFDocument.load(bytes, {
      updateMetadata: false,
      throwOnInvalidObject: false,
      parseSpeed: ParseSpeeds.Fastest,
      preserveXFA: true,
      password: '',
    });
    objects.read(pdf);
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    sink.warn('What stands in the PDF beside its pages could not be read in full.');
    return;
  }
  if (objects.hasForm)
    sink.warn('The PDF holds a form of the XFA kind: its data was scanned, its look was not.');
  if (objects.cut) sink.warn('What stands in the PDF beside its pages could not be read in full.');
  if (objects.found.length === 0) return;
  sink.section('part', 1, 'other objects');
  for (const [label, value] of objects.found) {
    sink.text(label === 'data' || label === 'text' ? value : `${label}: ${value}`);
    sink.gap('\n');
  }
}
