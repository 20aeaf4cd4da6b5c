/**
 * Vital signs as notes write them: `T 38.4 HR 104 RR 18 BP 92/58 SpO2 93%`. A short name and a
 * plausible number mean nothing alone; two of them close together, one of them unmistakable
 * (a pressure pair, a saturation, a unit of the body), make an observation.
 */
import { VITAL } from '../scan/lexicon.ts';
import type { Scan } from '../scan/scan.ts';
import { IS_DIGITS } from '../scan/tokens.ts';

interface Sign {
  start: number;
  end: number;
  from: number;
  type: 'VITAL_SIGN' | 'BLOOD_PRESSURE';
  strong: boolean;
}

interface Shape {
  name: RegExp;
  value: RegExp;
  low: number;
  high: number;
  /** A value that no other measure is written like, with this name. */
  strong: RegExp;
}

const LINK = `\\.?(?: ?(?:rate|saturation|sat|card|resp|2(?!\\d)|O2|cardiaque|respiratoire|reading))?(?: (?:is|was|of|at|de|est|à|ist|di|è|es|now|currently|around|about|today|heute|hoy|oggi) ?| ?[:=|,-]{0,2} ?){1,2}`;
const NEVER = /^NEVER$/;

const SHAPES: readonly Shape[] = [
  {
    name: /^(?:t|temp|temps|temperature|tc|fever|fieber)$/i,
    value: /(\d{2,3}(?:[.,]\d{1,2})?(?: ?[°º]? ?[CF](?![A-Za-z])| ?[°º])?)/y,
    low: 33,
    high: 108,
    strong: /\d ?[°º]? ?[CF]$/,
  },
  {
    name: /^(?:p|pulse|pulso|puls|polso|pouls|hr|fc|hf|heart)$/i,
    value: /(\d{2,3}(?: ?(?:bpm|\/ ?min|per minute|beats|lpm|S\/min)(?![A-Za-z]))?)/y,
    low: 25,
    high: 240,
    strong: /bpm|min|beats|lpm/,
  },
  {
    name: /^(?:rr|resp|fr|respirations)$/i,
    value: /(\d{1,2}(?: ?(?:\/ ?min|rpm|bpm|breaths\/min)(?![A-Za-z]))?)/y,
    low: 5,
    high: 70,
    strong: /min|rpm/,
  },
  {
    name: /^(?:spo|sp|sats?|sao|saturation|sättigung|saturazione|saturación)$/i,
    value: /(\d{2,3} ?%?)/y,
    low: 50,
    high: 100,
    strong: /%/,
  },
  {
    name: /^(?:wt|weight|gewicht|poids|peso)$/i,
    value: /(\d{1,3}(?:[.,]\d{1,2})? ?(?:kgs?|lbs?|pounds|Kg|KG)(?![A-Za-z/]))/y,
    low: 1,
    high: 400,
    strong: NEVER,
  },
  {
    name: /^(?:ht|height)$/i,
    value: /(\d{1,3}(?:[.,]\d{1,2})? ?(?:cm|m|in|ft)(?![A-Za-z/²³2])|\d['′] ?\d{1,2}["″]?)/y,
    low: 1,
    high: 230,
    strong: NEVER,
  },
  { name: /^(?:bmi|imc)$/i, value: /(\d{2}(?:[.,]\d{1,2})?)/y, low: 12, high: 70, strong: NEVER },
];

const PRESSURE_NAME = /^(?:bp|ta|pa|rr|pressure|tension|sys)$/i;
const PRESSURE =
  /((?:[6-9]\d|1\d\d|2[0-6]\d) ?(?:\/| over | sur | zu | su | sobre | auf ) ?(?:[3-9]\d|1[0-6]\d)(?: ?mm ?Hg)?)/iy;
/** Units and words that make the number something else. */
const FOREIGN =
  /^ ?(?:psi|bar|hz|khz|mhz|ghz|rpm|hpa|kpa|v\b|volts?|watts?|km|mph|px|pt\b|kb|mb|gb|ms\b|sec|units?|%?\/\d)/i;

const LINK_RE = new RegExp(LINK, 'y');

function valueAfter(
  text: string,
  end: number,
  value: RegExp,
): { start: number; end: number } | null {
  // `SpO2`, `O2 sat`: a digit glued to the name belongs to it.
  const from =
    text.charAt(end) === '2' && !/\d/.test(text.charAt(end + 1))
      ? end + 1
      : /^O2/.test(text.slice(end, end + 3))
        ? end + 2
        : end;
  LINK_RE.lastIndex = from;
  const link = LINK_RE.exec(text);
  const at = link === null ? from : from + link[0].length;
  if (at === end) return null;
  value.lastIndex = at;
  const match = value.exec(text);
  if (match === null) return null;
  const stop = at + match[0].length;
  if (
    /^(?:\d|[.,]\d|[A-Za-z_]|[-/:]\d)/.test(text.slice(stop, stop + 2)) ||
    FOREIGN.test(text.slice(stop, stop + 8))
  )
    return null;
  return { start: at, end: stop };
}

function signAt(scan: Scan, t: number): Sign | null {
  const { text, tokens } = scan;
  const from = tokens.start[t]!;
  const end = tokens.end[t]!;
  const before = text.charCodeAt(from - 1);
  if ((before >= 48 && before <= 57) || before === 45 || before === 46 || before === 95)
    return null;
  const word = text.slice(from, end);
  if (PRESSURE_NAME.test(word)) {
    const pair = valueAfter(text, end, PRESSURE);
    if (pair !== null) {
      const spoken = / (?:over|sur|zu|su|sobre|auf) /i.test(text.slice(pair.start, pair.end));
      const plain =
        /^(?:bp|ta|rr)$/i.test(word) || /blood $/i.test(text.slice(Math.max(0, from - 6), from));
      return { ...pair, from, type: 'BLOOD_PRESSURE', strong: plain || spoken };
    }
  }
  for (const shape of SHAPES) {
    if (!shape.name.test(word)) continue;
    // One letter is a name only in capitals.
    if (word.length === 1 && word !== word.toUpperCase()) return null;
    const value = valueAfter(text, end, shape.value);
    if (value === null) return null;
    const shown = text.slice(value.start, value.end);
    const size = Number.parseFloat(shown.replace(',', '.'));
    if (!(size >= shape.low && size <= shape.high)) return null;
    if (/^t/i.test(word) && size > 43 && size < 90) return null;
    return { ...value, from, type: 'VITAL_SIGN', strong: shape.strong.test(shown) };
  }
  return null;
}

/** How far apart two signs of one observation stand. */
const GAP = 40;

function report(scan: Scan, group: readonly Sign[]): void {
  if (group.length < 2 || !group.some((s) => s.strong)) {
    const only = group[0];
    // `pressure is 90 over 60` says it all.
    if (group.length !== 1 || only === undefined || only.type !== 'BLOOD_PRESSURE' || !only.strong)
      return;
  }
  for (const sign of group) {
    scan.found.push({
      start: sign.start,
      end: sign.end,
      type: sign.type,
      score: sign.strong ? 0.8 : 0.68,
      checked: false,
      evidence: ['vital-group', 'label:vital', 'by:group'],
    });
  }
}

export function scanVitals(scan: Scan): void {
  const { bits, start, end, count } = scan.tokens;
  let group: Sign[] = [];
  let digits = 0;
  for (const t of scan.tokens.marked) {
    if ((bits[t]! & VITAL) === 0) continue;
    // Most single letters and words have no number near: one look decides.
    if (digits <= t) digits = t + 1;
    while (digits < count && (bits[digits]! & IS_DIGITS) === 0) digits++;
    if (digits === count || start[digits]! >= end[t]! + 28) continue;
    const sign = signAt(scan, t);
    if (sign === null) continue;
    const last = group[group.length - 1];
    if (last !== undefined && sign.from - last.end > GAP) {
      report(scan, group);
      group = [];
    }
    group.push(sign);
  }
  report(scan, group);
}
