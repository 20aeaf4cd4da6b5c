import { strToU8, zipSync } from 'fflate';
import { NO_TIME } from './write-docx.ts';
import type { SheetCopy } from './xlsx.ts';
import { encodeEntities } from './xml.ts';

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const TYPES = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

function columnName(index: number): string {
  let name = '';
  for (let left = index + 1; left > 0; left = Math.floor((left - 1) / 26)) {
    name = String.fromCharCode(65 + ((left - 1) % 26)) + name;
  }
  return name;
}

function cellXml(text: string, row: number, column: number): string {
  if (text === '') return '';
  const at = `${columnName(column)}${row}`;
  // Plain numbers stay numbers; everything else is text, so that nothing can act as a formula.
  if (/^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(text)) return `<c r="${at}"><v>${text}</v></c>`;
  const escaped = encodeEntities(text);
  return `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${escaped}</t></is></c>`;
}

function sheetXml(sheet: SheetCopy): string {
  const rows = sheet.rows.map((cells, index) => {
    const row = index + 1;
    return `<row r="${row}">${cells.map((text, column) => cellXml(text, row, column)).join('')}</row>`;
  });
  return `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${rows.join('')}</sheetData></worksheet>`;
}

/** Sheet names: at most 31 characters, none of []:*?/\, each once. */
function safeNames(sheets: readonly SheetCopy[]): string[] {
  const used = new Set<string>();
  return sheets.map((sheet, index) => {
    const plain = sheet.name
      .replaceAll(/[[\]:*?/\\]/g, ' ')
      .trim()
      .slice(0, 31);
    const name = plain === '' || used.has(plain.toLowerCase()) ? `Sheet ${index + 1}` : plain;
    used.add(name.toLowerCase());
    return name;
  });
}

/** A workbook of values only: no formulas, styles, caches, names, authors or times. */
export function writeXlsx(sheets: readonly SheetCopy[]): Uint8Array {
  const names = safeNames(sheets);
  const files: Record<string, Uint8Array> = {
    '_rels/.rels': strToU8(
      `${HEAD}<Relationships xmlns="${RELATIONS}"><Relationship Id="rId1" ` +
        `Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ),
    'xl/workbook.xml': strToU8(
      `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${names
        .map(
          (name, index) =>
            `<sheet name="${encodeEntities(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
        )
        .join('')}</sheets></workbook>`,
    ),
    'xl/_rels/workbook.xml.rels': strToU8(
      `${HEAD}<Relationships xmlns="${RELATIONS}">${sheets
        .map(
          (_sheet, index) =>
            `<Relationship Id="rId${index + 1}" Type="${OFFICE}/worksheet" ` +
            `Target="worksheets/sheet${index + 1}.xml"/>`,
        )
        .join('')}</Relationships>`,
    ),
    '[Content_Types].xml': strToU8(
      `${HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
        `<Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/>${sheets
          .map(
            (_sheet, index) =>
              `<Override PartName="/xl/worksheets/sheet${index + 1}.xml" ContentType="${TYPES}.worksheet+xml"/>`,
          )
          .join('')}</Types>`,
    ),
  };
  for (const [index, sheet] of sheets.entries()) {
    files[`xl/worksheets/sheet${index + 1}.xml`] = strToU8(sheetXml(sheet));
  }
  return zipSync(files, { mtime: NO_TIME });
}
