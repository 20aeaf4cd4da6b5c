/**
 * A finding in a text. Offsets are UTF-16 units of the original text, half open.
 * The value itself is never part of a span: it would leak into logs and ledgers.
 */
export interface Span {
  start: number;
  end: number;
  /** Canonical type, for example US_SSN (see `types.ts`). */
  type: string;
  /** For example `amex` for CREDIT_CARD. */
  subtype?: string;
  /** 0..1 */
  score: number;
  /** Which detector found it: `builtin`, or the name of a plugged-in backend. */
  source: string;
  /** Why: rule id, check digit, label seen, column header, negative words. Never the value. */
  evidence?: string[];
}

/** `complete` must be literally true, or the caller blocks the whole text. */
export interface Detection {
  spans: Span[];
  complete: true;
}

/** One replacement: where it stood in the original and where its marker stands in the output. */
export interface Replacement {
  span: Span;
  start: number;
  end: number;
  outStart: number;
  outEnd: number;
  marker: string;
}

export interface Redacted {
  text: string;
  replacements: Replacement[];
  /** Canonical type -> how many. */
  counts: Record<string, number>;
}
