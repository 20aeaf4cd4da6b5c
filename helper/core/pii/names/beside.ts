/**
 * What stands beside a finding: the age or birth date in brackets after a name, the name before a
 * birth date, number or address, the login of a web server's log line.
 */

import type { Candidate } from '../model.ts';
import { GIVEN } from '../scan/lexicon.ts';
import { pushFound, type Scan } from '../scan/scan.ts';
import { DATE, isDate } from '../types/dates.ts';
import { listed, type NameRead, readName } from './grammar.ts';

const AGE_IN_BRACKETS =
  /,? ?[([](?:[MFmfwWdH][,/ ] ?)?(?:aged? |âgée? de |Alter:? ?)?((?:1[01]\d|[1-9]?\d))(?: ?(?:years?(?: old)?|yrs?|y\/?o|ans|Jahre|J\.|años|anni))?(?:[,/ ]{1,2}[MFmfwWdH])?[)\]](?! ?[\d(])/y;
const AGE_BETWEEN_COMMAS =
  /(?: \([^()\n]{1,14}\))?, (?:aged? |âgée? de )?((?:1[01]\d|[1-9]?\d))(?: (?:years?(?: old)?|ans|Jahre|años|anni))?(?=,(?! ?\d))/y;
const AGE_WITH_UNIT =
  /\)?(?:, ?|\n| [-–] ?| [FMW] | )((?:1[01]\d|[1-9]?\d)) (?:ans|Jahre|años|anni|yrs|years old|y\/o|J\.|y)(?=[,;.)\n ]|$)/y;
const BORN_IN_BRACKETS = /,? ?[([](?:born |née? (?:le )?|geb\.? |b\. ?|\* ?)?/y;

function ageAfter(scan: Scan, name: Candidate): void {
  for (const re of [AGE_IN_BRACKETS, AGE_BETWEEN_COMMAS, AGE_WITH_UNIT]) {
    re.lastIndex = name.end;
    const match = re.exec(scan.text);
    if (match === null) continue;
    if (re === AGE_BETWEEN_COMMAS && name.type !== 'PERSON_NAME') continue;
    const start = name.end + match[0].indexOf(match[1]!);
    pushFound(scan, start, start + match[1]!.length, 'AGE', 0.7, 'age-beside');
    return;
  }
}

/** `Leopold Ackerley (09/11/1944)`. */
function bornAfter(scan: Scan, name: Candidate): void {
  BORN_IN_BRACKETS.lastIndex = name.end;
  const open = BORN_IN_BRACKETS.exec(scan.text);
  if (open === null) return;
  const at = name.end + open[0].length;
  DATE.lastIndex = at;
  const date = DATE.exec(scan.text);
  if (date === null || !isDate(date[0]) || !/^[)\],;]/.test(scan.text.slice(at + date[0].length)))
    return;
  const year = Number(/\d{4}/.exec(date[0])?.[0] ?? 0);
  if (year > 2024) return;
  pushFound(scan, at, at + date[0].length, 'DATE_OF_BIRTH', 0.7, 'birth-beside');
}

/** Findings that stand beside a person's name, and the score a name that is on no list gets. */
const NEIGHBOURS: Readonly<Record<string, number>> = {
  DATE_OF_BIRTH: 0.58,
  AGE: 0.56,
  US_SSN: 0.58,
  MRN: 0.56,
  UK_NHS: 0.58,
  AU_MEDICARE: 0.58,
  MEMBER_ID: 0.56,
  FR_NIR: 0.58,
  PASSPORT: 0.56,
  BR_CPF: 0.58,
  UK_NINO: 0.58,
  ES_NIE: 0.58,
  ES_DNI: 0.58,
  IT_CODICE_FISCALE: 0.58,
  DE_STEUER_ID: 0.58,
  DE_RVNR: 0.58,
  DE_PERSONALAUSWEIS: 0.58,
  FR_CNI: 0.58,
  CH_AHV: 0.58,
  PT_NIF: 0.56,
  NL_BSN: 0.58,
  BE_NRN: 0.58,
  PL_PESEL: 0.58,
  SE_PERSONNUMMER: 0.58,
  FI_HETU: 0.58,
  US_MBI: 0.58,
  US_DRIVER_LICENSE: 0.56,
  EMPLOYEE_ID: 0.56,
  STUDENT_ID: 0.56,
  IBAN: 0.56,
  ADDRESS: 0,
  PHONE: 0,
  EMAIL: 0,
};

