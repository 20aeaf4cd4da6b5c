/**
 * HL7 version 2 segments, whose fields have a place and no label. The tables follow the public
 * standard (HL7 v2.5.1, chapters 3, 6 and 7, and table 0203 of identifier kinds).
 */
import { isNpi } from '../check/america.ts';
import type { Scan } from '../scan/scan.ts';
import { type Field, push, split } from './fields.ts';

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

export function readHl7(scan: Scan): void {
  const { text } = scan;
  for (let at = text.indexOf('|'); at >= 0; ) {
    const from = at - 3;
    const opens = from >= 0 && (from === 0 || /[\r\n"]/.test(text.charAt(from - 1)));
    const segment = opens ? text.slice(from, at) : '';
    if (!SEGMENT.test(segment)) {
      at = text.indexOf('|', at + 1);
      continue;
    }
    const stop = endOf(text, at);
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

/** Segments end with a carriage return or a line end; the text behind is not searched. */
function endOf(text: string, at: number): number {
  let end = at;
  while (end < text.length && text.charCodeAt(end) !== 13 && text.charCodeAt(end) !== 10) end++;
  return end;
}
