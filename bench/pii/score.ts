import type { Span } from '../../shared/redaction/span.ts';
import type { Gold, LabelledDocument } from './documents.ts';

export interface TypeScore {
  gold: number;
  found: number;
  any: number;
  predicted: number;
  right: number;
}

export interface Score {
  types: Map<string, TypeScore>;
  /** Wrong label: `US_SSN -> PHONE` and how often. */
  confusion: Map<string, number>;
  /** Letters and digits of all values, and those left uncovered. */
  characters: number;
  leaked: number;
  negatives: number;
  negativesHit: number;
  byFormat: Map<string, { gold: number; found: number; any: number }>;
  byEvasion: Map<string, { gold: number; found: number; any: number }>;
}

export function emptyScore(): Score {
  return {
    types: new Map(),
    confusion: new Map(),
    characters: 0,
    leaked: 0,
    negatives: 0,
    negativesHit: 0,
    byFormat: new Map(),
    byEvasion: new Map(),
  };
}

const overlap = (a: Gold, b: { start: number; end: number }) =>
  Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));

/** Intersection over union of at least a half: boundaries may differ by a little, not by a word. */
function matches(gold: Gold, span: Span): boolean {
  const common = overlap(gold, span);
  return common / (gold.end - gold.start + span.end - span.start - common) >= 0.5;
}

function slot(score: Score, type: string): TypeScore {
  let entry = score.types.get(type);
  if (!entry) {
    entry = { gold: 0, found: 0, any: 0, predicted: 0, right: 0 };
    score.types.set(type, entry);
  }
  return entry;
}

function bucket(map: Map<string, { gold: number; found: number; any: number }>, key: string) {
  let entry = map.get(key);
  if (!entry) {
    entry = { gold: 0, found: 0, any: 0 };
    map.set(key, entry);
  }
  return entry;
}

/** Letters and digits of a value that no span covers. */
function uncovered(
  text: string,
  gold: Gold,
  spans: readonly Span[],
): { all: number; left: number } {
  let all = 0;
  let left = 0;
  // Whole characters: a mathematical digit is two UTF-16 units.
  for (let i = gold.start, size = 1; i < gold.end; i += size) {
    const char = String.fromCodePoint(text.codePointAt(i)!);
    size = char.length;
    if (!/[\p{L}\p{N}]/u.test(char)) continue;
    all += 1;
    if (!spans.some((s) => s.start <= i && i < s.end)) left += 1;
  }
  return { all, left };
}

export function addDocument(
  score: Score,
  document: LabelledDocument,
  spans: readonly Span[],
): void {
  for (const gold of document.gold) {
    const entry = slot(score, gold.type);
    const { all, left } = uncovered(document.text, gold, spans);
    const typed = spans.some((s) => s.type === gold.type && matches(gold, s));
    const any = all > 0 && left === 0;
    entry.gold += 1;
    score.characters += all;
    score.leaked += left;
    const buckets = [
      bucket(score.byFormat, document.format),
      bucket(score.byEvasion, document.evasion ?? 'none'),
    ];
    for (const b of buckets) {
      b.gold += 1;
      if (typed) b.found += 1;
      if (any) b.any += 1;
    }
    if (typed) entry.found += 1;
    if (any) entry.any += 1;
    if (!typed) {
      const best = [...spans].sort((a, b) => overlap(gold, b) - overlap(gold, a))[0];
      const label = best && overlap(gold, best) > 0 ? best.type : 'nothing';
      const key = `${gold.type} -> ${label === gold.type ? 'other boundaries' : label}`;
      score.confusion.set(key, (score.confusion.get(key) ?? 0) + 1);
    }
  }
  for (const span of spans) {
    const entry = slot(score, span.type);
    entry.predicted += 1;
    if (document.gold.some((g) => g.type === span.type && matches(g, span))) entry.right += 1;
  }
  for (const negative of document.negatives) {
    score.negatives += 1;
    if (spans.some((s) => s.start < negative.end && negative.start < s.end))
      score.negativesHit += 1;
  }
}

const ratio = (a: number, b: number) => (b === 0 ? 0 : a / b);
const f1 = (p: number, r: number) => (p + r === 0 ? 0 : (2 * p * r) / (p + r));

export interface Summary {
  precision: number;
  recall: number;
  f1: number;
  macroF1: number;
  anyRecall: number;
  leak: number;
  negativesHit: number;
  typesAbove95: number;
}

export function summarise(score: Score): Summary {
  const all = [...score.types.values()];
  const sum = (pick: (t: TypeScore) => number) => all.reduce((n, t) => n + pick(t), 0);
  const precision = ratio(
    sum((t) => t.right),
    sum((t) => t.predicted),
  );
  const recall = ratio(
    sum((t) => t.found),
    sum((t) => t.gold),
  );
  const judged = all.filter((t) => t.gold > 0);
  return {
    precision,
    recall,
    f1: f1(precision, recall),
    macroF1: ratio(
      judged.reduce((n, t) => n + f1(ratio(t.right, t.predicted), ratio(t.found, t.gold)), 0),
      judged.length,
    ),
    anyRecall: ratio(
      sum((t) => t.any),
      sum((t) => t.gold),
    ),
    leak: ratio(score.leaked, score.characters),
    negativesHit: ratio(score.negativesHit, score.negatives),
    typesAbove95: judged.filter((t) => ratio(t.found, t.gold) >= 0.95).length,
  };
}
