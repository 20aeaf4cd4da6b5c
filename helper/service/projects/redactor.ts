import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Detection, Redacted, Span } from '../../../shared/redaction/span.ts';
import type { Config } from '../../core/config/fields.ts';
import {
  createDetector,
  type Detector,
  type DetectorPolicy,
  redactFully,
} from '../../core/pii/detector.ts';
import type { RedactOptions } from '../../core/pii/redact.ts';
import { createDetectorPool, type DetectorPool } from '../../engine/pii/pool.ts';
import type { TextRedactor } from '../../engine/port.ts';

export interface ProjectRedactor extends TextRedactor {
  readonly detector: Detector;
  /** As `detector.detect`, but a long text is scanned beside the event loop, with a deadline. */
  scan(text: string): Promise<Detection>;
  dispose(): Promise<void>;
}

/** Shorter texts are scanned at once. */
const LONG = 32_768;

/** In aggressive mode weaker evidence is enough. */
const AGGRESSIVE_THRESHOLD = 0.35;

/** The detector under the settings of a project. `hash` markers are stable for one opening only. */
export function projectRedactor(config: Config | null): ProjectRedactor {
  const policy: DetectorPolicy =
    config === null
      ? {}
      : {
          contextKeywords: config.context_keywords,
          ...(config.pii_redaction_aggressive ? { threshold: AGGRESSIVE_THRESHOLD } : {}),
        };
  const detector = createDetector(policy);
  let pool: DetectorPool | null = null;
  const options: RedactOptions = {
    strategy: config?.redaction_strategy ?? 'mask',
    key: randomBytes(32),
  };
  return {
    detector,
    scan: (text) => {
      if (text.length <= LONG) return Promise.resolve(detector.detect(text));
      pool ??= createDetectorPool(policy, workerEntry());
      return pool.detect(text);
    },
    dispose: async () => {
      await pool?.dispose();
      pool = null;
    },
    redact: (text, label) =>
      label === undefined
        ? detector.redact(text, options)
        : withLabel(detector, text, label, options),
  };
}

/** The key or column a value stands under is evidence, as if it were written before it. */
function withLabel(
  detector: Detector,
  text: string,
  label: string,
  options: RedactOptions,
): Redacted {
  const prefix = `${label}: `;
  const detect = (value: string): Detection => {
    const labelled = detector
      .detect(prefix + value)
      .spans.filter((span) => span.end > prefix.length)
      .map((span) => ({
        ...span,
        start: Math.max(0, span.start - prefix.length),
        end: span.end - prefix.length,
      }));
    return { spans: union([...labelled, ...detector.detect(value).spans]), complete: true };
  };
  return redactFully(detect, text, options);
}

/** Overlapping findings become one span that covers both; the one that begins first names it. */
function union(found: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const span of found.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1);
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end);
    else spans.push({ ...span });
  }
  return spans;
}

/** The built worker lies beside the built helper; from sources the pool finds its own. */
function workerEntry(): { entry?: URL } {
  const built = join(import.meta.dirname, 'pii-worker.mjs');
  return existsSync(built) ? { entry: pathToFileURL(built) } : {};
}
