/** Values in every corner of Word and Excel files: found with their place, gone from the copy. */
import mammoth from 'mammoth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docx, paragraph, run, wordPart, xlsx } from '../worker/documents.ts';
import { type DocumentBench, everything, openDocuments, spellings } from './support.ts';

let bench: DocumentBench;
beforeAll(async () => {
  bench = await openDocuments();
});
afterAll(() => bench.dispose());

type Parts = Record<string, string>;
const LIMIT = 120_000;

/** One value for each corner, so that a miss names its corner. */
const mailOf = (n: number): string => `jane.roe${n}@example.org`;
const halves = (mail: string): [string, string] => [mail.slice(0, 8), mail.slice(8)];

/** No spelling of any of the values is left, and a second pass finds nothing. */
async function expectGone(name: string, raw: Buffer, values: readonly string[]): Promise<void> {
  const all = everything(raw);
  for (const value of values) {
    for (const spelling of spellings(value)) expect(all, value).not.toContain(spelling);
  }
  expect(await bench.values(name, raw)).toEqual([]);
}

const split = (mail: string): string => {
  const [a, b] = halves(mail);
  return run(`to ${a}`) + run(b, '<w:rPr><w:b/></w:rPr>') + run(' now');
};

/** What stands in the body. */
const WORD_BODY: readonly [corner: string, (mail: string) => string][] = [
  ['a run boundary', (mail) => paragraph(split(mail))],
  [
    'a table',
    (mail) => `<w:tbl><w:tr><w:tc>${paragraph(run(`to ${mail} now`))}</w:tc></w:tr></w:tbl>`,
  ],
  [
    'deleted text',
    (mail) => {
      const [a, b] = halves(mail);
      const cut = `<w:r><w:delText>to ${a}</w:delText></w:r><w:r><w:delText>${b} now</w:delText></w:r>`;
      return paragraph(`<w:del w:author="x">${cut}</w:del>`);
    },
  ],
  ['inserted text', (mail) => paragraph(`<w:ins w:author="x">${run(`to ${mail} now`)}</w:ins>`)],
  ['moved text', (mail) => paragraph(`<w:moveFrom>${run(`to ${mail} now`)}</w:moveFrom>`)],
  ['the author of a change', (mail) => paragraph(`<w:ins w:author="${mail}">${run('x')}</w:ins>`)],
  [
    'a text box',
    (mail) =>
      paragraph(
        `<w:r><w:pict><w:txbxContent>${paragraph(split(mail))}</w:txbxContent></w:pict></w:r>`,
      ),
  ],
  ['a drawing', (mail) => paragraph(`<w:r><w:drawing><a:t>to ${mail} now</a:t></w:drawing></w:r>`)],
  [
    'an alternative text',
    (mail) => paragraph(`<w:r><w:drawing><wp:docPr id="1" descr="${mail}"/></w:drawing></w:r>`),
  ],
  [
    'a field code in runs',
    (mail) => {
      const [a, b] = halves(mail);
      const code = `<w:r><w:instrText>HYPERLINK "mailto:${a}</w:instrText></w:r>`;
      return paragraph(`${code}<w:r><w:instrText>${b}"</w:instrText></w:r>`);
    },
  ],
  [
    'a simple field',
    (mail) =>
      paragraph(
        `<w:fldSimple w:instr="HYPERLINK &quot;mailto:${mail}&quot;">${run('x')}</w:fldSimple>`,
      ),
  ],
  [
    'a content control',
    (mail) =>
      paragraph(
        `<w:sdt><w:sdtPr><w:alias w:val="${mail}"/></w:sdtPr><w:sdtContent>${run('x')}</w:sdtContent></w:sdt>`,
      ),
  ],
  ['hidden text', (mail) => paragraph(run(`to ${mail} now`, '<w:rPr><w:vanish/></w:rPr>'))],
  ['a bookmark', (mail) => paragraph(`<w:bookmarkStart w:id="1" w:name="${mail}"/>${run('x')}`)],
];

const spread = (mail: string): string => paragraph(run(`to ${mail} now`));

