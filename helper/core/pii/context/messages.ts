/**
 * Messages whose fields have a place and no label: X12 health-care claims and SWIFT MT blocks (and
 * HL7, next door). The tables follow the implementation names of X12 005010X222 and the field
 * definitions of MT103.
 */
import { lineEndWithin, type Scan } from '../scan/scan.ts';
import { type Field, push, split } from './fields.ts';
import { readHl7 } from './hl7.ts';

const X12_ENTITY = /(?:^|[~\n\r])\s{0,2}NM1\*[A-Z0-9]{2,3}\*1\*/g;
const X12_ID: Readonly<Record<string, string>> = {
  MI: 'MEMBER_ID',
  XX: 'NPI',
  '34': 'US_SSN',
  SY: 'US_SSN',
  EI: 'US_EIN',
  '24': 'US_EIN',
  II: 'MEMBER_ID',
};
const X12_REF: Readonly<Record<string, string>> = {
  SY: 'US_SSN',
  EI: 'US_EIN',
  '1L': 'GROUP_NUMBER',
  '6P': 'GROUP_NUMBER',
  G1: 'PRIOR_AUTH',
  '9F': 'PRIOR_AUTH',
  EA: 'MRN',
  '1W': 'MEMBER_ID',
  IG: 'POLICY_NUMBER',
  '0F': 'MEMBER_ID',
  '23': 'MEMBER_ID',
  F8: 'CLAIM_NUMBER',
  '1K': 'CLAIM_NUMBER',
};

/** The elements of the X12 segment that starts at `from`. */
function elements(text: string, from: number): Field[] {
  let to = from;
  while (
    to < text.length &&
    to - from < 400 &&
    text.charCodeAt(to) !== 126 &&
    text.charCodeAt(to) !== 10
  )
    to++;
  return split(text, from, to, '*', 24);
}

function readX12(scan: Scan): void {
  const { text } = scan;
  const value = (f: Field | undefined): string =>
    f === undefined ? '' : text.slice(f.start, f.end);
  for (const match of text.matchAll(X12_ENTITY)) {
    const e = elements(text, match.index + match[0].indexOf('NM1'));
    if (e[3] !== undefined && e[3].end > e[3].start)
      push(
        scan,
        {
          start: e[3].start,
          end: e[5] !== undefined && value(e[5]) !== '' ? e[5].end : (e[4]?.end ?? e[3].end),
        },
        'PERSON_NAME',
        'x12-name',
      );
    // Empty elements before the kind are sometimes left out.
    for (let i = 6; i <= 8; i++) {
      const type = X12_ID[value(e[i])];
      if (type !== undefined && e[i + 1] !== undefined) push(scan, e[i + 1]!, type, 'x12-id');
    }
  }
  for (const match of text.matchAll(/(?:^|[~\n\r])\s{0,2}(?=(?:DMG|N3|CLM|HI|REF|SBR|PER)\*)/g)) {
    const from = match.index + match[0].length;
    const e = elements(text, from);
    const name = value(e[0]);
    if (name === 'DMG' && value(e[1]) === 'D8' && e[2] !== undefined)
      push(scan, e[2], 'DATE_OF_BIRTH', 'x12-birth');
    if (name === 'CLM' && e[1] !== undefined) push(scan, e[1], 'CLAIM_NUMBER', 'x12-claim');
    if (name === 'SBR' && /\d/.test(value(e[3])) && e[3] !== undefined)
      push(scan, e[3], 'GROUP_NUMBER', 'x12-group');
    const type = X12_REF[value(e[1])];
    if (name === 'REF' && type !== undefined && e[2] !== undefined)
      push(scan, e[2], type, 'x12-reference');
    if (name === 'PER') readX12Contact(scan, e);
    if (name === 'HI') readX12Codes(scan, e.slice(1));
    if (name === 'N3') readX12Address(scan, e);
  }
}

function readX12Codes(scan: Scan, parts: readonly Field[]): void {
  for (const part of parts) {
    const [kind, code] = split(scan.text, part.start, part.end, ':', 4);
    if (
      code !== undefined &&
      /^(?:A?BK|A?BF|A?BJ|APR)$/.test(scan.text.slice(kind!.start, kind!.end))
    )
      push(scan, code, 'ICD10', 'x12-diagnosis');
  }
}

