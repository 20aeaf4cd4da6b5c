/** Scans the alternate views of a text and maps what they show back. */
import type { Candidate } from '../model.ts';
import type { Scan } from '../scan/scan.ts';
import type { Edit, ViewKind } from './edit.ts';
import { normalise, sourceRange } from './normalise.ts';
import { findEdits } from './views.ts';
import { buildView, windowsOf } from './windows.ts';

/** Forms that a join of two unrelated pieces does not make by chance. */
const FORMAT = new Set([
  'EMAIL',
  'JWT',
  'AWS_ACCESS_KEY',
  'GITHUB_TOKEN',
  'GITLAB_TOKEN',
  'SLACK_TOKEN',
  'STRIPE_KEY',
  'GOOGLE_API_KEY',
  'LLM_API_KEY',
  'NPM_TOKEN',
  'SENDGRID_KEY',
  'URL_CREDENTIALS',
  'ETH',
  'UK_NINO',
  'US_MBI',
  'UK_DRIVING_LICENCE',
  'IPV6',
  'MAC',
  'IN_PAN',
  'PRIVATE_KEY',
  'VIN',
  'US_SSN',
  'US_ITIN',
]);

function labelled(candidate: Candidate): boolean {
  return candidate.evidence.some((e) => e.startsWith('label:'));
}

/** Whether a finding in a view is trustworthy, given how far the view departs from the text. */
function believable(candidate: Candidate, kind: ViewKind, touched: readonly Edit[]): boolean {
  if (touched.length === 0) return false;
  // A label of the word that was mended, or of one beside it.
  if (kind === 'labels') return labelled(candidate) && candidate.score >= 0.6;
  if (candidate.checked) return candidate.score >= 0.5;
  if (kind === 'decoded') return candidate.score >= 0.5;
  if (kind === 'spelled' && candidate.type === 'EMAIL') return true;
  if (kind === 'spelled' || kind === 'gaps')
    return labelled(candidate) || FORMAT.has(candidate.type) || candidate.type === 'PHONE';
  if (kind === 'spaced' || kind === 'marks' || kind === 'soft')
    return labelled(candidate) || FORMAT.has(candidate.type) || candidate.score >= 0.6;
  if (FORMAT.has(candidate.type)) return true;
  if (
    candidate.type === 'PERSON_NAME' ||
    candidate.type === 'ADDRESS' ||
    candidate.type === 'MEDICATION' ||
    candidate.type === 'PASSWORD' ||
    candidate.type === 'USERNAME' ||
    candidate.type === 'GENERIC_API_KEY'
  )
    return false;
  return labelled(candidate) && candidate.score >= 0.6;
}

/** What the plain text shows, by where it begins. */
type Shown = ReadonlyMap<number, readonly Candidate[]>;

function byStart(found: readonly Candidate[]): Shown {
  const shown = new Map<number, Candidate[]>();
  for (const c of found) {
    const here = shown.get(c.start);
    if (here === undefined) shown.set(c.start, [c]);
    else here.push(c);
  }
  return shown;
}

/** The plain text already shows this value whole: the next line is no part of it. */
function standsWithout(
  text: string,
  shown: Shown,
  candidate: Candidate,
  place: { start: number; end: number },
): boolean {
  const here = shown.get(place.start) ?? [];
  return here.some(
    (c) =>
      c.type === candidate.type &&
      c.end < place.end &&
      c.score >= 0.6 &&
      /^\s*$/.test(text.slice(c.end, c.end + 1)),
  );
}

/** Digits alone on two lines, the first of them a whole value: a list, unless a check digit says otherwise. */
function isList(
  text: string,
  shown: Shown,
  candidate: Candidate,
  place: { start: number; end: number },
): boolean {
  if (candidate.checked || /[A-Za-z]/.test(text.slice(place.start, place.end))) return false;
  return standsWithout(text, shown, candidate, place);
}

/**
 * An e-mail address that stands whole after a break takes nothing from the line before it, unless
 * that line ends like the first half of an address.
 */
function beginsAfter(
  text: string,
  shown: Shown,
  candidate: Candidate,
  touched: readonly Edit[],
): boolean {
  if (candidate.type !== 'EMAIL') return false;
  return touched.some((edit) => {
    const whole = shown.get(edit.end)?.some((c) => c.type === 'EMAIL' && c.score >= 0.6);
    const before =
      /\S{0,64}$/.exec(text.slice(Math.max(0, edit.start - 64), edit.start))?.[0] ?? '';
    return (
      whole === true &&
      (before.includes('@') || !/[\d._+-]/.test(before) || /^\d*[A-Z][A-Z\d]*$/.test(before))
    );
  });
}

/** The plain text shows all of it that stands after a break: the line before ends with a word of its own. */
function standsAfter(
  text: string,
  shown: Shown,
  candidate: Candidate,
  place: { start: number; end: number },
  touched: readonly Edit[],
): boolean {
  if (!labelled(candidate)) return false;
  return touched.some(
    (edit) =>
      !/\d/.test(text.slice(place.start, edit.start)) &&
      (shown.get(edit.end) ?? []).some(
        (c) => c.type === candidate.type && c.end === place.end && c.score >= 0.6,
      ),
  );
}

/** How far before a value the word of its label may stand. */
const LABEL_NEAR = 48;

const NOTHING: Shown = new Map();

/** Candidates that only an alternate reading shows. `inner` scans a text without views. */
export function readViews(scan: Scan, inner: (text: string) => Candidate[]): Candidate[] {
  const found: Candidate[] = [];
  const { text } = scan;
  for (const edits of findEdits(scan)) {
    // Soft breaks and wrapped fields are one list: the break a finding touches says which it is.
    const kind = edits[0]!.kind === 'wrapped' ? 'soft' : edits[0]!.kind;
    const shown = kind === 'joined' || kind === 'soft' ? byStart(scan.found) : NOTHING;
    for (const window of windowsOf(text, edits, kind === 'joined' ? [] : scan.regions)) {
      const view = buildView(text, window);
      // Joining may have made an escape whole.
      const normal = normalise(view.text);
      for (const candidate of inner(normal.text)) {
        const range = sourceRange(normal, candidate.start, candidate.end);
        const touched =
          kind === 'labels'
            ? view.touched(Math.max(0, range.start - LABEL_NEAR), range.start)
            : view.touched(range.start, range.end);
        if (!believable(candidate, kind, touched)) continue;
        const place = view.back(range.start, range.end);
        if (
          (touched.some((edit) => edit.kind === 'wrapped') &&
            !candidate.checked &&
            !labelled(candidate) &&
            !FORMAT.has(candidate.type)) ||
          (touched.some((edit) => edit.kind === 'wrapped') && isList(text, shown, candidate, place))
        )
          continue;
        if (
          kind === 'joined' &&
          !candidate.checked &&
          (standsWithout(text, shown, candidate, place) ||
            standsAfter(text, shown, candidate, place, touched) ||
            beginsAfter(text, shown, candidate, touched))
        )
          continue;
        found.push({
          ...candidate,
          ...place,
          evidence: [...candidate.evidence, `view:${kind}`],
        });
      }
    }
  }
  return found;
}
