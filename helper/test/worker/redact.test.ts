import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { PDFDocument, StandardFonts } from '@cantoo/pdf-lib';
import * as fc from 'fast-check';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../cage/worker/inside/edit-text.ts';
import { editor } from '../../cage/worker/inside/text-sink.ts';
import type { CagedWorker } from '../../cage/worker/port.ts';
import { docx, paragraph, run, wordPart, xlsx } from './documents.ts';
import { type Bench, openBench } from './setup.ts';

let bench: Bench;
let worker: CagedWorker;
beforeAll(async () => {
  bench = await openBench();
  worker = await bench.worker();
});
afterAll(() => bench.dispose());

const sha = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

/** Parses, replaces every match of `find`, writes the copy; its bytes and its parsed text. */
async function redact(name: string, content: string | Uint8Array, find: RegExp, marker = '«SSN»') {
  const path = bench.file(`data/input/${name}`, content);
  const parsed = await worker.call('doc.parse', { path, maxChars: 1_000_000 });
  const replacements = [...parsed.text.matchAll(find)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    marker,
  }));
  expect(replacements.length).toBeGreaterThan(0);
  const to = `data/output/run_1/${name}`;
  const result = await worker.call('doc.redact', {
    path,
    to,
    textSha256: sha(parsed.text),
    replacements,
  });
  const bytes = readFileSync(join(bench.project, to));
  expect(result).toMatchObject({ bytes: bytes.length, sha256: sha(bytes) });
  const again = await worker.call('doc.parse', { path: to, maxChars: 1_000_000 });
  return { bytes, text: again.text, warnings: result.warnings };
}

/** Every part of an archive as text. */
function unpacked(bytes: Uint8Array): string {
  return Object.entries(unzipSync(bytes))
    .map(([name, part]) => `${name}\n${Buffer.from(part).toString('utf8')}`)
    .join('\n');
}

const SSN = /536-22-8145|CANARY\d+/g;

