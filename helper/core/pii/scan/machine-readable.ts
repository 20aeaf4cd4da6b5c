/**
 * The machine-readable zone of passports, identity cards and visas (ICAO Doc 9303): two lines of 44 or
 * 36 characters, or three of 30. The check digits of the number, the birth and the expiry prove it.
 */
import { pushFound, type Scan } from './scan.ts';

/** Number, its digit, state, birth, its digit, sex, expiry, its digit. */
const LINE_OF_NUMBER = /^([A-Z0-9<]{9})([0-9<])[A-Z<]{3}(\d{6})(\d)[MFX<](\d{6})(\d)/;
/** First line of a card: kind, state, number and its digit. */
const CARD_NUMBER = /^[IAC][A-Z<][A-Z<]{3}([A-Z0-9<]{9})([0-9<])/;
/** Second line of a card: birth, its digit, sex, expiry, its digit, state. */
const CARD_BIRTH = /^(\d{6})(\d)[MFX<](\d{6})(\d)[A-Z<]{3}/;
const NAMES = /^[A-Z]{1,30}(?:<[A-Z]{1,30}){0,4}<<[A-Z]{1,30}(?:<[A-Z]{1,30}){0,4}/;
const KIND_AND_STATE = /^[PVIAC][A-Z<][A-Z<]{3}(?=[A-Z])/;
const LEAST = 20;
const MOST = 46;

interface Line {
  start: number;
  text: string;
}

/** Check digit of a field: weights 7, 3, 1, letters from 10 on, the filler nothing. */
function holds(field: string, digit: string): boolean {
  let sum = 0;
  for (let i = 0; i < field.length; i++) {
    const c = field.charCodeAt(i);
    const value = c === 60 ? 0 : c >= 65 ? c - 55 : c - 48;
    sum += value * [7, 3, 1][i % 3]!;
  }
  return sum % 10 === (digit === '<' ? 0 : Number(digit));
}

function isUnit(c: number): boolean {
  return c === 60 || (c >= 48 && c <= 57) || (c >= 65 && c <= 90);
}

/** The run of characters of such a line around a place. */
function lineAround(text: string, at: number): Line | null {
  let start = at;
  let end = at;
  while (start > 0 && at - start < MOST && isUnit(text.charCodeAt(start - 1))) start--;
  while (end < text.length && end - start < MOST && isUnit(text.charCodeAt(end))) end++;
  return end - start < LEAST ? null : { start, text: text.slice(start, end) };
}

/** The line before or after, with a line end (and blanks or a mark of quotation) between. */
function beside(text: string, line: Line, after: boolean): Line | null {
  if (after) {
    const gap = /^[ \t]{0,4}\r?\n[ \t>]{0,12}/.exec(
      text.slice(line.start + line.text.length, line.start + line.text.length + 20),
    );
    return gap === null ? null : lineAround(text, line.start + line.text.length + gap[0].length);
  }
  const gap = /[ \t]{0,4}\r?\n[ \t>]{0,12}$/.exec(
    text.slice(Math.max(0, line.start - 20), line.start),
  );
  return gap === null ? null : lineAround(text, line.start - gap[0].length - 1);
}

function push(scan: Scan, start: number, field: string, type: string): void {
  const value = field.replace(/<{1,9}$/, '');
  if (value !== '') pushFound(scan, start, start + value.length, type, 0.95, 'machine-readable');
}

/** Number and birth of one line; true when its digits hold. */
function readNumbers(scan: Scan, line: Line): boolean {
  const two = LINE_OF_NUMBER.exec(line.text);
  if (
    two !== null &&
    holds(two[1]!, two[2]!) &&
    holds(two[3]!, two[4]!) &&
    holds(two[5]!, two[6]!)
  ) {
    push(scan, line.start, two[1]!, 'PASSPORT');
    push(scan, line.start + 13, two[3]!, 'DATE_OF_BIRTH');
    return true;
  }
  const card = CARD_NUMBER.exec(line.text);
  if (card !== null && line.text.length === 30 && holds(card[1]!, card[2]!)) {
    push(scan, line.start + 5, card[1]!, 'PASSPORT');
    return true;
  }
  const birth = CARD_BIRTH.exec(line.text);
  if (birth === null || !holds(birth[1]!, birth[2]!) || !holds(birth[3]!, birth[4]!)) return false;
  push(scan, line.start, birth[1]!, 'DATE_OF_BIRTH');
  return true;
}

/** Every zone that shows a `<<`, as all names in one do. */
export function scanMachineReadable(scan: Scan): void {
  const { text } = scan;
  for (let at = text.indexOf('<<'); at >= 0; ) {
    const line = lineAround(text, at);
    let end = at + 2;
    if (line !== null) {
      end = Math.max(end, line.start + line.text.length);
      const before = beside(text, line, false);
      const earlier = before === null ? null : beside(text, before, false);
      const after = beside(text, line, true);
      const proven = [line, before, earlier, after].map((l) => l !== null && readNumbers(scan, l));
      // `PETERSON<<JOHN`: the line of names of a card has neither kind nor state.
      const headed = line.text.length > 30 || line.text.charCodeAt(1) === 60;
      const lead = headed ? (KIND_AND_STATE.exec(line.text)?.[0].length ?? 0) : 0;
      const names = NAMES.exec(line.text.slice(lead)) ?? NAMES.exec(line.text);
      if (names !== null && (proven.includes(true) || (lead > 0 && line.text.length >= 36))) {
        const from = names.input === line.text ? line.start : line.start + lead;
        pushFound(scan, from, from + names[0].length, 'PERSON_NAME', 0.92, 'machine-readable');
      }
    }
    // A longer run is no line of a zone, and is looked at once.
    while (isUnit(text.charCodeAt(end))) end++;
    at = text.indexOf('<<', end);
  }
}
