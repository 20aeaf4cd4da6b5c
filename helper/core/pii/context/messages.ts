/**
 * Messages whose fields have a place and no label: HL7 version 2 segments, X12 health-care claims
 * and SWIFT MT blocks. The field tables follow the public standards (HL7 v2.5.1 chapters 3, 6 and 7;
 * X12 005010X222 implementation names; SWIFT MT103 field definitions).
 */
import { isNpi } from '../check/america.ts';
import type { Candidate } from '../model.ts';
import { lineEnd, type Scan } from '../scan/scan.ts';

interface Field {
  start: number;
  end: number;
}

const SCORE = 0.93;

function push(scan: Scan, field: Field, type: string, id: string, score = SCORE): void {
  let { start, end } = field;
  const { text } = scan;
  while (start < end && /[\s"]/.test(text.charAt(start))) start++;
  while (end > start && /[\s"^&*~|]/.test(text.charAt(end - 1))) end--;
  if (end <= start) return;
  const made: Candidate = {
    start,
    end,
    type,
    score,
    checked: false,
    evidence: [id, 'label:field', 'by:message'],
  };
  scan.found.push(made);
}

function split(text: string, from: number, to: number, mark: string, most = 80): Field[] {
  const fields: Field[] = [];
  let at = from;
  while (fields.length < most) {
    const next = text.indexOf(mark, at);
    if (next < 0 || next >= to) break;
    fields.push({ start: at, end: next });
    at = next + 1;
  }
  fields.push({ start: at, end: to });
  return fields;
}

/** Kinds of HL7 fields by segment and number. */
type Kind =
  | 'name'
  | 'address'
  | 'phone'
  | 'born'
  | 'ids'
  | 'provider'
  | 'diagnosis'
  | 'ssn'
  | 'group'
  | 'policy'
  | 'member'
  | 'license'
  | 'record';
const SEGMENTS: Readonly<Record<string, Readonly<Record<number, Kind>>>> = {
  PID: {
    2: 'ids',
    3: 'ids',
    4: 'ids',
    5: 'name',
    6: 'name',
    7: 'born',
    9: 'name',
    11: 'address',
    13: 'phone',
    14: 'phone',
    18: 'record',
    19: 'ssn',
    20: 'license',
    21: 'ids',
  },
  NK1: {
    2: 'name',
    4: 'address',
    5: 'phone',
    6: 'phone',
    16: 'born',
    30: 'name',
    31: 'phone',
    32: 'address',
    33: 'ids',
    37: 'ssn',
  },
  GT1: { 3: 'name', 4: 'name', 5: 'address', 6: 'phone', 7: 'phone', 8: 'born', 12: 'ssn' },
  IN1: { 8: 'group', 16: 'name', 18: 'born', 19: 'address', 36: 'policy', 49: 'member' },
  IN2: { 2: 'ssn', 61: 'member', 63: 'phone' },
  PV1: { 7: 'provider', 8: 'provider', 9: 'provider', 17: 'provider', 19: 'record' },
  PD1: { 4: 'provider' },
  ORC: { 10: 'provider', 12: 'provider' },
  OBR: { 16: 'provider', 28: 'provider' },
  DG1: { 3: 'diagnosis', 16: 'provider' },
  MRG: { 1: 'ids', 7: 'name' },
};
const SEGMENT = /^(?:PID|NK1|GT1|IN1|IN2|PV1|PD1|ORC|OBR|OBX|DG1|MRG)$/;
/** Identifier kinds of HL7 table 0203. */
const ID_KINDS: Readonly<Record<string, string>> = {
  SS: 'US_SSN',
  DL: 'US_DRIVER_LICENSE',
  PPN: 'PASSPORT',
  NH: 'UK_NHS',
  NHS: 'UK_NHS',
  NPI: 'NPI',
  MC: 'US_MBI',
  MB: 'MEMBER_ID',
  SN: 'MEMBER_ID',
  EI: 'EMPLOYEE_ID',
  AN: 'MRN',
  VN: 'MRN',
  MR: 'MRN',
  PI: 'MRN',
};

function readKind(scan: Scan, field: Field, kind: Kind): void {
  const { text } = scan;
  if (field.end - field.start < 2 || field.end - field.start > 400) return;
  for (const part of split(text, field.start, field.end, '~', 12)) {
    const pieces = split(text, part.start, part.end, '^', 16);
    const first = pieces[0]!;
    const raw = text.slice(first.start, first.end);
    switch (kind) {
      case 'name':
        push(
          scan,
          { start: part.start, end: pieces[2]?.end ?? pieces[1]?.end ?? part.end },
          'PERSON_NAME',
          'hl7-name',
        );
        break;
      case 'address':
        push(
          scan,
          { start: part.start, end: pieces[4]?.end ?? part.end },
          'ADDRESS',
          'hl7-address',
        );
        break;
      case 'phone':
        if (/\d{4}/.test(raw)) push(scan, first, 'PHONE', 'hl7-phone');
        break;
      case 'born':
        if (/^\d{8}/.test(raw))
          push(scan, { start: first.start, end: first.start + 8 }, 'DATE_OF_BIRTH', 'hl7-birth');
        break;
      case 'ids': {
        const named = pieces[4] === undefined ? '' : text.slice(pieces[4].start, pieces[4].end);
        if (/\d/.test(raw)) push(scan, first, ID_KINDS[named] ?? 'MRN', 'hl7-id');
        break;
      }
      case 'provider':
        if (pieces.length < 2) break;
        if (isNpi(raw)) push(scan, first, 'NPI', 'hl7-provider');
        push(
          scan,
          { start: pieces[1]!.start, end: pieces[2]?.end ?? pieces[1]!.end },
          'PERSON_NAME',
          'hl7-name',
        );
        break;
      case 'diagnosis':
        if (/^[A-TV-Z]\d[0-9AB]/.test(raw)) push(scan, first, 'ICD10', 'hl7-diagnosis');
        break;
      default:
        if (/\d/.test(raw)) push(scan, first, TYPE_OF[kind] ?? 'MRN', `hl7-${kind}`);
    }
  }
}

const TYPE_OF: Readonly<Record<string, string>> = {
  ssn: 'US_SSN',
  group: 'GROUP_NUMBER',
  policy: 'POLICY_NUMBER',
  member: 'MEMBER_ID',
  license: 'US_DRIVER_LICENSE',
  record: 'MRN',
};

/** An observation: name, value and unit stand in three fields. */
function readObservation(scan: Scan, fields: readonly Field[]): void {
  const { text } = scan;
  const [name, value, unit] = [fields[3], fields[5], fields[6]];
  if (name === undefined || value === undefined || unit === undefined) return;
  const shown = text.slice(value.start, value.end);
  if (/^\d{2,3}\/\d{2,3}$/.test(shown)) push(scan, value, 'BLOOD_PRESSURE', 'hl7-observation');
  if (!/^[<>]?\d{1,6}(?:\.\d{1,4})?$/.test(shown) || unit.end === unit.start) return;
  const words = split(text, name.start, name.end, '^', 6)[1] ?? name;
  push(scan, { start: words.start, end: unit.end }, 'LAB_RESULT', 'hl7-observation', 0.9);
}

function readHl7(scan: Scan): void {
  const { text } = scan;
  for (let at = text.indexOf('|'); at >= 0; ) {
    const from = at - 3;
    const opens = from >= 0 && (from === 0 || /[\r\n"]/.test(text.charAt(from - 1)));
    const segment = opens ? text.slice(from, at) : '';
    if (!SEGMENT.test(segment)) {
      at = text.indexOf('|', at + 1);
      continue;
    }
    const stop = Math.min(lineEnd(text, at), endOf(text, at));
    const fields = split(text, from, stop, '|');
    if (segment === 'OBX') readObservation(scan, fields);
    const kinds = SEGMENTS[segment] ?? {};
    for (const [index, kind] of Object.entries(kinds)) {
      const field = fields[Number(index)];
      if (field !== undefined && fields.length > 3) readKind(scan, field, kind);
    }
    at = text.indexOf('|', Math.max(stop, at + 1));
  }
}

/** Segments end with a carriage return, also written as an escape. */
function endOf(text: string, at: number): number {
  const end = text.indexOf('\r', at);
  return end < 0 ? text.length : end;
}

const X12_ENTITY = /(?:^|[~\n\r])\s{0,2}NM1\*[A-Z0-9]{2,3}\*1\*/g;
const X12_ID: Readonly<Record<string, string>> = {
  MI: 'MEMBER_ID',
  XX: 'NPI',
  '34': 'US_SSN',
  SY: 'US_SSN',
  EI: 'US_EIN',
  '24': 'US_EIN',
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
    const type = X12_ID[value(e[8])];
    if (type !== undefined && e[9] !== undefined) push(scan, e[9], type, 'x12-id');
  }
  for (const match of text.matchAll(/(?:^|[~\n\r])\s{0,2}(?=(?:DMG|N3|CLM|HI|REF|SBR)\*)/g)) {
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
  if (text.charAt(at) === '/') at = lineEnd(text, at) + 1;
  const nameEnd = Math.min(lineEnd(text, at), stop);
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
    const line = text.slice(from, Math.min(lineEnd(text, from), stop)).trim();
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
  if (text.includes('PID|') || text.includes('OBX|') || text.includes('IN1|')) readHl7(scan);
  if (text.includes('NM1*') || text.includes('\nDMG*')) readX12(scan);
  if (text.includes(':20:') || text.includes(':50K:')) readSwift(scan);
}
