/**
 * Alternate readings of small windows of a text: joined lines, spaced characters, spelled-out marks,
 * decoded blobs, marks of layout inside a value. Each is a list of edits; the window is scanned
 * again with the edits applied, and only what an edit made visible is kept.
 */
import { CUE_NEGATIVE, CUE_NEUTRAL, type LabelHit } from '../model.ts';
import type { Scan } from '../scan/scan.ts';
import { blobEdits, byteEdits } from './blob-edits.ts';
import { breakEdits } from './break-edits.ts';
import { digitNear, type Edit } from './edit.ts';
import { gapEdits, spacedEdits } from './gap-edits.ts';
import { labelEdits } from './label-edits.ts';
import { joinedEdits } from './line-edits.ts';
import { markEdits } from './mark-edits.ts';
import { spelledEdits } from './spelled-edits.ts';

/** A break inside a number or code: what is read together with other marks must be beyond doubt. */
function digitsBeside(text: string, edit: Edit): boolean {
  return digitNear(text, edit.start - 8, edit.start) && digitNear(text, edit.end, edit.end + 8);
}

/**
 * `Nzc0=` and `LTUy=` on two lines: the second mark may be padding of base64 and no soft break, so
 * the first break is read alone too.
 */
function apart(text: string, soft: readonly Edit[]): Edit[][] {
  const alone = soft.filter((edit, i) => {
    const after = soft[i + 1];
    const before = soft[i - 1];
    return (
      text.charCodeAt(edit.start) === 61 &&
      after !== undefined &&
      after.start - edit.end < TOGETHER &&
      (before === undefined || edit.start - before.end >= TOGETHER)
    );
  });
  return alone.length > 0 ? [alone] : [];
}

const TOGETHER = 48;

/** Breaks and marks in one value: the edits of two kinds that stand near each other, as one list. */
function together(one: readonly Edit[], other: readonly Edit[]): Edit[][] {
  if (one.length === 0 || other.length === 0) return [];
  const all = [...one, ...other].sort((a, b) => a.start - b.start);
  const near = all.filter((edit, i) => {
    const before = all[i - 1];
    const after = all[i + 1];
    const differs = (o: Edit | undefined) => o !== undefined && o.kind !== edit.kind;
    return (
      (differs(before) && edit.start - before!.end < TOGETHER) ||
      (differs(after) && after!.start - edit.end < TOGETHER)
    );
  });
  const list = near.map((edit) => ({ ...edit, kind: 'marks' as const }));
  return list.length > 1 ? [list] : [];
}

/** How far behind a label its value may stand, and how far into that an edit. */
const LABEL_REACH = 140;
const NO_VALUE = (1 << CUE_NEGATIVE) | (1 << CUE_NEUTRAL);

/** Whether a label that names values ends shortly before a place. */
function labelBefore(labels: readonly LabelHit[], at: number): boolean {
  let low = 0;
  let high = labels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (labels[middle]!.end <= at) low = middle + 1;
    else high = middle;
  }
  for (let i = low - 1; i >= 0 && at - labels[i]!.end <= LABEL_REACH; i--)
    if ((labels[i]!.cues & ~NO_VALUE) !== 0) return true;
  return false;
}

/** All edits of a text by kind, each list in order. */
export function findEdits({ text, tokens, labels, lexicon }: Scan): Edit[][] {
  const joined: Edit[] = [];
  const spaced: Edit[] = [];
  const spelled: Edit[] = [];
  const marks: Edit[] = [];
  const decoded: Edit[] = [];
  const gaps: Edit[] = [];
  const soft: Edit[] = [];
  const hyphens: Edit[] = [];
  joinedEdits(text, tokens, joined, soft, hyphens);
  spacedEdits(text, tokens, spaced);
  spelledEdits(text, tokens, spelled);
  markEdits(text, (at) => labelBefore(labels, at), marks);
  gapEdits(text, tokens, gaps);
  blobEdits(text, tokens, decoded);
  const words: Edit[] = [];
  labelEdits(text, tokens, lexicon, words);
  const bytes: Edit[] = [];
  byteEdits(text, tokens, bytes);
  const wrapped = joined.filter(
    (e) => /\d/.test(text.charAt(e.start - 1)) && /\d/.test(text.charAt(e.end)),
  );
  const withSpace = wrapped.map((e) => ({ ...e, text: ' ' }));
  const broken = [...soft, ...joined].filter((e) => digitsBeside(text, e));
  return [
    ...together(broken, marks),
    ...together(broken, spelled),
    ...apart(text, soft),
    ...together(marks, spelled),
    soft,
    hyphens,
    joined,
    withSpace,
    spaced,
    spelled,
    marks,
    gaps,
    decoded,
    bytes,
    words,
    ...breakEdits(text),
  ].filter((list) => list.length > 0);
}
