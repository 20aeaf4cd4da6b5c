/** More corners of Word and Excel files: what forms, formats, numbering, hints and odd parts hold. */
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docx, paragraph, run, wordPart, xlsx } from '../worker/documents.ts';
import { type DocumentBench, everything, openDocuments, spellings } from './support.ts';

let bench: DocumentBench;
beforeAll(async () => {
  bench = await openDocuments();
});
afterAll(() => bench.dispose());

const LIMIT = 120_000;
const mailOf = (n: number): string => `john.poe${n}@example.net`;
const spread = (mail: string): string => paragraph(run(`to ${mail} now`));

async function expectGone(name: string, raw: Buffer, values: readonly string[]): Promise<void> {
  const all = everything(raw);
  for (const value of values)
    for (const spelling of spellings(value)) expect(all, value).not.toContain(spelling);
  expect(await bench.values(name, raw)).toEqual([]);
}

type Corner = readonly [corner: string, (mail: string) => string];

const control = (properties: string): string =>
  paragraph(
    `<w:sdt><w:sdtPr>${properties}</w:sdtPr><w:sdtContent>${run('x')}</w:sdtContent></w:sdt>`,
  );
const field = (data: string): string =>
  paragraph(`<w:r><w:fldChar w:fldCharType="begin"><w:ffData>${data}</w:ffData></w:fldChar></w:r>`);

const WORD: readonly Corner[] = [
  [
    'an entry of a drop-down list',
    (mail) => control(`<w:dropDownList><w:listItem w:displayText="${mail}"/></w:dropDownList>`),
  ],
  [
    'an entry of a form field',
    (mail) => field(`<w:ddList><w:listEntry w:val="${mail}"/></w:ddList>`),
  ],
  ['the help of a form field', (mail) => field(`<w:helpText w:val="${mail}"/>`)],
  ['the status of a form field', (mail) => field(`<w:statusText w:val="${mail}"/>`)],
  [
    'the default of a form field',
    (mail) => field(`<w:textInput><w:default w:val="${mail}"/></w:textInput>`),
  ],
  [
    'a smart tag',
    (mail) =>
      paragraph(
        `<w:smartTag><w:smartTagPr><w:attr w:name="a" w:val="${mail}"/></w:smartTagPr>${run('x')}</w:smartTag>`,
      ),
  ],
  ['a remark of the XML', (mail) => paragraph(`<!-- to ${mail} now -->${run('x')}`)],
  ['an instruction of the XML', (mail) => paragraph(`<?note to ${mail}?>${run('x')}`)],
  ['data marked as characters', (mail) => paragraph(run(`<![CDATA[to ${mail} now]]>`))],
  ['a pronunciation', (mail) => paragraph(`<w:r><w:ruby><w:rt>${run(mail)}</w:rt></w:ruby></w:r>`)],
  ['a formula', (mail) => paragraph(`<m:oMath><m:r><m:t>${mail}</m:t></m:r></m:oMath>`)],
  [
    'the table caption',
    (mail) =>
      `<w:tbl><w:tblPr><w:tblCaption w:val="${mail}"/></w:tblPr><w:tr><w:tc>${paragraph(run('x'))}</w:tc></w:tr></w:tbl>`,
  ],
  ['white text', (mail) => paragraph(run(mail, '<w:rPr><w:color w:val="FFFFFF"/></w:rPr>'))],
  ['tiny text', (mail) => paragraph(run(mail, '<w:rPr><w:sz w:val="2"/></w:rPr>'))],
];

const WORD_PARTS: readonly Corner[] = [
  [
    'word/footer9.xml',
    (mail) => wordPart('ftr', `<w:sdt><w:sdtContent>${spread(mail)}</w:sdtContent></w:sdt>`),
  ],
  [
    'word/numbering.xml',
    (mail) =>
      `<w:numbering><w:abstractNum><w:lvl><w:lvlText w:val="${mail} %1."/></w:lvl></w:abstractNum></w:numbering>`,
  ],
  [
    'word/styles.xml',
    (mail) => `<w:styles><w:style><w:name w:val="${mail}"/></w:style></w:styles>`,
  ],
  ['word/fontTable.xml', (mail) => `<w:fonts><w:font w:name="${mail}"/></w:fonts>`],
  ['word/theme/theme1.xml', (mail) => `<a:theme name="${mail}"/>`],
  ['word/webSettings.xml', (mail) => `<w:webSettings><!-- ${mail} --></w:webSettings>`],
  ['word/vmlDrawing1.vml', (mail) => `<xml><v:textbox><div>to ${mail} now</div></v:textbox></xml>`],
  [
    'word/diagrams/data1.xml',
    (mail) =>
      `<dgm:dataModel><a:p><a:r><a:t>to ${mail.slice(0, 5)}</a:t></a:r><a:r><a:t>${mail.slice(5)}</a:t></a:r></a:p></dgm:dataModel>`,
  ],
  [
    'word/_rels/header1.xml.rels',
    (mail) =>
      `<Relationships><Relationship Id="r" Target="${mail.replace('@', '%40')}" TargetMode="External"/></Relationships>`,
  ],
  ['customXml/itemProps1.xml', (mail) => `<ds:datastoreItem><!-- ${mail} --></ds:datastoreItem>`],
  ['docProps/notes.txt', (mail) => `to ${mail} now`],
];