/** What stands in a part of its own. */
const WORD_PARTS: readonly [part: string, (mail: string) => string][] = [
  ['word/header1.xml', (mail) => wordPart('hdr', spread(mail))],
  ['word/footer2.xml', (mail) => wordPart('ftr', spread(mail))],
  ['word/footnotes.xml', (mail) => wordPart('footnotes', spread(mail))],
  ['word/endnotes.xml', (mail) => wordPart('endnotes', spread(mail))],
  ['word/comments.xml', (mail) => wordPart('comments', spread(mail))],
  [
    'word/commentsExtended.xml',
    (mail) =>
      wordPart('comments', `<w:comment w:author="${mail}">${paragraph(run('y'))}</w:comment>`),
  ],
  [
    'docProps/core.xml',
    (mail) => `<cp:coreProperties><dc:creator>${mail}</dc:creator></cp:coreProperties>`,
  ],
  [
    'docProps/custom.xml',
    (mail) =>
      `<Properties><property name="contact"><vt:lpwstr>${mail}</vt:lpwstr></property></Properties>`,
  ],
  ['docProps/app.xml', (mail) => `<Properties><Manager>${mail}</Manager></Properties>`],
  [
    'word/_rels/document.xml.rels',
    (mail) =>
      `<Relationships><Relationship Id="r" Target="mailto:${mail}" TargetMode="External"/></Relationships>`,
  ],
  [
    'word/settings.xml',
    (mail) =>
      `<w:settings><w:docVars><w:docVar w:name="to" w:val="${mail}"/></w:docVars></w:settings>`,
  ],
  ['word/glossary/document.xml', (mail) => wordPart('glossaryDocument', spread(mail))],
  ['customXml/item1.xml', (mail) => `<root><mail>${mail}</mail></root>`],
  ['word/charts/chart1.xml', (mail) => `<c:chart><c:v>${mail}</c:v></c:chart>`],
  ['word/afchunk.txt', (mail) => `to ${mail} now`],
  ['word/people.xml', (mail) => `<w15:people><w15:person w15:author="${mail}"/></w15:people>`],
];

describe('Word', () => {
  it(
    'finds a value in every corner, and the copy holds none of them',
    async () => {
      const corners = [...WORD_BODY, ...WORD_PARTS];
      const mails = corners.map((_corner, i) => mailOf(i));
      const body = WORD_BODY.map(([, make], i) => make(mails[i]!)).join('');
      const parts: Parts = Object.fromEntries(
        WORD_PARTS.map(([part, make], i) => [part, make(mails[WORD_BODY.length + i]!)]),
      );
      const file = docx(body, parts);
      const found = (await bench.values('a.docx', file)).join('\n');
      const missed = corners.filter((_corner, i) => !found.includes(mails[i]!));
      expect(missed.map(([corner]) => corner)).toEqual([]);
      const { raw, kind } = await bench.copy('a.docx', file);
      expect(kind).toBe('docx');
      await expectGone('a.docx', raw, [...mails, 'example.org', 'jane.roe']);
      const read = await mammoth.extractRawText({ buffer: raw });
      expect(read.value).toContain('to «EMAIL» now');
    },
    LIMIT,
  );

  it(
    'tells page, part and paragraph of a finding',
    async () => {
      const body =
        paragraph(run('first')) +
        paragraph(run('second 536-22-8145 is an SSN')) +
        paragraph('<w:r><w:br w:type="page"/></w:r>') +
        paragraph(run('mail jane@example.org now'));
      const parts = { 'word/header1.xml': wordPart('hdr', paragraph(run('to bob@example.net'))) };
      const { findings } = await bench.find('a.docx', docx(body, parts));
      expect(findings.map((f) => f.place)).toMatchObject([
        { page: 1, paragraph: 2 },
        { page: 2, paragraph: 4 },
        { part: 'header', paragraph: 1 },
      ]);
    },
    LIMIT,
  );

  it(
    'a value known on one page is gone where nothing says what it is; pictures go with a word',
    async () => {
      const body =
        paragraph(run('MRN: 88412093')) +
        paragraph(`<w:r><w:drawing/></w:r>${run('Chart 88412093, see above.')}`);
      const { raw, warnings } = await bench.copy(
        'a.docx',
        docx(body, { 'word/media/image1.png': 'PNGCANARY' }),
      );
      await expectGone('a.docx', raw, ['88412093', 'PNGCANARY']);
      expect(warnings.join(' ')).toMatch(/[Pp]ictures/);
    },
    LIMIT,
  );
});

const CELL = '<c r="A1" t="inlineStr"><is><t>x</t></is></c>';
const text = (value: string): string => `<c t="str"><v>to ${value} now</v></c>`;

