/** Archives made so that two programs see different files in them: refused in one clear line. */
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docx, paragraph, run } from '../worker/documents.ts';
import { type DocumentBench, openDocuments } from './support.ts';

let bench: DocumentBench;
beforeAll(async () => {
  bench = await openDocuments();
});
afterAll(() => bench.dispose());

const LIMIT = 120_000;
const BODY = paragraph(run('mail jane.roe@example.org now'));
const plain = (): Buffer => Buffer.from(docx(BODY));

/** Place of the record that ends the archive, and of its directory. */
const endOf = (file: Buffer): number => file.lastIndexOf(Buffer.from('PK\u0005\u0006'));
const directoryOf = (file: Buffer): number => file.readUInt32LE(endOf(file) + 16);

const files = (extra: Record<string, string>): Buffer => {
  const parts: Record<string, Uint8Array> = {
    '[Content_Types].xml': strToU8('<Types/>'),
    'word/document.xml': strToU8(`<w:document><w:body>${BODY}</w:body></w:document>`),
  };
  for (const [name, text] of Object.entries(extra)) parts[name] = strToU8(text);
  return Buffer.from(zipSync(parts));
};

/** A name of the same length in place of another, in both headers. */
function renamed(file: Buffer, from: string, to: string): Buffer {
  return Buffer.from(file.toString('latin1').replaceAll(from, to), 'latin1');
}

const SECOND = `<w:document><w:body>${paragraph(run('to bob@example.org'))}</w:body></w:document>`;

const TRICKS: readonly [trick: string, make: () => Buffer, why: RegExp][] = [
  [
    'two entries of one name',
    () => renamed(files({ 'word/documenX.xml': SECOND }), 'documenX', 'document'),
    /names one entry twice/,
  ],
  [
    'two entries that differ in case',
    () => files({ 'Word/Document.xml': SECOND }),
    /names one entry twice/,
  ],
  [
    'a name that starts at the root',
    () => files({ '/word/document.xml': SECOND }),
    /leads elsewhere/,
  ],
  ['a name that climbs', () => files({ 'x/../word/document.xml': SECOND }), /leads elsewhere/],
  ['a name with backslashes', () => files({ 'word\\document.xml': SECOND }), /leads elsewhere/],
  ['a name with a drive', () => files({ 'C:word/document.xml': SECOND }), /leads elsewhere/],
  ['a name with an empty step', () => files({ 'word//document.xml': SECOND }), /leads elsewhere/],
  [
    'a name with a control character',
    () => files({ 'word/a\u0001.xml': SECOND }),
    /leads elsewhere/,
  ],
  [
    'data after the end',
    () => Buffer.concat([plain(), Buffer.from('SSN 536-22-8145')]),
    /has data after its end/,
  ],
  [
    'a second archive after the end',
    () => Buffer.concat([plain(), plain()]),
    /directory is broken/,
  ],
  [
    'data before the first entry',
    () => {
      const file = plain();
      const lead = Buffer.from('PK\u0003\u0004 hello');
      const moved = Buffer.concat([lead, file]);
      const end = endOf(moved);
      moved.writeUInt32LE(moved.readUInt32LE(end + 16) + lead.length, end + 16);
      for (let at = directoryOf(moved); moved.readUInt32LE(at) === 0x02014b50; ) {
        moved.writeUInt32LE(moved.readUInt32LE(at + 42) + lead.length, at + 42);
        at += 46 + moved.readUInt16LE(at + 28) + moved.readUInt16LE(at + 30);
      }
      return moved;
    },
    /before its first entry/,
  ],
  [
    '64-bit sizes',
    () => {
      const file = plain();
      file.writeUInt32LE(0xffffffff, directoryOf(file) + 24);
      return file;
    },
    /64-bit/,
  ],
  [
    'a 64-bit end',
    () => {
      const file = plain();
      const end = endOf(file);
      const locator = Buffer.alloc(20);
      locator.writeUInt32LE(0x07064b50, 0);
      return Buffer.concat([file.subarray(0, end), locator, file.subarray(end)]);
    },
    /64-bit/,
  ],
  [
    'fewer entries told than there are',
    () => {
      const file = files({ 'word/footnotes.xml': SECOND });
      const end = endOf(file);
      file.writeUInt16LE(file.readUInt16LE(end + 10) - 1, end + 8);
      file.writeUInt16LE(file.readUInt16LE(end + 10) - 1, end + 10);
      return file;
    },
    /directory is broken/,
  ],
  [
    'parts on several disks',
    () => {
      const file = plain();
      file.writeUInt16LE(1, endOf(file) + 4);
      return file;
    },
    /one of several/,
  ],
  [
    'headers that tell different sizes',
    () => {
      const file = plain();
      file.writeUInt32LE(file.readUInt32LE(18) + 1, 18);
      return file;
    },
    /in two ways/,
  ],
  [
    'headers that tell different methods',
    () => {
      const file = plain();
      file.writeUInt16LE(file.readUInt16LE(8) === 0 ? 8 : 0, 8);
      return file;
    },
    /in two ways/,
  ],
  [
    'a second name in an extra field',
    () => {
      const extra = Buffer.concat([Buffer.alloc(5, 1), Buffer.from('word/comments.xml')]);
      const parts = {
        'word/document.xml': strToU8(`<w:document><w:body>${BODY}</w:body></w:document>`),
        'word/notes.xml': [strToU8(SECOND), { extra: { 28789: extra } }] as [
          Uint8Array,
          { extra: Record<number, Uint8Array> },
        ],
      };
      return Buffer.from(zipSync(parts));
    },
    /two names/,
  ],
];

describe('an archive', () => {
  it(
    'as programs write it is read (control)',
    async () => {
      expect(await bench.values('a.docx', plain())).toEqual(['jane.roe@example.org']);
      expect(await bench.values('a.docx', files({ 'word/footnotes.xml': SECOND }))).toHaveLength(2);
    },
    LIMIT,
  );

  it.each(TRICKS)(
    'with %s is refused',
    async (_trick, make, why) => {
      await expect(bench.values('a.docx', make())).rejects.toThrow(why);
      await expect(bench.copy('a.docx', make())).rejects.toThrow(why);
    },
    LIMIT,
  );
});
