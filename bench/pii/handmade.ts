/**
 * `bin/node bench/pii/handmade.ts [--misses]`: short documents written by hand, before the label
 * tables were read, so that they judge the detector and not the generator it was tuned with.
 * Form: `%% style` opens a document, `[[TYPE|value]]` marks a value, `[[!|text]]` text that must stay.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDetector, type Detector } from '../../helper/core/pii/detector.ts';
import type { LabelledDocument } from './documents.ts';
import { addDocument, emptyScore, type Score, summarise } from './score.ts';

const FOLDER = join(import.meta.dirname, 'handmade');

/** One document out of its annotated form. */
export function parseHandmade(id: string, format: string, annotated: string): LabelledDocument {
  const document: LabelledDocument = {
    id,
    format,
    language: 'en',
    evasion: null,
    text: '',
    gold: [],
    negatives: [],
  };
  let at = 0;
  for (const match of annotated.matchAll(/\[\[([A-Z0-9_]+|!)\|([\s\S]*?)\]\]/g)) {
    document.text += annotated.slice(at, match.index);
    const start = document.text.length;
    document.text += match[2]!;
    const range = { start, end: document.text.length };
    if (match[1] === '!') document.negatives.push(range);
    else document.gold.push({ ...range, type: match[1]! });
    at = match.index + match[0].length;
  }
  document.text += annotated.slice(at);
  return document;
}

export function handmadeDocuments(): LabelledDocument[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .flatMap((name) =>
      readFileSync(join(FOLDER, name), 'utf8')
        .split(/^%% /m)
        .slice(1)
        .map((part) => {
          const line = part.indexOf('\n');
          const format = part.slice(0, line);
          return parseHandmade(`${name}:${format}`, format, part.slice(line + 1));
        }),
    );
}

/** Scores a detector on the set; `tell` gets one line per missed or wrong finding. */
export function scoreHandmade(detector: Detector, tell?: (line: string) => void): Score {
  const score = emptyScore();
  for (const document of handmadeDocuments()) {
    const spans = detector.detect(document.text).spans;
    addDocument(score, document, spans);
    const show = (s: { start: number; end: number }) =>
      JSON.stringify(document.text.slice(s.start, s.end));
    for (const gold of document.gold) {
      const same = spans.some(
        (s) => s.type === gold.type && s.start === gold.start && s.end === gold.end,
      );
      if (same) continue;
      const over = spans.filter((s) => s.start < gold.end && gold.start < s.end);
      tell?.(
        `${document.id}: ${gold.type} ${show(gold)} -> ${over.map((s) => `${s.type} ${show(s)}`).join(', ') || 'nothing'}`,
      );
    }
    for (const span of spans) {
      if (document.gold.some((g) => g.start < span.end && span.start < g.end)) continue;
      tell?.(
        `${document.id}: wrong ${span.type} ${show(span)} (${(span.evidence ?? []).join(' ')})`,
      );
    }
  }
  return score;
}

export function handmadeLine(score: Score): string {
  const s = summarise(score);
  const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
  return `hand-written set: typed P ${percent(s.precision)} R ${percent(s.recall)} F1 ${percent(s.f1)} | any-type recall ${percent(s.anyRecall)} | leak ${percent(s.leak)} | text that must stay, hit ${score.negativesHit} of ${score.negatives}`;
}

if (import.meta.main) {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const tell = process.argv.includes('--misses') ? print : undefined;
  print(handmadeLine(scoreHandmade(createDetector(), tell)));
}
