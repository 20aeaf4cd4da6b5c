/** Fields of a message: cut at a mark, pushed with the evidence of their place. */
import type { Candidate } from '../model.ts';
import type { Scan } from '../scan/scan.ts';

export interface Field {
  start: number;
  end: number;
}

const SCORE = 0.93;

export function push(scan: Scan, field: Field, type: string, id: string, score = SCORE): void {
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

export function split(text: string, from: number, to: number, mark: string, most = 80): Field[] {
  const fields: Field[] = [];
  const code = mark.charCodeAt(0);
  let at = from;
  for (let i = from; i < to && fields.length < most; i++) {
    if (text.charCodeAt(i) !== code) continue;
    fields.push({ start: at, end: i });
    at = i + 1;
  }
  fields.push({ start: at, end: to });
  return fields;
}
