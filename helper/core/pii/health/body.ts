/**
 * Weight, height and temperature with a unit in running text: they are a person's where a word of
 * the body stands near and the text around speaks of a patient, or where the sentence says whose.
 */
import type { Candidate } from '../model.ts';
import type { Scan } from '../scan/scan.ts';

const MEASURE =
  /(?:(?:3[4-9]|4[0-2])(?:[.,]\d{1,2})? ?[°º]? ?C(?![A-Za-z])|(?:3[4-9]|4[0-2])[.,]\d ?[°º](?! ?[A-Za-z])|(?:9[4-9]|10[0-8])(?:\.\d)? ?[°º] ?F(?![A-Za-z])|(\d{1,3}(?:[.,]\d{1,3})? ?(?:kgs?|KG|Kg|kilos?|kilograms?|lbs?|pounds))(?![A-Za-z/²³2])|((?:\d{2,3}(?:[.,]\d)? ?(?:cm|CM)|[12][.,]\d{2} ?(?:m|M|Meter|metres?|mètres?|metros|metri))(?![A-Za-z/²³2])|[4-7]['′] ?\d{1,2}["″]?))/y;

const WEIGHT =
  /(?:weigh(?:s|ed|ing|t)?|wt|poids|pèse|pesait|pesant|gewicht|wiegt|wog|schwer|peso|pesa|pesaba|pesava|bmi|imc|kg since)/i;
const HEIGHT =
  /(?:height|tall|ht|taille|mesur(?:e|ant|ait)|gr(?:öß|oess|oß)e|altura|mide|talla|altezza|alto|statura)/i;
const HEAT =
  /(?:temp|fever|febrile|pyrexi|spik|t°|fièvre|fébrile|fieber|fiebre|febril|febbre|febbrile|degrees)/i;
/** `T 38.1 °C`, `Tª 37,9 ºC`. */
const SHORT_HEAT = /(?:^|[\s,;.(])T[ªa°º]{0,2}\.?:? ?$/;

/** `131 cm tall`. */
function isTall(text: string, end: number): boolean {
  return /^ (?:tall|groß|gross|de haut|de alto|alto|alta)\b/.test(text.slice(end, end + 9));
}

/** Somebody, and the verb of the measure. */
const SOMEBODY =
  /(?:\b(?:he|she|I|who|they|patient|applicant|baby|child|il|elle|j['’]|je|er|sie|ich|ella|él|lui|lei|paciente|paziente|Patientin|Patient)\b[^.\n]{0,24}\b(?:weigh(?:s|ed)|is|was|mesure|pèse|pesait|wiegt|wog|ist|misst|mide|pesa|misura|es|è)\b[^.\n]{0,16})$/iu;

/** `57 ans, 68 kg`: an age right before. */
const AGED = /\d ?(?:ans|years?(?: old)?|yrs?|y\/?o|y|Jahre|J\.|años|anni),? $/;

const CLINICAL = new Set([
  'MEDICATION',
  'BLOOD_PRESSURE',
  'LAB_RESULT',
  'VITAL_SIGN',
  'ICD10',
  'MRN',
  'UK_NHS',
  'BLOOD_TYPE',
  'DATE_OF_BIRTH',
  'AGE',
]);
const REACH = 600;
const WORDS_BEFORE = 60;

/** Offsets where numbers stand that a unit of the body follows, as the pass over measures met them. */
export function readBodies(scan: Scan, places: readonly number[]): void {
  if (places.length === 0) return;
  const { text } = scan;
  const clinical = scan.found
    .filter((c) => CLINICAL.has(c.type) && c.score >= 0.55 && !isPlainBody(c))
    .map((c) => c.start)
    .sort((a, b) => a - b);
  for (const at of places) {
    MEASURE.lastIndex = at;
    const match = MEASURE.exec(text);
    if (match === null) continue;
    const before = text.slice(Math.max(0, at - WORDS_BEFORE), at);
    const near = before.slice(before.lastIndexOf('\n\n') + 1);
    const words = match[1] !== undefined ? WEIGHT : match[2] !== undefined ? HEIGHT : HEAT;
    const said = (SOMEBODY.test(near) && words !== HEAT) || AGED.test(near);
    const named =
      words.test(near) ||
      (words === HEAT ? SHORT_HEAT.test(near) : isTall(text, at + match[0].length));
    if (!said && !(named && closeTo(clinical, at))) continue;
    const made: Candidate = {
      start: at,
      end: at + match[0].length,
      type: 'VITAL_SIGN',
      score: 0.64,
      checked: false,
      evidence: ['vital-body-said'],
    };
    scan.found.push(made);
  }
}

/** `altura 45 cm`: a size behind its name in running text, which things have too. */
export function isPlainBody(found: Candidate): boolean {
  return found.evidence[0] === 'vital-body' && found.evidence.includes('by:plain');
}

/** Sizes in running text that nothing of a person stands near are sizes of things. */
export function lowerThings(scan: Scan): void {
  const plain = scan.found.filter(
    (c) => isPlainBody(c) && !/min|bpm/.test(scan.text.slice(c.start, c.end)),
  );
  if (plain.length === 0) return;
  const persons = scan.found
    .filter(
      (c) =>
        (CLINICAL.has(c.type) || c.type === 'PERSON_NAME') && c.score >= 0.55 && !isPlainBody(c),
    )
    .map((c) => c.start)
    .sort((a, b) => a - b);
  for (const found of plain) if (!closeTo(persons, found.start)) found.score = 0.4;
}

/** Whether one of the sorted offsets lies within reach. */
function closeTo(offsets: readonly number[], at: number): boolean {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle]! < at - REACH) low = middle + 1;
    else high = middle;
  }
  return low < offsets.length && offsets[low]! <= at + REACH;
}