const EXCEL_PARTS: readonly [part: string, (mail: string) => string][] = [
  [
    'xl/comments1.xml',
    (mail) =>
      `<comments><commentList><comment><text><t>to ${mail} now</t></text></comment></commentList></comments>`,
  ],
  [
    'xl/comments2.xml',
    (mail) => `<comments><authors><author>${mail}</author></authors></comments>`,
  ],
  [
    'xl/persons/person.xml',
    (mail) => `<personList><person displayName="x" userId="${mail}"/></personList>`,
  ],
  [
    'xl/pivotCache/pivotCacheDefinition1.xml',
    (mail) =>
      `<pivotCacheDefinition><sharedItems><s v="${mail}"/></sharedItems></pivotCacheDefinition>`,
  ],
  [
    'xl/externalLinks/externalLink1.xml',
    (mail) => `<externalLink><sheetData><cell><v>${mail}</v></cell></sheetData></externalLink>`,
  ],
  [
    'xl/externalLinks/_rels/externalLink1.xml.rels',
    (mail) => `<Relationships><Relationship Id="r" Target="mailto:${mail}"/></Relationships>`,
  ],
  [
    'xl/connections.xml',
    (mail) =>
      `<connections><connection><dbPr connection="User=${mail}"/></connection></connections>`,
  ],
  [
    'xl/drawings/drawing1.xml',
    (mail) => {
      const [a, b] = halves(mail);
      return `<xdr:wsDr><a:p><a:t>to ${a}</a:t><a:t>${b} now</a:t></a:p></xdr:wsDr>`;
    },
  ],
  [
    'docProps/core.xml',
    (mail) =>
      `<cp:coreProperties><cp:lastModifiedBy>${mail}</cp:lastModifiedBy></cp:coreProperties>`,
  ],
  [
    'xl/worksheets/orphan.xml',
    (mail) => `<worksheet><sheetData><row>${text(mail)}</row></sheetData></worksheet>`,
  ],
];

const EXCEL_CELLS: readonly [corner: string, (mail: string) => string][] = [
  [
    'an inline string in runs',
    (mail) => {
      const [a, b] = halves(mail);
      return `<c t="inlineStr"><is><r><t>to ${a}</t></r><r><t>${b} now</t></r></is></c>`;
    },
  ],
  ['the result of a formula', (mail) => `<c t="str"><f>B1</f><v>to ${mail} now</v></c>`],
  ['a formula', (mail) => `<c><f>HYPERLINK("mailto:${mail}")</f><v>0</v></c>`],
];

describe('Excel', () => {
  it(
    'finds a value in every corner, and the copy holds none of them',
    async () => {
      const others = [
        'a shared string',
        'a string no cell shows',
        'a sheet name',
        'a hidden sheet',
      ];
      const corners = [...EXCEL_CELLS, ...EXCEL_PARTS].map(([corner]) => corner);
      const mails = [...corners, ...others].map((_corner, i) => mailOf(i));
      const [shared, unused, name, hidden] = mails.slice(corners.length) as [
        string,
        string,
        string,
        string,
      ];
      const cells = EXCEL_CELLS.map(([, make], i) => make(mails[i]!));
      const parts: Parts = Object.fromEntries(
        EXCEL_PARTS.map(([part, make], i) => [part, make(mails[EXCEL_CELLS.length + i]!)]),
      );
      const file = xlsx(
        [
          { name: 'One', rows: [...cells, '<c t="s"><v>0</v></c>'] },
          { name: `to ${name} now`, rows: [CELL] },
          { name: 'Two', rows: [text(hidden)], state: 'veryHidden' },
        ],
        [`to ${shared} now`, `to ${unused} now`],
        parts,
      );
      const found = (await bench.values('a.xlsx', file)).join('\n');
      const missed = [...corners, ...others].filter((_corner, i) => !found.includes(mails[i]!));
      expect(missed).toEqual([]);
      const { raw } = await bench.copy('a.xlsx', file);
      await expectGone('a.xlsx', raw, [...mails, 'example.org', 'jane.roe']);
    },
    LIMIT,
  );

  it(
    'tells sheet and cell of a finding',
    async () => {
      const rows = [`<c r="A1" t="str"><v>x</v></c><c r="C1" t="str"><v>a@example.org</v></c>`];
      const file = xlsx([
        { name: 'One', rows: [CELL] },
        { name: 'Two', rows },
      ]);
      const { findings } = await bench.find('a.xlsx', file);
      expect(findings.map((f) => f.place)).toMatchObject([{ sheet: 2, cell: 'C1' }]);
    },
    LIMIT,
  );
});
