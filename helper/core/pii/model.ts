/** What a type specification is made of, and what the scanners hand to each other. */

/**
 * A check on a candidate value. `false` rejects it; `true` accepts; a string accepts and names
 * the sub-type. Checks are pure and linear in the value.
 */
export type Check = (value: string) => boolean | string;

export interface Rule {
  /** Stable id shown as evidence. */
  id: string;
  /** Sticky pattern of the value alone. Bounded repeats only. */
  re: RegExp;
  /**
   * Shape of the leading alphanumeric run (`d3`, `a2d6`, `d2a1+`) at which the pattern is tried
   * without any cue. Absent: the rule is tried only where a label points.
   */
  start?: RegExp;
  /** Shortest and longest leading run (with `start`): what the pattern cannot match is not tried. */
  run?: readonly [number, number];
  /** Characters one of which stands after the leading run (with `start`), `run` likewise. */
  follow?: string;
  /**
   * Fewest digits of a value (with `start`): a run with fewer of them in reach is not tried. Most
   * words and numbers of running text stand alone, and this tells so without a pattern.
   */
  digits?: number;
  /** Score without any cue (default 0: never reported alone). */
  base?: number;
  /** Score when a label, key or header points straight at the value (default 0.92). */
  direct?: number;
  /** Score when a label stands near in prose (default 0.72; 0: never). */
  near?: number;
  /** The part of a match that is the value, where what follows may be a word of the sentence. */
  cut?: (value: string) => string;
  check?: Check;
  /** A bare number, which counts only below a column or key that says the measure (`health/bare.ts`). */
  bare?: boolean;
  /** True when `check` verifies a check digit, so the evidence may say so. */
  digit?: boolean;
}

export interface TypeSpec {
  type: string;
  rules: readonly Rule[];
}

/** Label phrases by type, `;`-separated, lower case without accents. */
export type LabelSource = Readonly<
  Record<
    string,
    {
      labels: string;
      /** Labels that count only before a separator, as a key, or as a column header. */
      fields?: string;
    }
  >
>;

export interface Candidate {
  start: number;
  end: number;
  type: string;
  subtype?: string | undefined;
  score: number;
  checked: boolean;
  evidence: string[];
}

export const CUE_LABEL = 1;
/** A word that names a number of many kinds: the text before it decides (`context/topic.ts`). */
export const CUE_WEAK = 2;
export const CUE_NEGATIVE = 3;
/** A label of some other field: it ends the reach of the label before it. */
export const CUE_NEUTRAL = 4;
/** A word that is a label only as a field name. */
export const CUE_FIELD = 5;

export interface LabelMeaning {
  type: string;
  cue: number;
}

/** A label phrase found in a text. */
export interface LabelHit {
  start: number;
  end: number;
  /** First and last token index. */
  first: number;
  last: number;
  meanings: readonly LabelMeaning[];
  /** Bits of the cues of its meanings: most labels are passed over by these alone. */
  cues: number;
}
