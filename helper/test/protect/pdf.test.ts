/** Values in every corner of a PDF: found, and gone from the copy that is written anew. */
import { deflateSync } from 'node:zlib';
import { PDFDocument, PDFHexString, PDFName, PDFString, StandardFonts } from '@cantoo/pdf-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DocumentBench, everything, openDocuments, spellings } from './support.ts';

let bench: DocumentBench;
beforeAll(async () => {
  bench = await openDocuments();
});
afterAll(() => bench.dispose());

const LIMIT = 120_000;
const mailOf = (n: number): string => `jane.roe${n}@example.org`;

async function expectGone(raw: Buffer, values: readonly string[]): Promise<void> {
  const all = everything(raw);
  for (const value of values) {
    for (const spelling of spellings(value)) expect(all, value).not.toContain(spelling);
  }
  expect(await bench.values('a.pdf', raw)).toEqual([]);
}

/** A PDF from its objects, with a cross-reference the reader rebuilds. */
function plainPdf(objects: readonly string[], rest = ''): Buffer {
  const body = objects.map((object, i) => `${i + 1} 0 obj\n${object}\nendobj\n`).join('');
  return Buffer.from(
    `%PDF-1.7\n${body}trailer << /Root 1 0 R /Size ${objects.length + 1} >>\n%%EOF\n${rest}`,
    'latin1',
  );
}

const stream = (content: string, entries = ''): string =>
  `<< /Length ${content.length} ${entries} >>\nstream\n${content}\nendstream`;