const EXCEL_SHEET: readonly Corner[] = [
  [
    'the list of a validation',
    (mail) =>
      `<dataValidations><dataValidation type="list"><formula1>"${mail},x"</formula1></dataValidation></dataValidations>`,
  ],
  [
    'the message of a validation',
    (mail) =>
      `<dataValidations><dataValidation promptTitle="x" prompt="${mail}"/></dataValidations>`,
  ],
  [
    'the header of a page',
    (mail) => `<headerFooter><oddHeader>&amp;C${mail}</oddHeader></headerFooter>`,
  ],
  [
    'a link and its place',
    (mail) => `<hyperlinks><hyperlink ref="A1" location="'${mail}'!A1"/></hyperlinks>`,
  ],
  [
    'a rule for looks',
    (mail) =>
      `<conditionalFormatting><cfRule type="containsText"><formula>SEARCH("${mail}",A1)</formula></cfRule></conditionalFormatting>`,
  ],
  ['a remark of the XML', (mail) => `<!-- ${mail} -->`],
  [
    'a scenario',
    (mail) =>
      `<scenarios><scenario name="x" user="y" comment="z"><inputCells r="A1" val="${mail}"/></scenario></scenarios>`,
  ],
];

const EXCEL_PARTS: readonly Corner[] = [
  [
    'xl/styles.xml',
    (mail) =>
      `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="&quot;${mail}&quot;"/></numFmts></styleSheet>`,
  ],
  [
    'xl/tables/table1.xml',
    (mail) => `<table name="t"><tableColumns><tableColumn name="${mail}"/></tableColumns></table>`,
  ],
  [
    'xl/pivotCache/pivotCacheRecords1.xml',
    (mail) => `<pivotCacheRecords><r><s v="${mail}"/></r></pivotCacheRecords>`,
  ],
  [
    'xl/pivotTables/pivotTable1.xml',
    (mail) =>
      `<pivotTableDefinition><pivotFields><pivotField><items><item n="${mail}"/></items></pivotField></pivotFields></pivotTableDefinition>`,
  ],
  [
    'xl/threadedComments/threadedComment1.xml',
    (mail) =>
      `<ThreadedComments><threadedComment><text>to ${mail} now</text></threadedComment></ThreadedComments>`,
  ],
  [
    'xl/queryTables/queryTable1.xml',
    (mail) =>
      `<queryTable><queryTableRefresh><queryTableFields><queryTableField name="${mail}"/></queryTableFields></queryTableRefresh></queryTable>`,
  ],
  ['xl/revisions/userNames.xml', (mail) => `<users><userInfo name="${mail}"/></users>`],
  [
    'xl/charts/chart1.xml',
    (mail) => `<c:chart><c:strCache><c:pt><c:v>${mail}</c:v></c:pt></c:strCache></c:chart>`,
  ],
];

const CELLS: readonly Corner[] = [
  ['a hidden row', (mail) => `<c t="inlineStr"><is><t>${mail}</t></is></c>`],
  ['an array formula', (mail) => `<c t="str"><f t="array" ref="A1">{"${mail}";1}</f><v>0</v></c>`],
  [
    'the hint of an inline string',
    (mail) => `<c t="inlineStr"><is><t>x</t><rPh sb="0" eb="1"><t>${mail}</t></rPh></is></c>`,
  ],
];

/** A workbook whose sheet has more than rows. */
function workbook(sheet: string, cells: string, parts: Record<string, string>): Uint8Array {
  const files: Record<string, string> = {
    'xl/workbook.xml':
      '<workbook xmlns:r="r"><sheets><sheet name="One" r:id="a"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="a" Target="../xl/worksheets/./one.xml"/><Relationship Id="b" Type="http://x/sharedStrings" Target="/xl/texts.xml"/></Relationships>',
    'xl/worksheets/one.xml': `<worksheet><cols><col min="1" max="9" hidden="1"/></cols><sheetData><row hidden="1">${cells}</row></sheetData>${sheet}</worksheet>`,
    ...parts,
  };
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, strToU8(xml)])),
  );
}

