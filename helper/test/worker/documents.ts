import { strToU8, zipSync } from 'fflate';

const W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';

/** A Word file with the given body XML and further parts. */
export function docx(body: string, parts: Record<string, string> = {}): Uint8Array {
  const files: Record<string, Uint8Array> = {
    '[Content_Types].xml': strToU8('<Types/>'),
    'word/document.xml': strToU8(
      `<?xml version="1.0"?><w:document ${W}><w:body>${body}</w:body></w:document>`,
    ),
  };
  for (const [name, xml] of Object.entries(parts)) files[name] = strToU8(xml);
  return zipSync(files);
}

export const run = (text: string, properties = '') =>
  `<w:r>${properties}<w:t xml:space="preserve">${text}</w:t></w:r>`;
export const paragraph = (inner: string) => `<w:p>${inner}</w:p>`;
export const wordPart = (root: string, inner: string) => `<w:${root} ${W}>${inner}</w:${root}>`;

export interface TestSheet {
  name: string;
  state?: string;
  /** Cell XML by row. */
  rows: string[];
}

/** A workbook with shared strings and one date style (index 1). */
export function xlsx(
  sheets: readonly TestSheet[],
  strings: readonly string[] = [],
  parts: Record<string, string> = {},
): Uint8Array {
  const files: Record<string, Uint8Array> = {
    'xl/workbook.xml': strToU8(
      `<workbook xmlns:r="r"><sheets>${sheets
        .map(
          (sheet, index) =>
            `<sheet name="${sheet.name}" ${sheet.state ? `state="${sheet.state}"` : ''} r:id="rId${index}"/>`,
        )
        .join('')}</sheets></workbook>`,
    ),
    'xl/_rels/workbook.xml.rels': strToU8(
      `<Relationships>${sheets
        .map(
          (_sheet, index) => `<Relationship Id="rId${index}" Target="worksheets/s${index}.xml"/>`,
        )
        .join('')}</Relationships>`,
    ),
    'xl/sharedStrings.xml': strToU8(
      `<sst>${strings.map((text) => `<si><t>${text}</t></si>`).join('')}</sst>`,
    ),
    'xl/styles.xml': strToU8(
      '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    ),
  };
  for (const [index, sheet] of sheets.entries()) {
    files[`xl/worksheets/s${index}.xml`] = strToU8(
      `<worksheet><sheetData>${sheet.rows.map((cells) => `<row>${cells}</row>`).join('')}</sheetData></worksheet>`,
    );
  }
  for (const [name, xml] of Object.entries(parts)) files[name] = strToU8(xml);
  return zipSync(files);
}
