/** What a policy may change about detection. Everything is optional; the default finds all types. */
import { AkiosError } from '../../../shared/domain/errors.ts';
import { TYPE_NAME, TYPES } from '../../../shared/redaction/types.ts';

export type Strategy = 'mask' | 'hash' | 'remove' | 'partial';

export interface CustomPattern {
  /** Marker word and span type, capitals, digits and `_`. */
  type: string;
  /** JavaScript regular expression source without flags; checked by `checkPattern`. */
  pattern: string;
  caseInsensitive?: boolean;
  score?: number;
  /** Words one of which must stand near the value. */
  contextKeywords?: readonly string[];
}

export interface DetectorPolicy {
  /** Lowest score that is reported (default 0.5), and exceptions by type. */
  threshold?: number;
  thresholds?: Readonly<Record<string, number>>;
  /** Types that are not reported at all (default none). */
  disabledTypes?: readonly string[];
  /** Exact values that may pass, compared without case and outer space. */
  allowValues?: readonly string[];
  /** By type: words one of which must stand near the value, or the value is not reported. */
  contextKeywords?: Readonly<Record<string, readonly string[]>>;
  /** Run by the engine in a worker with a deadline; the core refuses to run them in process. */
  customPatterns?: readonly CustomPattern[];
  /** Types that something beside this detector reports: their markers are markers. */
  markers?: readonly string[];
}

export interface ResolvedPolicy {
  thresholdOf(type: string): number;
  disabled: ReadonlySet<string>;
  allowed: ReadonlySet<string>;
  keywords: ReadonlyMap<string, readonly string[]>;
  /** Words of markers that are not of the built-in types. */
  markers: ReadonlySet<string>;
}

export const DEFAULT_THRESHOLD = 0.5;

function invalid(message: string, where: string): never {
  throw new AkiosError('POLICY_INVALID', message, { where });
}

function checkScore(value: number, where: string): void {
  if (!(value >= 0 && value <= 1)) invalid('A threshold is a number from 0 to 1.', where);
}

const KNOWN = new Set(TYPES.map((info) => info.type));

function checkType(type: string, where: string): void {
  if (!TYPE_NAME.test(type)) invalid(`\`${type}\` is not a type name.`, where);
  if (!KNOWN.has(type)) invalid(`\`${type}\` is not a type the detector knows.`, where);
}

/** Normal form of values for comparison. */
export function foldValue(value: string): string {
  return value.normalize('NFKC').trim().toLowerCase();
}

/** Checks a policy and fills the defaults; throws POLICY_INVALID with the field. */
export function resolvePolicy(policy: DetectorPolicy = {}): ResolvedPolicy {
  const base = policy.threshold ?? DEFAULT_THRESHOLD;
  checkScore(base, 'threshold');
  const perType = new Map(Object.entries(policy.thresholds ?? {}));
  for (const [type, value] of perType) {
    checkType(type, `thresholds.${type}`);
    checkScore(value, `thresholds.${type}`);
  }
  for (const type of policy.disabledTypes ?? []) checkType(type, 'disabledTypes');
  const keywords = new Map<string, readonly string[]>();
  for (const [type, words] of Object.entries(policy.contextKeywords ?? {})) {
    checkType(type, `contextKeywords.${type}`);
    if (words.length > 0) keywords.set(type, words.map(foldValue));
  }
  return {
    thresholdOf: (type) => perType.get(type) ?? base,
    disabled: new Set(policy.disabledTypes ?? []),
    allowed: new Set((policy.allowValues ?? []).map(foldValue)),
    keywords,
    markers: new Set([
      ...(policy.markers ?? []),
      ...(policy.customPatterns ?? []).map((pattern) => pattern.type),
    ]),
  };
}