/** Where the label of a finding begins: the name stands before the label. */
function labelStart(scan: Scan, found: Candidate): number {
  const { labels } = scan;
  let low = 0;
  let high = labels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (labels[middle]!.end <= found.start) low = middle + 1;
    else high = middle;
  }
  const label = labels[low - 1];
  if (label === undefined || found.start - label.end > 8) return found.start;
  return /[\n]/.test(scan.text.slice(label.end, found.start)) ? found.start : label.start;
}

const JOIN =
  /(?:,|;| [-–—|•·])? {0,24}(?:\(|\[)?(?:of |at |aged? |residing at |de |wohnhaft |né(?:e)? (?:le )?|geb\. ?|con |with |mit |avec |holder of |titular(?:e)? d[ei]l? |titulaire d[eu] (?:la )?|in possesso di )?$/;

/** Start of the run of capitalised words that ends at `end`. */
function runStart(text: string, end: number): number {
  let from = end;
  for (let n = 0; n < 4; n++) {
    let to = from;
    if (n > 0) {
      if (text.charCodeAt(from - 1) !== 32) break;
      to = from - 1;
    }
    let p = to;
    while (p > 0 && to - p < 26 && /[A-Za-z\u00c0-\u024f'’.-]/.test(text.charAt(p - 1))) p--;
    if (p === to || !/[A-Z\u00c0-\u00de]/.test(text.charAt(p))) break;
    // `c/o Ada Byron`
    if (n > 0 && text.charCodeAt(p - 1) === 47) break;
    from = p;
  }
  return from;
}

/** The name before a finding, on its line or alone on the line above. */
function nameBefore(scan: Scan, found: Candidate): void {
  const { text, lexicon } = scan;
  const floor = NEIGHBOURS[found.type];
  if (floor === undefined || found.score < 0.6) return;
  const at = labelStart(scan, found);
  let end = at;
  const above = /\r?\n[ \t>]*$/.exec(text.slice(Math.max(0, at - 6), at));
  if (above !== null) end -= above[0].length;
  else {
    const join = JOIN.exec(text.slice(Math.max(0, at - 44), at));
    const apart = found.type === 'DATE_OF_BIRTH' && at < found.start;
    if (join === null || (join[0].trim() === '' && !apart)) return;
    end -= join[0].length;
  }
  const start = runStart(text, end);
  if (start === end) return;
  if (above !== null && start > 0 && !/\n[ \t>]*$/.test(text.slice(Math.max(0, start - 8), start)))
    return;
  // `Rosemarie            geb. am ...`: the name begins its line.
  if (above === null && end < at - 3 && start > 0 && text.charCodeAt(start - 1) !== 10) return;
  const read = readName(lexicon, text, start, { limit: end });
  // `Léandre, né le 3 mai 2012`: one word is enough before a birth.
  const least = found.type === 'DATE_OF_BIRTH' && above === null ? 1 : 2;
  if (read === null || read.end !== end || read.words.length < least || read.words.length > 4)
    return;
  if (read.words.length === 1 && !isGivenWord(read)) return;
  const score = scoreOf(read, above === null ? floor : 0);
  if (score > 0) pushFound(scan, read.start, read.end, 'PERSON_NAME', score, 'name-beside');
}

function isGivenWord(read: NameRead): boolean {
  const { given, common } = listed(read);
  return given > 0 && common === 0;
}

function scoreOf(read: NameRead, floor: number): number {
  const l = listed(read);
  if (read.titled) return 0.74;
  // `an Milan Dragojevic, IBAN ...`: a given name that is a word too, and one that is none.
  if (floor > 0 && l.unknown > 0 && (read.words[0]!.flags & GIVEN) !== 0) return floor;
  if (l.common > 0 && l.given + l.surname === 0) return 0;
  if (l.given > 0) return 0.68;
  if (l.surname > 0) return 0.6;
  return floor;
}

const EMERGENCY =
  /emergency|next of kin|\bnok\b|notfall|urgence|prévenir|prevenir|emergencia|emergenza/;

/** The name and number behind `Emergency contact:` carry that as their sub-type. */
function markEmergency(scan: Scan, phones: readonly Candidate[], name: Candidate): void {
  if (!name.evidence.some((e) => e.startsWith('label:') && EMERGENCY.test(e))) return;
  name.subtype = 'EMERGENCY_CONTACT';
  let low = 0;
  let high = phones.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (phones[middle]!.start < name.end) low = middle + 1;
    else high = middle;
  }
  for (const other of phones.slice(low, low + 4)) {
    if (other.start - name.end > 90) return;
    if (!/\n[ \t]*\n/.test(scan.text.slice(name.end, other.start)))
      other.subtype = 'EMERGENCY_CONTACT';
  }
}

const LOGIN = / - ([A-Za-z][\w.@-]{1,40}) \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/y;

/** `10.0.0.1 - alice [05/Nov/2026:...]`: the third field of a web server's log. */
function loginAfter(scan: Scan, address: Candidate): void {
  LOGIN.lastIndex = address.end;
  const match = LOGIN.exec(scan.text);
  if (match === null) return;
  pushFound(
    scan,
    address.end + 3,
    address.end + 3 + match[1]!.length,
    'USERNAME',
    0.8,
    'log-login',
  );
}

const CARD_PARTS =
  /(?:[,;/ ]{1,4}(?:exp\.? ?)?((?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[2-4]\d)|[|:;]((?:0[1-9]|1[0-2])[|:;/](?:20)?[2-4]\d))(?:[,;/ |:]{1,4}(?:and |cv[vc]2?:? ?)?(\d{3,4})(?![\d/.,-]\d|\d|[A-Za-z]))?/y;

/** `4111 1111 1111 1111, 11/28, 664` and `4111111111111111|11|2028|664`: what stands on the card. */
function cardAfter(scan: Scan, card: Candidate): void {
  CARD_PARTS.lastIndex = card.end;
  const match = CARD_PARTS.exec(scan.text);
  if (match === null) return;
  const expiry = (match[1] ?? match[2])!;
  const at = card.end + match[0].indexOf(expiry);
  pushFound(scan, at, at + expiry.length, 'CARD_EXPIRY', 0.8, 'card-expiry-beside');
  if (match[3] === undefined) return;
  const end = card.end + match[0].length;
  pushFound(scan, end - match[3].length, end, 'CARD_CVV', 0.78, 'card-cvv-beside');
}

const CLINICAL = new Set([
  'MEDICATION',
  'BLOOD_PRESSURE',
  'LAB_RESULT',
  'VITAL_SIGN',
  'ICD10',
  'MRN',
  'BLOOD_TYPE',
]);
const CODE = /(?<![A-Za-z0-9.])[A-TV-Z]\d[0-9AB]\.[0-9A-Z]{1,3}(?![A-Za-z0-9]|[-.]\d)/g;
/** `(I10)`: a code without a point, in brackets of its own. */
const BRACKETED = /\(([A-TV-Z]\d[0-9AB])\)/g;
const NEXT_CODE =
  /(?:,|;| and| und| et|\)?,?)[ \n]{1,2}\(?([A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,3})?)(?![A-Za-z0-9]|[-.]\d)/y;
const CLINICAL_REACH = 400;

/** Codes with a point, in brackets or lists, near measures and medicines: diagnoses. */
function codesBeside(scan: Scan): void {
  const { text, found } = scan;
  const places = found
    .filter((c) => CLINICAL.has(c.type) && c.score >= 0.6)
    .sort((a, b) => a.start - b.start);
  let done = 0;
  for (const place of places.slice(0, 2000)) {
    const from = Math.max(done, place.start - CLINICAL_REACH);
    const to = Math.min(text.length, place.end + CLINICAL_REACH);
    if (from >= to) continue;
    done = to;
    if (place.type === 'ICD10')
      for (const match of text.slice(from, to).matchAll(BRACKETED))
        pushFound(
          scan,
          from + match.index + 1,
          from + match.index + 4,
          'ICD10',
          0.6,
          'icd10-beside',
        );
    for (const match of text.slice(from, to).matchAll(CODE)) {
      let start = from + match.index;
      let end = start + match[0].length;
      pushFound(scan, start, end, 'ICD10', 0.62, 'icd10-beside');
      for (let n = 0; n < 8; n++) {
        NEXT_CODE.lastIndex = end;
        const next = NEXT_CODE.exec(text);
        if (next === null) break;
        start = end + next[0].length - next[1]!.length;
        end = start + next[1]!.length;
        pushFound(scan, start, end, 'ICD10', 0.6, 'icd10-beside');
      }
    }
  }
}

const GIVEN_FIELD =
  /[ \t]{1,12}(?:First|Given|FIRST|GIVEN)(?: [Nn]ame| NAME)?[:. \t]{1,8}(?=[A-Z\u00c0-\u00de])/y;

/** `Last Name  MARCHETTI   First  ROSALBA`: the other half of the name on the same line. */
function givenBeside(scan: Scan, name: Candidate): void {
  if (!name.evidence.some((e) => /^label:.*(?:last|sur|family)/.test(e))) return;
  GIVEN_FIELD.lastIndex = name.end;
  const field = GIVEN_FIELD.exec(scan.text);
  if (field === null) return;
  const at = name.end + field[0].length;
  const read = readName(scan.lexicon, scan.text, at, { limit: at + 40 });
  if (read !== null) pushFound(scan, read.start, read.end, 'PERSON_NAME', 0.7, 'name-field-beside');
}

const ID_BESIDE =
  /[ \t,;|]{1,12}ID(?: ?(?:no\.?|#))?[:# ]{1,3}([A-Z0-9][A-Z0-9-]{4,19})(?![A-Za-z0-9-])/y;

/** `Member: Cordelia Vance   ID: JUS712307`. */
function memberBeside(scan: Scan, name: Candidate): void {
  if (
    !name.evidence.some((e) => /^label:(?:.*\b)?(?:member|subscriber|insured|enrollee)\b/.test(e))
  )
    return;
  ID_BESIDE.lastIndex = name.end;
  const match = ID_BESIDE.exec(scan.text);
  if (match === null || !/\d{3}/.test(match[1]!)) return;
  const end = name.end + match[0].length;
  pushFound(scan, end - match[1]!.length, end, 'MEMBER_ID', 0.74, 'member-beside');
}

/** Behind these the age of a person may stand. */
const AGED: ReadonlySet<string> = new Set([
  'PERSON_NAME',
  'DATE_OF_BIRTH',
  'FR_NIR',
  'MRN',
  'UK_NHS',
  'US_SSN',
]);

/** Looks once around everything that was found. */
export function scanBeside(scan: Scan): void {
  codesBeside(scan);
  const before = scan.found.length;
  for (let i = 0; i < before; i++) {
    const found = scan.found[i]!;
    if (found.score < 0.55) continue;
    if (found.type === 'IPV4' || found.type === 'IPV6') loginAfter(scan, found);
    else if (found.type === 'CREDIT_CARD') cardAfter(scan, found);
    else nameBefore(scan, found);
  }
  const phones = scan.found.filter((c) => c.type === 'PHONE').sort((a, b) => a.start - b.start);
  for (let i = 0; i < scan.found.length; i++) {
    const found = scan.found[i]!;
    if (found.score < 0.55 || !AGED.has(found.type)) continue;
    ageAfter(scan, found);
    if (found.type === 'PERSON_NAME') {
      bornAfter(scan, found);
      markEmergency(scan, phones, found);
      givenBeside(scan, found);
      memberBeside(scan, found);
    }
  }
}
