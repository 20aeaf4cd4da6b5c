import { strToU8, zipSync } from 'fflate';

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const WORD = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
/** Zip times start here; the time of writing is nobody's business. */
export const NO_TIME = new Date(1980, 0, 1);

function heading(level: number): string {
  const size = [36, 32, 28, 26, 24, 24, 24][level] ?? 24;
  const id = level === 0 ? 'Title' : `Heading${level}`;
  return (
    `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${id}"/>` +
    `<w:rPr><w:b/><w:sz w:val="${size}"/></w:rPr></w:style>`
  );
}

const PARTS = {
  '[Content_Types].xml':
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>' +
    '<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>' +
    '</Types>',
  '_rels/.rels':
    `<Relationships xmlns="${RELATIONS}"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" ` +
    'Target="word/document.xml"/></Relationships>',
  'word/_rels/document.xml.rels':
    `<Relationships xmlns="${RELATIONS}"><Relationship Id="rId1" Type="${OFFICE}/styles" ` +
    'Target="styles.xml"/></Relationships>',
  'word/styles.xml': `<w:styles xmlns:w="${WORD}">${[0, 1, 2, 3, 4, 5, 6].map(heading).join('')}</w:styles>`,
} as const;

/** A Word file with one part: the given body, no properties, no authors, no times. */
export function writeDocx(body: string): Uint8Array {
  const files: Record<string, Uint8Array> = {};
  for (const [name, xml] of Object.entries(PARTS)) files[name] = strToU8(HEAD + xml);
  files['word/document.xml'] = strToU8(
    `${HEAD}<w:document xmlns:w="${WORD}"><w:body>${body}</w:body></w:document>`,
  );
  return zipSync(files, { mtime: NO_TIME });
}
