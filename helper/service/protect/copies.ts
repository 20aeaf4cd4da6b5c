import { createHash } from 'node:crypto';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { placeFinder } from '../../../shared/redaction/place.ts';
import type { Replacement, Span } from '../../../shared/redaction/span.ts';
import type { ParsedDocument } from '../../cage/worker/port.ts';
import type { Deps } from '../deps.ts';
import type { ProjectRedactor } from '../projects/redactor.ts';
import {
  type AloneDocument,
  type GivenDocument,
  MAX_CHARS,
  parseWhole,
  withAlone,
} from './documents.ts';
import { everywhere } from './repeats.ts';

/** Copies are read and redacted again until nothing is found in them; more is a fault. */
const MAX_ROUNDS = 4;
/** Kinds whose copy is of the same kind; of all others the copy is text. */
const SAME_KIND: Readonly<Record<string, string>> = {
  md: '.md',
  csv: '.csv',
  json: '.json',
  pdf: '.pdf',
  docx: '.docx',
  xlsx: '.xlsx',
};

export function placed(parsed: ParsedDocument, spans: readonly Span[]) {
  const placeOf = placeFinder(parsed.text, parsed.sections, parsed.units);
  return spans.map((span) => ({ ...span, place: placeOf(span.start) }));
}

export function countsOf(spans: readonly Span[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of spans) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** What is personal in a document, hidden parts as well, with the place of each finding. */
export function findInDocument(deps: Deps, redactor: ProjectRedactor, given: GivenDocument) {
  return withAlone(deps, given, async ({ worker, path }) => {
    const parsed = await parseWhole(worker, path);
    const { spans } = await redactor.scan(parsed.text);
    return {
      kind: parsed.kind,
      chars: parsed.text.length,
      pages: parsed.sections.length,
      findings: placed(parsed, spans),
      counts: countsOf(spans),
      warnings: parsed.warnings,
    };
  });
}

/** The text of a document as a reader shows it, redacted. */
export function redactedText(deps: Deps, redactor: ProjectRedactor, given: GivenDocument) {
  return withAlone(deps, given, async ({ worker, path }) => {
    const parsed = await worker.call('doc.parse', { path, maxChars: MAX_CHARS });
    if (parsed.truncated) throw tooLong();
    const { text, replacements, counts } = await redactor.redactText(parsed.text);
    const spans = replacements.map(({ span }) => span);
    const findings = placed(parsed, spans);
    return answer(parsed, Buffer.from(text), '.txt', {
      findings,
      counts,
      warnings: parsed.warnings,
    });
  });
}

/** A copy of a document in which everything found is gone, hidden parts as well. */
export function redactedCopy(deps: Deps, redactor: ProjectRedactor, given: GivenDocument) {
  return withAlone(deps, given, async (document) => {
    const first = await parseWhole(document.worker, document.path);
    const ending = SAME_KIND[first.kind] ?? '.txt';
    const warnings = new Set(first.warnings);
    const found: Replacement[] = (await redactor.redactText(first.text)).replacements;
    let source = { path: document.path, parsed: first };
    let replacements = found;
    for (let round = 1; ; round += 1) {
      const path = `out/copy-${round}${ending}`;
      for (const line of await writeCopy(document, source, path, replacements)) warnings.add(line);
      const parsed = await parseWhole(document.worker, path);
      replacements = (await redactor.redactText(parsed.text)).replacements;
      if (replacements.length === 0) {
        const spans = found.map(({ span }) => span);
        return answer(first, document.written(`copy-${round}${ending}`), ending, {
          findings: placed(first, spans),
          counts: countsOf(spans),
          warnings: [...warnings],
        });
      }
      if (round === MAX_ROUNDS) throw unsettled(replacements);
      source = { path, parsed };
    }
  });
}

async function writeCopy(
  { worker }: AloneDocument,
  { path, parsed }: { path: string; parsed: ParsedDocument },
  to: string,
  found: readonly Replacement[],
): Promise<string[]> {
  const done = await worker.call('doc.redact', {
    path,
    to,
    hidden: true,
    textSha256: createHash('sha256').update(parsed.text, 'utf8').digest('hex'),
    replacements: everywhere(parsed.text, found),
  });
  return done.warnings;
}

function answer(
  { kind }: ParsedDocument,
  bytes: Buffer,
  ending: string,
  rest: { findings: ReturnType<typeof placed>; counts: Record<string, number>; warnings: string[] },
) {
  return {
    kind,
    ending,
    base64: bytes.toString('base64'),
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...rest,
  };
}

function tooLong(): AkiosError {
  return new AkiosError('TOO_LARGE', `The document holds more than ${MAX_CHARS} characters.`);
}

function unsettled(left: readonly Replacement[]): AkiosError {
  const types = left.map(({ span }) => span.type);
  return new AkiosError(
    'REDACTION_FAILED',
    `The copy still held personal data after ${MAX_ROUNDS} rounds (${[...new Set(types)].join(', ')}).`,
    { hint: 'No copy was made. `akios protect redact FILE` gives its text without personal data.' },
  );
}
