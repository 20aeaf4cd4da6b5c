import {
  beginText,
  endText,
  moveText,
  PDFDocument,
  PDFName,
  type PDFPage,
  setFontAndSize,
  showText,
} from '@cantoo/pdf-lib';
import { type Face, latinFace, wideFace } from './pdf-face.ts';
import type { TextSink } from './text-sink.ts';

const WIDTH = 595;
const HEIGHT = 842;
const MARGIN = 50;
const SIZE = 10;
const LEADING = 14;

/** Collects the edited text page by page while a walk feeds `inner`. */
export function pageSink(inner: TextSink): { sink: TextSink; pages(): string[] } {
  const pages: string[][] = [];
  let hidden = false;
  const current = (): string[] => {
    if (pages.length === 0) pages.push([]);
    return pages.at(-1)!;
  };
  return {
    sink: {
      copies: true,
      text(piece) {
        const edited = inner.text(piece);
        if (!hidden) current().push(edited);
        return edited;
      },
      gap(piece) {
        inner.gap(piece);
        if (!hidden) current().push(piece);
      },
      section(kind, n, name) {
        inner.section(kind, n, name);
        if (!hidden) pages.push([]);
      },
      unit: (n, column) => inner.unit(n, column),
      hideRest() {
        hidden = true;
      },
      warn: (sentence) => inner.warn(sentence),
    },
    pages: () => pages.map((parts) => parts.join('')),
  };
}

/** Tabs as spaces; what controls a screen or hides (direction marks and the like) is left out. */
function printed(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\t', '    ')
    .replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, '');
}

/** Breaks a line at spaces (or anywhere, for a word wider than the page). */
function wrap(line: string, face: Face): string[] {
  const room = ((WIDTH - 2 * MARGIN) * 1000) / SIZE;
  const fits = (text: string) => face.widthOf(text) <= room;
  if (fits(line)) return [line];
  const out: string[] = [];
  let current = '';
  for (const word of line.split(/(?<= )/)) {
    if (fits(current + word)) {
      current += word;
      continue;
    }
    if (current !== '') out.push(current);
    current = word;
    while (!fits(current)) {
      const chars = [...current];
      let length = Math.min(chars.length - 1, 60);
      while (length > 1 && !fits(chars.slice(0, length).join(''))) length -= 1;
      out.push(chars.slice(0, length).join(''));
      current = chars.slice(length).join('');
    }
  }
  if (current !== '') out.push(current);
  return out;
}

const FONT = PDFName.of('F1');

function drawRow(page: PDFPage, y: number, row: string, face: Face): void {
  page.pushOperators(
    beginText(),
    setFontAndSize('F1', SIZE),
    moveText(MARGIN, y),
    showText(face.encode(row)),
    endText(),
  );
}

/** A new PDF that holds the given pages as text and nothing else: no properties, no times. */
export async function writePdf(
  pages: readonly string[],
): Promise<{ bytes: Uint8Array; warnings: string[] }> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  const texts = pages.map(printed);
  const lines = texts.map((text) => text.split('\n'));
  const face = (await latinFace(pdf, lines.flat())) ?? wideFace(pdf);
  const drawn: PDFPage[] = [];
  for (const rows of lines) {
    let y = 0;
    for (const row of rows.flatMap((line) => wrap(line, face))) {
      if (drawn.length === 0 || y < MARGIN) {
        drawn.push(pdf.addPage([WIDTH, HEIGHT]));
        y = HEIGHT - MARGIN;
      }
      if (row.trim() !== '') drawRow(drawn.at(-1)!, y, row, face);
      y -= LEADING;
    }
  }
  const font = await face.finish();
  for (const page of drawn) page.node.setFontDictionary(FONT, font);
  const warnings = ['The PDF was written anew from its text; pictures and layout are left out.'];
  if (face.shapeless > 0) {
    warnings.push(
      `${face.shapeless} characters are kept as text and shown as boxes: the font has no shape for them.`,
    );
  }
  return { bytes: await pdf.save(), warnings };
}
