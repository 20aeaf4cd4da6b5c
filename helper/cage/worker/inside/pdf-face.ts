import { brotliDecompressSync } from 'node:zlib';
import { type PDFDocument, PDFHexString, type PDFRef, StandardFonts } from '@cantoo/pdf-lib';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import { packedFont } from './font-file.ts';
import { readTrueType, type TrueType } from './true-type.ts';

/** A font of a PDF: how wide a text is, and the codes that show it. */
export interface Face {
  /** Thousandths of the font size. */
  widthOf(text: string): number;
  encode(text: string): PDFHexString;
  /** Writes the font; called once, when all text is encoded. */
  finish(): Promise<PDFRef>;
  /** Characters so far that are kept as text but have no shape. */
  readonly shapeless: number;
}

/** Latin text needs no font file: every reader has this one. Null when a character is not in it. */
export async function latinFace(pdf: PDFDocument, text: Iterable<string>): Promise<Face | null> {
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  const known = new Set(font.getCharacterSet());
  for (const piece of text) {
    for (const char of piece) if (!known.has(char.codePointAt(0)!)) return null;
  }
  return {
    widthOf: (line) => font.widthOfTextAtSize(line, 1000),
    encode: (line) => font.encodeText(line),
    finish: async () => font.ref,
    shapeless: 0,
  };
}

/** Characters of all scripts: a code for each, its shape where the font has one, its text always. */
export function wideFace(pdf: PDFDocument): Face {
  const font = readTrueType(fontFile());
  const codes = new Map<number, number>();
  let shapeless = 0;
  return {
    widthOf: (text) => {
      let width = 0;
      for (const char of text) width += font.widthOf(font.glyphOf(char.codePointAt(0)!));
      return width;
    },
    encode(text) {
      let hex = '';
      for (const char of text) {
        const point = char.codePointAt(0)!;
        const code = codes.get(point) ?? codes.size + 1;
        if (code > 0xffff) throw new AkiosError('TOO_LARGE', 'The PDF has too many characters.');
        codes.set(point, code);
        if (font.glyphOf(point) === 0) shapeless += 1;
        hex += code.toString(16).padStart(4, '0');
      }
      return PDFHexString.of(hex);
    },
    finish: async () => writeFont(pdf, font, codes),
    get shapeless() {
      return shapeless;
    },
  };
}

function fontFile(): Uint8Array {
  const packed = packedFont();
  if (packed === '') throw new AkiosError('INTERNAL', 'The worker was built without its font.');
  return new Uint8Array(brotliDecompressSync(Buffer.from(packed, 'base64')));
}

/** Two bytes for each code: its glyph. Code 0 shows nothing known. */
function codeMap(glyphs: readonly number[]): Uint8Array {
  const map = new DataView(new ArrayBuffer(2 * (glyphs.length + 1)));
  for (const [i, glyph] of glyphs.entries()) map.setUint16(2 * (i + 1), glyph);
  return new Uint8Array(map.buffer);
}

/** A composite font (ISO 32000-2, 9.7) with own codes, their glyphs, widths and characters. */
function writeFont(pdf: PDFDocument, font: TrueType, codes: ReadonlyMap<number, number>): PDFRef {
  const { context } = pdf;
  const glyphs = [...codes.keys()].map((point) => font.glyphOf(point));
  const map = codeMap(glyphs);
  const name = 'AKIOSA+DejaVuSans';
  const file = font.subset(new Set(glyphs));
  const descriptor = context.obj({
    Type: 'FontDescriptor',
    FontName: name,
    Flags: 4,
    FontBBox: [...font.box],
    ItalicAngle: 0,
    Ascent: font.ascent,
    Descent: font.descent,
    CapHeight: font.ascent,
    StemV: 80,
    FontFile2: context.register(context.flateStream(file, { Length1: file.length })),
  });
  const descendant = context.obj({
    Type: 'Font',
    Subtype: 'CIDFontType2',
    BaseFont: name,
    CIDSystemInfo: context.obj({
      Registry: PDFHexString.fromText('Adobe'),
      Ordering: PDFHexString.fromText('Identity'),
      Supplement: 0,
    }),
    FontDescriptor: context.register(descriptor),
    CIDToGIDMap: context.register(context.flateStream(map)),
    DW: 600,
    W: [1, glyphs.map((glyph) => font.widthOf(glyph))],
  });
  return context.register(
    context.obj({
      Type: 'Font',
      Subtype: 'Type0',
      BaseFont: name,
      Encoding: 'Identity-H',
      DescendantFonts: [context.register(descendant)],
      ToUnicode: context.register(context.flateStream(characterMap(codes))),
    }),
  );
}

/** Which text each code stands for, so that copying, searching and reading aloud work. */
function characterMap(codes: ReadonlyMap<number, number>): string {
  const rows = [...codes].map(([point, code]) => {
    const text = Buffer.from(String.fromCodePoint(point), 'utf16le').swap16().toString('hex');
    return `<${code.toString(16).padStart(4, '0')}> <${text}>`;
  });
  const blocks: string[] = [];
  for (let at = 0; at < rows.length; at += 100) {
    const block = rows.slice(at, at + 100);
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`);
  }
  return [
    '/CIDInit /ProcSet findresource begin 12 dict begin begincmap',
    '/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def',
    '/CMapName /Adobe-Identity-UCS def /CMapType 2 def',
    '1 begincodespacerange <0000> <ffff> endcodespacerange',
    ...blocks,
    'endcmap CMapName currentdict /CMap defineresource pop end end',
  ].join('\n');
}