describe('redacted copies', () => {
  it('txt, md and csv: the same text with markers', async () => {
    expect((await redact('a.txt', 'SSN: 536-22-8145.\n', SSN)).bytes.toString()).toBe(
      'SSN: «SSN».\n',
    );
    expect((await redact('a.csv', 'a,b\n1,536-22-8145\n', SSN)).bytes.toString()).toBe(
      'a,b\n1,«SSN»\n',
    );
    expect((await redact('a.md', '# 536-22-8145', SSN)).bytes.toString()).toBe('# «SSN»');
  });

  it('csv keeps its rows and cells, whatever a replacement spans', async () => {
    const source = 'id;place\r\n1;"Main St 5; Duluth"\r\n2;Main St 6;x\r\n';
    const { bytes } = await redact('shape.csv', source, /"Main[^"]*"|6;x\r\n/g, '«ADDRESS»');
    expect(bytes.toString()).toBe('id;place\r\n1;"«ADDRESS»;"\r\n2;Main St «ADDRESS»;\r\n');
  });

  it('json stays json, in numbers as well as in text', async () => {
    const { bytes } = await redact(
      'a.json',
      '{"ssn": 536228145, "t": "a 536228145 \\" b", "n": [1, 536228145]}',
      /536228145/g,
    );
    expect(JSON.parse(bytes.toString())).toEqual({
      ssn: '«SSN»',
      t: 'a «SSN» " b',
      n: [1, '«SSN»'],
    });
  });

  it('docx: gone from every part, across runs, with formatting kept and nothing hidden', async () => {
    const body =
      paragraph(
        `<w:pPr><w:pStyle w:val="Heading1"/><w:rPr><w:ins w:author="CANARY1"/></w:rPr></w:pPr>${run('Title', '<w:rPr><w:b/></w:rPr>')}`,
      ) +
      paragraph(run('SSN: 536') + run('-22', '<w:rPr><w:i/></w:rPr>') + run('-8145 end')) +
      paragraph(
        `<w:del w:author="CANARY2" w:date="2026-01-01">${run('CANARY3')}<w:r><w:delText>CANARY4</w:delText></w:r></w:del>`,
      ) +
      paragraph(
        `<w:bookmarkStart w:name="CANARY5"/><w:hyperlink r:id="r9" w:tooltip="CANARY6">${run('link')}</w:hyperlink>`,
      ) +
      paragraph(
        '<w:r><w:drawing><wp:docPr descr="CANARY7" title="CANARY8"/><a:t>CANARY9</a:t></w:drawing></w:r>',
      ) +
      paragraph(
        `<w:sdt><w:sdtPr><w:alias w:val="CANARY10"/></w:sdtPr><w:sdtContent>${run('control')}</w:sdtContent></w:sdt>`,
      ) +
      paragraph(
        '<w:r><w:instrText>MERGEFIELD CANARY11</w:instrText></w:r><w:fldSimple w:instr="CANARY12"/>',
      ) +
      `<w:customXml w:element="CANARY13">${paragraph(run('custom'))}</w:customXml>` +
      `<w:tbl><w:tblPr><w:tblCaption w:val="CANARY14"/></w:tblPr><w:tr><w:tc>${paragraph(run('cell 536-22-8145'))}</w:tc></w:tr></w:tbl>` +
      '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr><!-- CANARY15 -->';
    const file = docx(body, {
      'docProps/core.xml': '<x>CANARY16</x>',
      'docProps/custom.xml': '<x>CANARY17</x>',
      'docProps/app.xml': '<x>CANARY18</x>',
      'customXml/item1.xml': '<x>CANARY19</x>',
      'word/embeddings/o.bin': 'CANARY20',
      'word/media/i.png': 'CANARY21',
      'word/comments.xml': wordPart('comments', paragraph(run('CANARY22'))),
      'word/people.xml': '<x>CANARY23</x>',
      'word/_rels/document.xml.rels': '<x Target="mailto:CANARY24"/>',
      'word/header1.xml': wordPart('hdr', paragraph(run('head 536-22-8145'))),
      'word/settings.xml': '<x>CANARY25</x>',
      'word/glossary/document.xml': '<x>CANARY26</x>',
    });
    const { bytes, text } = await redact('a.docx', file, SSN);
    const all = unpacked(bytes);
    expect(all).not.toMatch(/CANARY|536-22|8145/);
    expect(all).toContain('<w:pStyle w:val="Heading1"/>');
    expect(all).toContain('<w:b/>');
    expect(all).toContain('<w:pgSz w:w="11906" w:h="16838"/>');
    expect(text).toBe(
      'Title\nSSN: «SSN» end\n\nlink\n\ncontrol\n\ncustom\ncell «SSN»\t\nhead «SSN»\n',
    );
  });

  it('xlsx: values only, shared strings, formulas, caches and properties gone', async () => {
    const file = xlsx(
      [
        {
          name: 'CANARY1',
          rows: [
            '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>',
            '<c r="A2"><f>"CANARY2"</f><v>7</v></c><c r="B2" t="str"><v>=cmd|x</v></c>',
          ],
        },
        {
          name: 'Hidden',
          state: 'hidden',
          rows: ['<c r="A1" t="inlineStr"><is><t>x 536-22-8145 y</t></is></c>'],
        },
      ],
      ['536-22-8145', 'plain'],
      {
        'docProps/core.xml': 'CANARY3',
        'xl/comments1.xml': '<c><text><t>CANARY4</t></text></c>',
        'xl/pivotCache/p.xml': 'CANARY5',
        'xl/externalLinks/e.xml': 'CANARY6',
      },
    );
    const { bytes, text } = await redact('a.xlsx', file, SSN);
    const all = unpacked(bytes);
    expect(all).not.toMatch(/CANARY|536-22|<f>/);
    expect(text).toBe('«SSN»\n«SSN»\tplain\t\n7\t=cmd|x\t\nHidden\nx «SSN» y\t\n');
  });

  it('pdf: written anew, the text gone from every stream, no properties left', async () => {
    const doc = await PDFDocument.create();
    doc.setTitle('CANARY1');
    doc.setAuthor('CANARY2');
    doc.addJavaScript('x', 'CANARY3');
    await doc.attach(Buffer.from('CANARY4'), 'CANARY5.txt');
    const font = await doc.embedFont(StandardFonts.Helvetica);
    const page = doc.addPage();
    page.drawText('SSN: 536-22-8145 for Zoë', { x: 20, y: 500, size: 12, font });
    page.drawText('a long line '.repeat(30), { x: 20, y: 480, size: 12, font });
    doc.addPage().drawText('second page', { x: 20, y: 500, size: 12, font });
    const { bytes, text } = await redact('a.pdf', await doc.save(), SSN);
    const raw = bytes.toString('latin1');
    let all = raw;
    for (const match of raw.matchAll(/stream\r?\n/g)) {
      try {
        all += inflateSync(bytes.subarray(match.index + match[0].length), {
          finishFlush: 2,
        }).toString('latin1');
      } catch (thrown) {
        if (!(thrown instanceof Error)) throw thrown;
      }
    }
    const hex = Buffer.from('536-22-8145').toString('hex').toUpperCase();
    expect(all.toUpperCase()).not.toContain(hex);
    expect(all).not.toMatch(/CANARY|536-22|JavaScript|EmbeddedFile|Author/);
    expect(all.toUpperCase()).toContain(Buffer.from('second page').toString('hex').toUpperCase());
    expect(text).toContain('SSN: «SSN» for Zoë');
    expect(text).toContain('second page');
  });

  it('refuses when the scan was of another text, or of a part of it', async () => {
    const path = bench.file('data/input/moving.txt', 'SSN: 536-22-8145');
    const to = 'data/output/run_1/moving.txt';
    const replacements = [{ start: 5, end: 16, marker: '«SSN»' }];
    const part = await worker.call('doc.parse', { path, maxChars: 5 });
    for (const text of [part.text, 'other']) {
      await expect(
        worker.call('doc.redact', { path, to, textSha256: sha(text), replacements }),
      ).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    expect(await worker.call('fs.exists', { path: to })).toEqual({ exists: false });
  });

  it('refuses overlapping or outside replacements, markers that are markup, and its own source', async () => {
    const text = 'SSN: 536-22-8145';
    const path = bench.file('data/input/s.txt', text);
    const bad = [
      [
        { start: 0, end: 5, marker: 'x' },
        { start: 4, end: 8, marker: 'y' },
      ],
      [{ start: 0, end: 99, marker: 'x' }],
      [{ start: 5, end: 5, marker: 'x' }],
      [{ start: 0, end: 5, marker: '<w:t>' }],
      [{ start: 0, end: 5, marker: '"' }],
      [{ start: 0, end: 5, marker: 'a\nb' }],
    ];
    for (const replacements of bad) {
      await expect(
        worker.call('doc.redact', {
          path,
          to: 'data/output/run_1/s.txt',
          textSha256: sha(text),
          replacements,
        }),
      ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
    await expect(
      worker.call('doc.redact', {
        path,
        to: './data/input/s.txt',
        textSha256: sha(text),
        replacements: [],
      }),
    ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('edits pieces exactly as it edits the whole text (property)', () => {
    void fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 6 }), { maxLength: 10 }),
        fc.array(fc.nat(30), { maxLength: 8 }),
        (pieces, cuts) => {
          const text = pieces.join('');
          const points = [...new Set(cuts)].filter((at) => at <= text.length).sort((a, b) => a - b);
          const edits = [];
          for (let index = 0; index + 1 < points.length; index += 2) {
            edits.push({ start: points[index]!, end: points[index + 1]!, marker: `<${index}>` });
          }
          const { sink } = editor(edits);
          expect(pieces.map((piece) => sink.text(piece)).join('')).toBe(applyEdits(text, edits));
        },
      ),
    );
  });
});
