/** Answers of a worker process are believed only when every offset lies where it may lie. */
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Detection, Redacted } from '../../../shared/redaction/span.ts';
import { assertDetection } from '../../core/pii/merge.ts';
import type { Part, PartResult } from './jobs.ts';

function odd(): AkiosError {
  return new AkiosError('REDACTION_FAILED', 'The text was blocked: the detector answered oddly.', {
    hint: 'Nothing was sent. Run `akios doctor` and report the fault.',
  });
}

/** One complete detection for each text, in their order. @throws AkiosError REDACTION_FAILED */
export function checkDetections(answer: unknown, texts: readonly string[]): Detection[] {
  if (!Array.isArray(answer) || answer.length !== texts.length) throw odd();
  return texts.map((text, i) => assertDetection(answer[i], text.length, 'builtin'));
}

/** @throws AkiosError REDACTION_FAILED */
export function checkRedacted(answer: unknown, source: string): Redacted {
  const { text, counts, replacements } = (answer ?? {}) as Partial<Redacted>;
  if (typeof text !== 'string' || typeof counts !== 'object' || !Array.isArray(replacements)) {
    throw odd();
  }
  let from = 0;
  let out = 0;
  for (const one of replacements) {
    const kept = one.start - from;
    const isSound =
      kept >= 0 &&
      one.end > one.start &&
      one.end <= source.length &&
      one.outStart === out + kept &&
      one.outEnd === one.outStart + one.marker.length;
    if (!isSound) throw odd();
    from = one.end;
    out = one.outEnd;
  }
  if (text.length !== out + source.length - from) throw odd();
  return { text, counts, replacements };
}

/** @throws AkiosError REDACTION_FAILED */
export function checkPart(answer: unknown, part: Part): PartResult {
  const got = (answer ?? {}) as Partial<PartResult>;
  const { taken, spans, state, redacted, counts } = got;
  if (typeof taken !== 'number' || !Number.isInteger(taken)) throw odd();
  if (taken < 0 || taken > part.text.length || (part.last && taken !== part.text.length))
    throw odd();
  if (typeof counts !== 'object' || counts === null) throw odd();
  if (typeof state?.header !== 'string' || typeof state.context !== 'string') throw odd();
  if (part.redact ? typeof redacted !== 'string' : redacted !== null) throw odd();
  assertDetection({ spans, complete: true }, taken, 'builtin');
  return got as PartResult;
}
