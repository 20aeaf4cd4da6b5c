import { PDFDocument, type PDFFont, type PDFPage, StandardFonts } from '@cantoo/pdf-lib';
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

/** Text in the characters a standard PDF font has; what it lacks is decomposed or becomes `?`. */
function writable(text: string, known: ReadonlySet<number>, lost: { count: number }): string {
  let out = '';
  for (const char of text.replaceAll('\t', '    ')) {
    if (known.has(char.codePointAt(0)!)) {
      out += char;
      continue;
    }
    if (/[\p{Cc}\p{Cf}]/u.test(char)) continue;
    const plain = [...char.normalize('NFKD')].filter((part) => known.has(part.codePointAt(0)!));
    if (plain.length === 0) lost.count += 1;
    out += plain.length === 0 ? '?' : plain.join('');
  }
  return out;
}

/** Breaks a line at spaces (or anywhere, for a word wider than the page). */
function wrap(line: string, font: PDFFont): string[] {
  const fits = (text: string) => font.widthOfTextAtSize(text, SIZE) <= WIDTH - 2 * MARGIN;
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
      let length = Math.min(current.length - 1, 60);
      while (length > 1 && !fits(current.slice(0, length))) length -= 1;
      out.push(current.slice(0, length));
      current = current.slice(length);
    }
  }
  if (current !== '') out.push(current);
  return out;
}

/** A new PDF that holds the given pages as text and nothing else: no properties, no times. */
export async function writePdf(
  pages: readonly string[],
): Promise<{ bytes: Uint8Array; warnings: string[] }> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  const known = new Set(font.getCharacterSet());
  const lost = { count: 0 };
  for (const text of pages) {
    let page: PDFPage = pdf.addPage([WIDTH, HEIGHT]);
    let y = HEIGHT - MARGIN;
    for (const line of text.split('\n')) {
      for (const row of wrap(writable(line, known, lost), font)) {
        if (y < MARGIN) {
          page = pdf.addPage([WIDTH, HEIGHT]);
          y = HEIGHT - MARGIN;
        }
        if (row.trim() !== '') page.drawText(row, { x: MARGIN, y, size: SIZE, font });
        y -= LEADING;
      }
    }
  }
  const warnings = ['The PDF was written anew from its text; pictures and layout are left out.'];
  if (lost.count > 0) {
    warnings.push(`${lost.count} characters that the standard font lacks became question marks.`);
  }
  return { bytes: await pdf.save(), warnings };
}
