/** Writes `docs/redaction.md` from the table of types and from a measurement: `bin/node bench/pii/reference.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDetector } from '../../helper/core/pii/detector.ts';
import { TYPES, type TypeInfo } from '../../shared/redaction/types.ts';
import { generate } from './generate.ts';
import { scoreHandmade } from './handmade.ts';
import { addDocument, emptyScore, type Score, summarise, type TypeScore } from './score.ts';

export const REFERENCE_FILE: string = join(import.meta.dirname, '../../docs/redaction.md');

const SEED = 20261121;
const DOCUMENTS = 920;

const DECIDED: Record<TypeInfo['decidedBy'], string> = {
  format: 'its own form',
  context: 'a label, key or column header',
  list: 'cues and word lists',
};

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const share = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${Math.round((100 * part) / whole)} %`;

function measure(evaded: number): Score {
  const detector = createDetector();
  const score = emptyScore();
  for (const document of generate(SEED + (evaded > 0 ? 1 : 0), DOCUMENTS, evaded))
    addDocument(score, document, detector.detect(document.text).spans);
  return score;
}

function figures(name: string, score: Score): string {
  const s = summarise(score);
  return `| ${name} | ${percent(s.precision)} | ${percent(s.recall)} | ${percent(s.f1)} | ${percent(s.anyRecall)} | ${percent(s.leak)} | ${score.negativesHit} of ${score.negatives} |`;
}

function measured(entry: TypeScore | undefined): string {
  if (entry === undefined || entry.gold === 0) return 'not measured | - | 0';
  return `${share(entry.found, entry.gold)} | ${share(entry.right, entry.predicted)} | ${entry.gold}`;
}

function typeRow(info: TypeInfo, generated: Score, handmade: Score): string {
  const hand = handmade.types.get(info.type);
  const own = hand === undefined || hand.gold === 0 ? '-' : `${hand.found} of ${hand.gold}`;
  return `| ${info.type} | ${info.description} | ${DECIDED[info.decidedBy]} | ${info.checked ? 'yes' : '-'} | \`${info.marker}\` | ${measured(generated.types.get(info.type))} | ${own} |`;
}

const HEAD = `# Redaction: what is found, by what, and how well

Made by \`bin/node bench/pii/reference.ts\`; do not edit.

A finding is replaced by a marker such as \`«EMAIL»\`. Redacting a redacted text changes nothing. When
the detector fails, runs out of time or gives a position outside the text, the text is blocked.
`;

const LIMITS = `
## What the figures mean

- The **generated set** (${DOCUMENTS} documents, seed ${SEED}, three languages) was used while the rules were written. Its figures are an upper bound, not a promise.
- The **hand-written set** (\`bench/pii/handmade\`) was written in ten batches, each before a rule was written for it. First, blind scores: first batch (163 documents) precision 96.4 %, recall 88.5 %, F1 92.2 %, 89.8 % of the values covered under any type, 6.7 % of their characters left; second batch (174 documents of other kinds: health messages, bank messages, transcripts, logs, 66 of them with nothing to find) precision 92.3 %, recall 73.8 %, F1 82.0 %, 74.5 % covered, 20.1 % of the characters left; third batch (40 documents, 20 of them with nothing to find, written after the rules for the second) precision 92.3 %, recall 95.0 %, F1 93.7 %, 94.1 % covered, 2.6 % left; fourth batch (76 documents, 20 of them with nothing to find) precision 98.8 %, recall 86.7 %, F1 92.4 %, 86.7 % covered, 8.6 % left; fifth batch (69 documents, 20 of them with nothing to find, written after the rules for the fourth: more running text) precision 94.9 %, recall 80.3 %, F1 87.0 %, 79.9 % covered, 14.0 % left; sixth batch (37 documents, 10 of them with nothing to find, half of them Spanish and Italian) precision 98.8 %, recall 94.1 %, F1 96.4 %, 93.5 % covered, 4.2 % left; seventh batch (100 documents, 20 of them with nothing to find) precision 94.0 %, recall 83.6 %, F1 88.5 %, 83.3 % covered, 11.7 % left; eighth batch (18 documents, 4 of them with nothing to find, written after the rules for the seventh) precision 94.7 %, recall 93.5 %, F1 94.1 %, 94.8 % covered, 3.5 % left; ninth batch (127 documents, 40 of them with nothing to find) precision 96.3 %, recall 83.6 %, F1 89.5 %, 83.6 % covered, 13.6 % left; tenth batch (16 documents, 4 of them with nothing to find, written after the rules for the ninth) precision 98.6 %, recall 87.8 %, F1 92.9 %, 87.8 % covered, 9.7 % left. The row above is the score after the misses were looked at, so it is no longer blind.
- "Typed" asks for the right type at the right place; "covered" asks only that nothing of the value is left.
- A set of documents from your own work is the only fair measure for it: \`akios protect scan\` shows what is found.

## What it cannot see

- Names without a cue (no label, title, salutation, signature, and not in the lists of names), nicknames, and names that are ordinary words.
- Addresses without a house number or street word; places, employers, jobs, relations, beliefs and ethnic origin in running text.
- Numbers that need a label and have none; values in images; text in scripts other than Latin, apart from their digits.
- Values split over distant places of a document, and encodings nested deeper than three times.
- Names of organisations are not personal data here and stay.

A recogniser of names (NER) of your own can be plugged in and is merged with these findings.
`;

/** The whole page. */
export function redactionReference(): string {
  const plain = measure(0);
  const evaded = measure(1);
  const handmade = scoreHandmade(createDetector());
  const rows = TYPES.map((info) => typeRow(info, plain, handmade));
  return `${HEAD}
## Measured

| Set | Precision | Recall (typed) | F1 | Covered under any type | Characters left | Hard negatives hit |
|---|---|---|---|---|---|---|
${figures('Generated, nothing hidden', plain)}
${figures('Generated, every document with an evasion', evaded)}
${figures('Hand-written', handmade)}

## Types

Recall, precision and n: generated set, nothing hidden. Last column: typed findings in the hand-written set.

| Type | Meaning | Decided by | Check digit or issuing rule | Marker | Recall | Precision | n | Hand-written |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}
${LIMITS}`;
}

if (import.meta.main) writeFileSync(REFERENCE_FILE, redactionReference());
