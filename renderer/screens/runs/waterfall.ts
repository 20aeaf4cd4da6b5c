import type { StepView } from '../../../shared/contract/runs.ts';

/** Place of a bar in percent of the axis. */
export interface Bar {
  left: number;
  width: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const UNITS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 6, 12, 24].map((n) => n * HOUR),
];

/** Axis in ms: an end beyond the run and few marks, at values a clock has. */
export function axisOf(totalMs: number): { end: number; marks: number[] } {
  const want = Math.max(totalMs, 1) / 5;
  const unit = UNITS.find((n) => n >= want) ?? Math.ceil(want / HOUR) * HOUR;
  const end = unit * Math.max(1, Math.ceil((totalMs * 1.02) / unit));
  const marks: number[] = [];
  for (let at = 0; at < end; at += unit) marks.push(at);
  return { end, marks };
}

const SCALE = [
  { size: HOUR, word: 'h' },
  { size: MINUTE, word: 'min' },
  { size: SECOND, word: 's' },
  { size: 1, word: 'ms' },
];

/** Labels of the marks in one unit, named once at the last mark: 0, 100, 200, 300 ms. */
export function markLabels(marks: readonly number[]): string[] {
  const last = marks.at(-1) ?? 0;
  const scale = SCALE.find((s) => last >= s.size) ?? { size: 1, word: 'ms' };
  return marks.map((ms) => {
    const text = String(Number((ms / scale.size).toFixed(2)));
    return ms === last ? `${text} ${scale.word}` : text;
  });
}

/** A step's bar; a step without a start has none, a running one ends at `now`. */
export function barOf(
  step: Pick<StepView, 'startedAt' | 'endedAt'>,
  runStart: number,
  end: number,
  now: number,
): Bar | null {
  if (step.startedAt === null) return null;
  const from = Math.max(0, Date.parse(step.startedAt) - runStart);
  const to = Math.max(from, (step.endedAt === null ? now : Date.parse(step.endedAt)) - runStart);
  const left = Math.min(100, (from / end) * 100);
  return { left, width: Math.min(100 - left, ((to - from) / end) * 100) };
}
