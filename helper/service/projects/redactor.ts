import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Detection, Redacted, Span } from '../../../shared/redaction/span.ts';
import type { Config } from '../../core/config/fields.ts';
import {
  createDetector,
  type Detector,
  type DetectorPolicy,
  redactFully,
  redactFullyAsync,
} from '../../core/pii/detector.ts';
import type { RedactOptions } from '../../core/pii/redact.ts';
import { detectorWithCustom } from '../../engine/pii/custom-detector.ts';
import type { Part, PartResult } from '../../engine/pii/jobs.ts';
import { askPlugged, type PluggedOptions } from '../../engine/pii/plugged.ts';
import { createDetectorPool, type DetectorPool } from '../../engine/pii/pool.ts';
import type { TextRedactor } from '../../engine/port.ts';
import { backendsOf, detectorPolicyOf } from './detectors.ts';

/** What is long is read beside the event loop, in a process of its own, with a deadline. */
export interface ProjectRedactor extends TextRedactor {
  scan(text: string): Promise<Detection>;
  /** Several texts in one turn; answers in their order. */
  scanAll(texts: readonly string[]): Promise<Detection[]>;
  /** By every detector, for texts of any length. */
  redactText(text: string): Promise<Redacted>;
  /** A stretch of a text that is too long to be held whole. */
  part(part: Part): Promise<PartResult>;
  dispose(): Promise<void>;
}

export interface RedactorPorts {
  /** Where detectors of the kind `module` lie. */
  modulesDir: string;
  /** Called with the name of an optional detector that failed. */
  onSkipped(name: string): void;
}

/** Shorter texts are read at once: about two milliseconds of the event loop. */
const LONG = 8192;
/** So much is read in place by custom patterns: their checks bound one attempt, not a text. */
const CUSTOM_IN_PLACE = 65_536;
const NO_PORTS: RedactorPorts = { modulesDir: '', onSkipped: () => undefined };

/** The detectors under the settings of a project. `hash` markers are stable for one opening only. */
export function projectRedactor(
  config: Config | null,
  ports: RedactorPorts = NO_PORTS,
): ProjectRedactor {
  return new Redaction(config, ports);
}

class Redaction implements ProjectRedactor {
  readonly plugged: boolean;
  readonly #policy: DetectorPolicy;
  readonly #custom: boolean;
  readonly #builtin: Detector;
  /** Built-in and custom patterns, in place. */
  readonly #detector: Detector;
  readonly #asked: PluggedOptions;
  readonly #options: RedactOptions;
  #pool: DetectorPool | null = null;

  constructor(config: Config | null, ports: RedactorPorts) {
    this.#policy = detectorPolicyOf(config);
    this.#custom = (this.#policy.customPatterns ?? []).length > 0;
    const markers = (this.#policy.customPatterns ?? []).map((pattern) => pattern.type);
    this.#builtin = createDetector({ ...this.#policy, customPatterns: [], markers });
    this.#detector = this.#custom ? detectorWithCustom(this.#policy) : this.#builtin;
    this.#asked = { backends: backendsOf(config, ports.modulesDir), onSkipped: ports.onSkipped };
    this.plugged = this.#asked.backends.length > 0;
    this.#options = { strategy: config?.redaction_strategy ?? 'mask', key: randomBytes(32) };
  }

  redact(text: string, label?: string): Redacted {
    if (this.#custom && text.length > CUSTOM_IN_PLACE) {
      throw new AkiosError('REDACTION_FAILED', 'The text is too long to be read at once.', {
        hint: 'Custom patterns read at most 65,536 characters of such a text.',
      });
    }
    return labelled((value) => this.#detector.detect(value).spans, text, label, this.#options);
  }

  async prepare(texts: readonly string[]): Promise<TextRedactor> {
    const long = new Map<string, Redacted>();
    const short = new Set<string>();
    for (const text of texts) {
      if (text.length <= LONG) short.add(text);
      else if (!long.has(text)) long.set(text, await this.redactText(text));
    }
    if (long.size === 0 && !this.#custom && !this.plugged) return this;
    const known = await this.#findings([...short]);
    const find = (value: string): readonly Span[] => [
      ...this.#builtin.detect(value).spans,
      ...(known.get(value) ?? []),
    ];
    return {
      plugged: this.plugged,
      prepare: (more) => this.prepare(more),
      redact: (text, label) => long.get(text) ?? labelled(find, text, label, this.#options),
    };
  }

  async scan(text: string): Promise<Detection> {
    const [found] = await this.scanAll([text]);
    if (found === undefined) throw new AkiosError('REDACTION_FAILED', 'The scan gave no answer.');
    return found;
  }

  async scanAll(texts: readonly string[]): Promise<Detection[]> {
    const units = texts.reduce((sum, text) => sum + text.length, 0);
    const beside = units > LONG || this.#custom;
    const [own, more] = await Promise.all([
      beside ? this.#workers().detectAll(texts) : texts.map((text) => this.#builtin.detect(text)),
      askPlugged(texts, this.#asked),
    ]);
    return own.map((detection, i) => {
      const others = more.get(texts[i] ?? '');
      if (others === undefined) return detection;
      return { spans: union([...detection.spans, ...others]), complete: true };
    });
  }

  async redactText(text: string): Promise<Redacted> {
    if (this.plugged) return redactFullyAsync((t) => this.scan(t), text, this.#options);
    if (text.length > LONG || this.#custom) return this.#workers().redact(text, this.#options);
    return this.#builtin.redact(text, this.#options);
  }

  part(part: Part): Promise<PartResult> {
    if (!this.plugged) return this.#workers().part(part, this.#options);
    return Promise.reject(
      new AkiosError('TOO_LARGE', 'A text in parts cannot be shown to the detectors plugged in.', {
        hint: 'Cut the file, or scan it outside the project.',
      }),
    );
  }

  async dispose(): Promise<void> {
    await this.#pool?.dispose();
    this.#pool = null;
  }

  #workers(): DetectorPool {
    this.#pool ??= createDetectorPool(this.#policy, workerEntry());
    return this.#pool;
  }

  /** What custom patterns and plugged-in detectors find in short texts. */
  async #findings(texts: readonly string[]): Promise<Map<string, Span[]>> {
    const [own, known] = await Promise.all([
      this.#custom ? this.#workers().detectAll(texts) : [],
      askPlugged(texts, this.#asked),
    ]);
    for (const [i, { spans }] of own.entries()) {
      const text = texts[i] ?? '';
      known.set(text, [...spans, ...(known.get(text) ?? [])]);
    }
    return known;
  }
}

/** The key or column a value stands under is evidence, as if it were written before it. */
function labelled(
  find: (text: string) => readonly Span[],
  text: string,
  label: string | undefined,
  options: RedactOptions,
): Redacted {
  const prefix = label === undefined ? '' : `${label}: `;
  const detect = (value: string): Detection => {
    const under = prefix === '' ? [] : afterPrefix(find(prefix + value), prefix.length);
    return { spans: union([...under, ...find(value)]), complete: true };
  };
  return redactFully(detect, text, options);
}

function afterPrefix(spans: readonly Span[], length: number): Span[] {
  return spans
    .filter((span) => span.end > length)
    .map((span) => ({
      ...span,
      start: Math.max(0, span.start - length),
      end: span.end - length,
    }));
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