const named = (corners: readonly Corner[], mails: readonly string[], found: string): string[] =>
  corners.filter((_corner, i) => !found.includes(mails[i]!)).map(([corner]) => corner);

describe('Word', () => {
  it(
    'finds a value in every further corner, and the copy holds none of them',
    async () => {
      const corners = [...WORD, ...WORD_PARTS];
      const mails = corners.map((_corner, i) => mailOf(i + 100));
      const body = WORD.map(([, make], i) => make(mails[i]!)).join('');
      const parts = Object.fromEntries(
        WORD_PARTS.map(([part, make], i) => [part, make(mails[WORD.length + i]!)]),
      );
      const file = docx(body, parts);
      const found = (await bench.values('a.docx', file)).join('\n').replaceAll('%40', '@');
      expect(named(corners, mails, found)).toEqual([]);
      const { raw } = await bench.copy('a.docx', file);
      await expectGone('a.docx', raw, [...mails, 'example.net', 'john.poe']);
    },
    LIMIT,
  );

  it(
    'reads the document its package names, and what stands where it usually stands',
    async () => {
      const file = docx(spread('decoy@example.net'), {
        '_rels/.rels':
          '<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="/word/document2.xml"/></Relationships>',
        'word/document2.xml': `<w:document><w:body>${spread('real@example.net')}</w:body></w:document>`,
      });
      expect((await bench.values('a.docx', file)).sort()).toEqual([
        'decoy@example.net',
        'real@example.net',
      ]);
      const { raw } = await bench.copy('a.docx', file);
      await expectGone('a.docx', raw, ['real@example.net', 'decoy@example.net']);
      expect(everything(raw)).toContain('to «EMAIL» now');
    },
    LIMIT,
  );

  it(
    'says what it does not read',
    async () => {
      const file = docx(spread('a@example.net'), { 'word/embeddings/sheet.xlsx': 'PK-CANARY' });
      const { raw, warnings } = await bench.copy('a.docx', file);
      expect(warnings.join(' ')).toMatch(/[Ee]mbedded files/);
      await expectGone('a.docx', raw, ['PK-CANARY']);
    },
    LIMIT,
  );
});

describe('Excel', () => {
  it(
    'finds a value in every further corner, and the copy holds none of them',
    async () => {
      const others: Corner[] = [
        ['a name', String],
        ['a string where the workbook says', String],
        ['the hint of a string', String],
      ];
      const corners = [...EXCEL_SHEET, ...EXCEL_PARTS, ...CELLS, ...others];
      const mails = corners.map((_corner, i) => mailOf(i + 200));
      const at = (n: number): string => mails[mails.length - others.length + n]!;
      const sheet = EXCEL_SHEET.map(([, make], i) => make(mails[i]!)).join('');
      const parts = Object.fromEntries(
        EXCEL_PARTS.map(([part, make], i) => [part, make(mails[EXCEL_SHEET.length + i]!)]),
      );
      const cells = CELLS.map(([, make], i) =>
        make(mails[EXCEL_SHEET.length + EXCEL_PARTS.length + i]!),
      ).join('');
      const file = workbook(sheet, `${cells}<c t="s"><v>0</v></c>`, {
        ...parts,
        'xl/names.xml': `<definedNames><definedName name="x">"${at(0)}"</definedName></definedNames>`,
        'xl/texts.xml': `<sst><si><r><t>to ${at(1).slice(0, 6)}</t></r><r><t>${at(1).slice(6)}</t></r><rPh sb="0" eb="1"><t>${at(2)}</t></rPh></si></sst>`,
      });
      const found = (await bench.values('a.xlsx', file)).join('\n');
      expect(named(corners, mails, found)).toEqual([]);
      const { raw } = await bench.copy('a.xlsx', file);
      await expectGone('a.xlsx', raw, [...mails, 'example.net', 'john.poe']);
      expect(everything(raw)).toContain('to «EMAIL»');
    },
    LIMIT,
  );

  it(
    'says when a sheet is missing',
    async () => {
      const file = xlsx([{ name: 'One', rows: ['<c t="str"><v>a@example.net</v></c>'] }], [], {
        'xl/_rels/workbook.xml.rels':
          '<Relationships><Relationship Id="rId0" Target="worksheets/none.xml"/></Relationships>',
      });
      const { warnings } = await bench.copy('a.xlsx', file);
      expect(warnings.join(' ')).toMatch(/sheet that the workbook names is missing/);
    },
    LIMIT,
  );
});