const X12_CONTACT: Readonly<Record<string, string>> = {
  TE: 'PHONE',
  HP: 'PHONE',
  WP: 'PHONE',
  CP: 'PHONE',
  FX: 'PHONE',
  AP: 'PHONE',
  EM: 'EMAIL',
};

/** `PER*IC*name*TE*number*EM*address`: pairs of kind and value behind a name. */
function readX12Contact(scan: Scan, e: readonly Field[]): void {
  const name = e[2];
  if (name !== undefined && /^[A-Z][A-Z .,'-]{3,60}$/i.test(scan.text.slice(name.start, name.end)))
    push(scan, name, 'PERSON_NAME', 'x12-name', 0.7);
  for (let i = 3; i + 1 < e.length; i += 2) {
    const type = X12_CONTACT[scan.text.slice(e[i]!.start, e[i]!.end)];
    const value = scan.text.slice(e[i + 1]!.start, e[i + 1]!.end);
    if (type !== undefined && (type === 'EMAIL' ? value.includes('@') : /\d{7}/.test(value)))
      push(scan, e[i + 1]!, type, 'x12-contact', 0.95);
  }
}

/** `N3*street~N4*town*state*code`: two segments, one address. */
function readX12Address(scan: Scan, street: readonly Field[]): void {
  const last = street[street.length - 1]!;
  const next = /~?\s{0,3}N4\*[^~\n]{2,80}/y;
  next.lastIndex = last.end;
  const town = next.exec(scan.text);
  push(
    scan,
    {
      start: street[1]?.start ?? last.start,
      end: town === null ? last.end : last.end + town[0].length,
    },
    'ADDRESS',
    'x12-address',
  );
}

const SWIFT_FIELD = /^:(20|21|50[AFK]?|59[AF]?|5[2-8][A-D]):/gm;

/** Lines of a SWIFT field: an account, then a name, then an address. */
function readParty(scan: Scan, from: number, stop: number): void {
  const { text } = scan;
  let at = from;
  if (text.charAt(at) === '/') at = lineEndWithin(text, at, stop) + 1;
  const nameEnd = lineEndWithin(text, at, stop);
  const name = text.slice(at, nameEnd).trim();
  if (!/^[A-Z][A-Z .,'-]{3,60}$/i.test(name) || COMPANY.test(name)) return;
  push(scan, { start: at, end: nameEnd }, 'PERSON_NAME', 'swift-name', 0.86);
  if (nameEnd + 1 < stop && /\d/.test(text.slice(nameEnd + 1, stop)))
    push(scan, { start: nameEnd + 1, end: stop }, 'ADDRESS', 'swift-address', 0.86);
}

const COMPANY =
  /\b(?:LTD|LIMITED|INC|LLC|GMBH|AG|SA|SAS|SARL|BV|NV|PLC|CORP|CO|BANK|BANQUE|SPA|SRL|SL|OY|AB)\b\.?/i;

function readSwift(scan: Scan): void {
  const { text } = scan;
  if (!/^:(?:20|32A|50[AFK]?):/m.test(text)) return;
  const marks = [...text.matchAll(SWIFT_FIELD)];
  for (const mark of marks) {
    const from = mark.index + mark[0].length;
    const end = /\n(?=:\d\d[A-Z]?:|-\})/g;
    end.lastIndex = from;
    const stop = Math.min(end.exec(text.slice(0, from + 600))?.index ?? from + 600, text.length);
    const tag = mark[1]!;
    const line = text.slice(from, lineEndWithin(text, from, stop)).trim();
    if (tag.startsWith('50') || tag.startsWith('59')) readParty(scan, from, stop);
    else if (tag.startsWith('2')) {
      if (/\d/.test(line) && line !== 'NONREF')
        push(
          scan,
          { start: from, end: from + line.length },
          'WIRE_REFERENCE',
          'swift-reference',
          0.86,
        );
    } else if (/^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/.test(line))
      push(scan, { start: from, end: from + line.length }, 'BIC', 'swift-bank');
  }
}

/** Reads the messages a text holds; costs one search each when there is none. */
export function readMessages(scan: Scan): void {
  const { text } = scan;
  // First the rarest character of each: a search stops at every place where its first one stands.
  if (
    text.includes('|') &&
    (text.includes('PID|') || text.includes('OBX|') || text.includes('IN1|'))
  )
    readHl7(scan);
  if (text.includes('*') && (text.includes('NM1*') || text.includes('\nDMG*'))) readX12(scan);
  if (text.includes(':20:') || text.includes(':50K:')) readSwift(scan);
}
