import { AkiosError } from '../../../../shared/domain/errors.ts';

/**
 * As much of a TrueType file as a PDF needs: which glyph shows a character, how wide it is, and a
 * smaller file with the outlines of a few glyphs (OpenType 1.9, tables cmap, glyf, hmtx, loca).
 */
export interface TrueType {
  /** 0 when the font has no glyph for it. */
  glyphOf(codePoint: number): number;
  /** Thousandths of the font size. */
  widthOf(glyph: number): number;
  /** The font file with the outlines of these glyphs and what they are made of. */
  subset(glyphs: ReadonlySet<number>): Uint8Array;
  readonly box: readonly [number, number, number, number];
  readonly ascent: number;
  readonly descent: number;
}

const KEPT = ['cvt ', 'fpgm', 'glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp', 'prep'];

interface Tables {
  view: DataView;
  bytes: Uint8Array;
  at(name: string): { offset: number; length: number };
  has(name: string): boolean;
}

function tablesOf(bytes: Uint8Array): Tables {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, { offset: number; length: number }>();
  for (let i = 0; i < view.getUint16(4); i += 1) {
    const at = 12 + 16 * i;
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    found.set(name, { offset: view.getUint32(at + 8), length: view.getUint32(at + 12) });
  }
  return {
    view,
    bytes,
    has: (name) => found.has(name),
    at(name) {
      const table = found.get(name);
      if (table !== undefined) return table;
      throw new AkiosError('INTERNAL', `The font of PDF copies has no table ${name}.`);
    },
  };
}

export function readTrueType(bytes: Uint8Array): TrueType {
  const tables = tablesOf(bytes);
  const { view } = tables;
  const head = tables.at('head').offset;
  const hhea = tables.at('hhea').offset;
  const unit = 1000 / view.getUint16(head + 18);
  const scaled = (at: number): number => Math.round(view.getInt16(at) * unit);
  const hmtx = tables.at('hmtx').offset;
  const metrics = view.getUint16(hhea + 34);
  const glyphs = glyphTable(tables);
  return {
    glyphOf: (codePoint) => glyphs.get(codePoint) ?? 0,
    widthOf: (glyph) => Math.round(view.getUint16(hmtx + 4 * Math.min(glyph, metrics - 1)) * unit),
    subset: (kept) => subsetOf(tables, kept),
    box: [scaled(head + 36), scaled(head + 38), scaled(head + 40), scaled(head + 42)],
    ascent: scaled(hhea + 4),
    descent: scaled(hhea + 6),
  };
}

/** Glyphs by character, from the table of format 12 (all planes). */
function glyphTable(tables: Tables): Map<number, number> {
  const { view } = tables;
  const cmap = tables.at('cmap').offset;
  const out = new Map<number, number>();
  for (let i = 0; i < view.getUint16(cmap + 2); i += 1) {
    const at = cmap + view.getUint32(cmap + 4 + 8 * i + 4);
    if (view.getUint16(at) !== 12) continue;
    for (let group = 0; group < view.getUint32(at + 12); group += 1) {
      const entry = at + 16 + 12 * group;
      const first = view.getUint32(entry);
      const glyph = view.getUint32(entry + 8);
      for (let code = first; code <= view.getUint32(entry + 4); code += 1) {
        out.set(code, glyph + code - first);
      }
    }
  }
  return out;
}

function placesOf(tables: Tables): (glyph: number) => [number, number] {
  const { view } = tables;
  const isLong = view.getInt16(tables.at('head').offset + 50) === 1;
  const loca = tables.at('loca').offset;
  const at = (glyph: number): number =>
    isLong ? view.getUint32(loca + 4 * glyph) : 2 * view.getUint16(loca + 2 * glyph);
  return (glyph) => [at(glyph), at(glyph + 1)];
}

/** The glyphs with those that composite glyphs are put together from. */
function closure(tables: Tables, wanted: ReadonlySet<number>): Set<number> {
  const { view } = tables;
  const glyf = tables.at('glyf').offset;
  const placeOf = placesOf(tables);
  const all = new Set<number>([0]);
  const open = [...wanted];
  for (let glyph = open.pop(); glyph !== undefined; glyph = open.pop()) {
    if (all.has(glyph)) continue;
    all.add(glyph);
    const [start, end] = placeOf(glyph);
    if (start === end || view.getInt16(glyf + start) >= 0) continue;
    for (let at = glyf + start + 10; ; ) {
      const flags = view.getUint16(at);
      open.push(view.getUint16(at + 2));
      at += 4 + ((flags & 1) !== 0 ? 4 : 2);
      at += (flags & 8) !== 0 ? 2 : (flags & 0x40) !== 0 ? 4 : (flags & 0x80) !== 0 ? 8 : 0;
      if ((flags & 0x20) === 0) break;
    }
  }
  return all;
}

/** Glyph numbers stay; outlines that nobody needs become empty. */
function subsetOf(tables: Tables, wanted: ReadonlySet<number>): Uint8Array {
  const { view, bytes } = tables;
  const count = view.getUint16(tables.at('maxp').offset + 4);
  const kept = closure(tables, wanted);
  const placeOf = placesOf(tables);
  const glyf = tables.at('glyf').offset;
  const outlines: Uint8Array[] = [];
  const loca = new DataView(new ArrayBuffer(4 * (count + 1)));
  let length = 0;
  for (let glyph = 0; glyph < count; glyph += 1) {
    loca.setUint32(4 * glyph, length);
    if (!kept.has(glyph)) continue;
    const [start, end] = placeOf(glyph);
    const padded = new Uint8Array(Math.ceil((end - start) / 4) * 4);
    padded.set(bytes.subarray(glyf + start, glyf + end));
    outlines.push(padded);
    length += padded.length;
  }
  loca.setUint32(4 * count, length);
  const parts = new Map<string, Uint8Array>();
  for (const name of KEPT.filter((one) => tables.has(one))) {
    const { offset, length: size } = tables.at(name);
    parts.set(name, bytes.slice(offset, offset + size));
  }
  parts.set('glyf', joined(outlines, length));
  parts.set('loca', new Uint8Array(loca.buffer));
  const head = parts.get('head')!;
  new DataView(head.buffer).setInt16(50, 1);
  return fileOf(parts);
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** A font file of the given tables. Check sums are of no use to PDF readers and left at zero. */
function fileOf(parts: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const start = 12 + 16 * parts.size;
  const sizes = [...parts.values()].reduce((sum, part) => sum + Math.ceil(part.length / 4) * 4, 0);
  const out = new Uint8Array(start + sizes);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x00010000);
  view.setUint16(4, parts.size);
  let at = start;
  [...parts].forEach(([name, part], i) => {
    const entry = 12 + 16 * i;
    [...name].forEach((char, k) => {
      out[entry + k] = char.charCodeAt(0);
    });
    view.setUint32(entry + 8, at);
    view.setUint32(entry + 12, part.length);
    out.set(part, at);
    at += Math.ceil(part.length / 4) * 4;
  });
  return out;
}