/** One page with the given content and further objects from number 6 on. */
function page(content: string, catalog = '', more: readonly string[] = [], entries = ''): Buffer {
  return plainPdf([
    `<< /Type /Catalog /Pages 2 0 R ${catalog} >>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 600] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> /Properties << /MC0 6 0 R >> >> ${entries} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    stream(content),
    ...more,
  ]);
}

const text = (value: string): string => `BT /F1 12 Tf 40 500 Td (to ${value} now) Tj ET`;

describe('PDF', () => {
  it.each<[string, (mail: string) => Buffer]>([
    [
      'text with kerning',
      () => page('BT /F1 12 Tf 40 500 Td [(to jane.r) -20 (oe0@exam) 15 (ple.org now)] TJ ET'),
    ],
    ['rotated text', (mail) => page(`BT /F1 12 Tf 0 1 -1 0 300 100 Tm (to ${mail} now) Tj ET`)],
    [
      'text in place of a drawing',
      (mail) =>
        page(
          `/Span << /ActualText (to ${mail.replace('@', '\\100')} now) >> BDC EMC ${text('nobody')}`,
        ),
    ],
    ['invisible text', (mail) => page(`BT 3 Tr /F1 12 Tf 40 500 Td (to ${mail} now) Tj ET`)],
    [
      'a hidden layer',
      (mail) =>
        page(
          `/OC /MC0 BDC ${text(mail)} EMC`,
          '/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>',
          ['<< /Type /OCG /Name (hidden) >>'],
        ),
    ],
    [
      'the alternative text of a figure',
      (mail) =>
        page(
          '/Figure << /MCID 0 >> BDC EMC',
          '/MarkInfo << /Marked true >> /StructTreeRoot 6 0 R',
          [
            '<< /Type /StructTreeRoot /K 7 0 R /ParentTree << /Nums [0 [7 0 R]] >> >>',
            `<< /Type /StructElem /S /Figure /P 6 0 R /Pg 3 0 R /Alt (to ${mail} now) /K 0 >>`,
          ],
          '/StructParents 0',
        ),
    ],
    [
      'metadata',
      (mail) =>
        page(text('nobody'), '/Metadata 6 0 R', [
          stream(
            `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>${mail}</dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>`,
            '/Type /Metadata /Subtype /XML',
          ),
        ]),
    ],
    [
      'the data of an XFA form',
      (mail) =>
        page(text('nobody'), '/AcroForm << /Fields [] /XFA [(datasets) 6 0 R] >>', [
          stream(
            `<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form><mail>${mail}</mail></form></xfa:data></xfa:datasets>`,
          ),
        ]),
    ],
    [
      'a packed XFA form',
      (mail) => {
        const packed = deflateSync(`<xdp><field><value>${mail}</value></field></xdp>`);
        return page(text('nobody'), '/AcroForm << /Fields [] /XFA 6 0 R >>', [
          stream(packed.toString('latin1'), '/Filter /FlateDecode'),
        ]);
      },
    ],
    [
      'data that a program kept',
      (mail) => page(text('nobody'), `/PieceInfo << /App << /Private (${mail}) >> >>`),
    ],
    [
      'an object that nothing refers to',
      (mail) => page(text('nobody'), '', [`<< /Note (to ${mail} now) >>`]),
    ],
    [
      'a drawing that nothing draws',
      (mail) => page(text('nobody'), '', ['<< >>', stream(text(mail))]),
    ],
    ['white text', (mail) => page(`1 1 1 rg ${text(mail)}`)],
    [
      'an earlier version',
      (mail) => {
        const first = page(text(mail)).toString('latin1');
        const second = `5 0 obj\n${stream(text('nobody'))}\nendobj\ntrailer << /Root 1 0 R /Size 6 >>\n%%EOF\n`;
        return Buffer.from(first + second, 'latin1');
      },
    ],
  ])(
    '%s',
    async (_corner, make) => {
      const mail = mailOf(0);
      const file = make(mail);
      expect((await bench.values('a.pdf', file)).join('\n')).toContain(mail);
      const { raw } = await bench.copy('a.pdf', file);
      await expectGone(raw, [mail, 'example.org', 'jane.r']);
    },
    LIMIT,
  );

  it(
    'properties, notes, links, forms, bookmarks, scripts and attached files',
    async () => {
      const doc = await PDFDocument.create();
      const font = await doc.embedFont(StandardFonts.Helvetica);
      const sheet = doc.addPage();
      sheet.drawText(`to ${mailOf(0)} now`, { x: 20, y: 500, size: 12, font });
      doc.setAuthor(mailOf(1));
      doc.setKeywords([mailOf(2)]);
      doc.addJavaScript('x', `app.alert("${mailOf(3)}")`);
      await doc.attach(Buffer.from(`to ${mailOf(4)} now`), `${mailOf(5)}.txt`);
      const field = doc.getForm().createTextField('name');
      field.setText(`to ${mailOf(6)} now`);
      field.addToPage(sheet, { x: 10, y: 10 });
      const { context } = doc;
      const note = (entries: Record<string, string>, subtype: string) =>
        context.register(
          context.obj({
            Type: 'Annot',
            Subtype: subtype,
            Rect: [0, 0, 20, 20],
            ...Object.fromEntries(Object.entries(entries).map(([k, v]) => [k, PDFString.of(v)])),
          }),
        );
      const link = context.register(
        context.obj({
          Type: 'Annot',
          Subtype: 'Link',
          Rect: [0, 0, 20, 20],
          A: { S: 'URI', URI: PDFString.of(`mailto:${mailOf(7)}`) },
        }),
      );
      sheet.node.addAnnot(note({ Contents: `to ${mailOf(8)} now`, T: mailOf(9) }, 'Text'));
      sheet.node.addAnnot(link);
      const outlines = context.nextRef();
      const item = context.register(
        context.obj({ Title: PDFHexString.fromText(`to ${mailOf(10)} now`), Parent: outlines }),
      );
      context.assign(
        outlines,
        context.obj({ Type: 'Outlines', First: item, Last: item, Count: 1 }),
      );
      doc.catalog.set(PDFName.of('Outlines'), outlines);
      const file = Buffer.from(await doc.save({ useObjectStreams: true }));
      const mails = Array.from({ length: 11 }, (_, i) => mailOf(i));
      const found = (await bench.values('a.pdf', file)).join('\n');
      expect(mails.filter((mail) => !found.includes(mail))).toEqual([]);
      const { raw, findings } = await bench.copy('a.pdf', file);
      await expectGone(raw, [...mails, 'example.org', 'jane.roe']);
      expect(findings[0]?.place).toMatchObject({ page: 1, line: 1, column: 4 });
      expect(findings.some((f) => f.place.part === 'properties')).toBe(true);
    },
    LIMIT,
  );

  it(
    'a copy keeps the characters of every script, and counts those without a shape',
    async () => {
      const doc = await PDFDocument.create();
      const font = await doc.embedFont(StandardFonts.Helvetica);
      doc.addPage().drawText('only latin', { x: 20, y: 500, font });
      const plain = await bench.copy('a.pdf', Buffer.from(await doc.save()));
      expect(plain.raw.includes('FontFile2')).toBe(false);
      // Text of other scripts enters by a font whose codes are given by a character map.
      const words = 'Жанна Ελένη Łukasz 東京 mail jane@example.org';
      const codes = [...words].map((_c, i) => (i + 1).toString(16).padStart(4, '0'));
      const map = [...words]
        .map((c, i) => `<${codes[i]}> <${c.charCodeAt(0).toString(16).padStart(4, '0')}>`)
        .join('\n');
      const cmap = `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <0000> <ffff> endcodespacerange ${codes.length} beginbfchar\n${map}\nendbfchar endcmap end end`;
      const file = plainPdf([
        '<< /Type /Catalog /Pages 2 0 R >>',
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 600] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>',
        '<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>',
        stream(`BT /F1 12 Tf 40 500 Td <${codes.join('')}> Tj ET`),
        '<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 600 /FontDescriptor 8 0 R >>',
        stream(cmap),
        '<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
      ]);
      const { raw, warnings } = await bench.copy('a.pdf', file);
      expect(await bench.text('a.pdf', raw)).toContain('Жанна Ελένη Łukasz 東京 mail «EMAIL»');
      expect(warnings.join(' ')).toContain('2 characters are kept as text and shown as boxes');
    },
    LIMIT,
  );

  it(
    'says of a form of the XFA kind what was not read',
    async () => {
      const file = page('', '/AcroForm << /Fields [] /XFA 6 0 R >>', [stream('<xdp></xdp>')]);
      expect((await bench.find('a.pdf', file)).warnings.join(' ')).toContain('XFA');
    },
    LIMIT,
  );

  it(
    'an empty list of findings still gives a copy without anything hidden',
    async () => {
      const { raw } = await bench.copy('a.pdf', page('', '/Metadata 6 0 R', [stream('CANARY')]));
      expect(everything(raw)).not.toContain('CANARY');
    },
    LIMIT,
  );
});
