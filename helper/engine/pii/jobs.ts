import type { Detection, Redacted, Span } from '../../../shared/redaction/span.ts';
import type { DetectorPolicy } from '../../core/pii/policy.ts';
import type { RedactOptions } from '../../core/pii/redact.ts';
import type { StreamState } from '../../core/pii/stream.ts';

/** A stretch of a long text; what was not taken comes again in front of the next stretch. */
export interface Part {
  text: string;
  /** Of the stretch before; null for the first. */
  state: StreamState | null;
  /** No text follows: everything is taken. */
  last: boolean;
  /** Also wanted: the taken text, redacted. */
  redact: boolean;
}

export interface PartResult {
  /** Units of the text that are settled by now. */
  taken: number;
  /** Offsets count from the start of the stretch. */
  spans: Span[];
  state: StreamState;
  redacted: string | null;
  /** Canonical type -> how many were replaced. */
  counts: Record<string, number>;
}

export type Job =
  | { kind: 'detect'; texts: readonly string[] }
  | { kind: 'redact'; text: string; options: RedactOptions }
  | { kind: 'part'; part: Part; options: RedactOptions };

/** The answer to each kind of job. */
export interface Answers {
  detect: Detection[];
  redact: Redacted;
  part: PartResult;
}

/** The first message to a worker; everything after it is a request. */
export interface WorkerStart {
  policy: DetectorPolicy;
}

export interface WorkerRequest {
  id: number;
  job: Job;
}

/** An answer, or a failure without any text. */
export interface WorkerReply {
  id: number;
  answer?: unknown;
  failed?: string;
}
