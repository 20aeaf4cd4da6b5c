import type { CageBackend, ProbeReport } from '../../cage/port.ts';

/** A proof older than this is none. */
export const PROOF_LIFE_MS = 11 * 60_000;
/** Probes run again this often while anything relies on them. */
export const PROBE_EVERY_MS = 5 * 60_000;

/** Keeps the newest probe report of the back end; callers that ask at once share one probing. */
export class Prober {
  readonly #backend: CageBackend;
  #running: Promise<ProbeReport> | null = null;
  #latest: { report: ProbeReport; at: number } | null = null;

  constructor(backend: CageBackend) {
    this.#backend = backend;
  }

  /** The newest report, or null when there is none that still counts. */
  latest(): ProbeReport | null {
    if (this.#latest === null) return null;
    return performance.now() - this.#latest.at > PROOF_LIFE_MS ? null : this.#latest.report;
  }

  /** Probes now. */
  async fresh(): Promise<ProbeReport> {
    this.#running ??= this.#backend.probe().finally(() => {
      this.#running = null;
    });
    const report = await this.#running;
    this.#latest = { report, at: performance.now() };
    return report;
  }

  /** The newest report when it is younger than `maxAgeMs`, else a new one. */
  async recent(maxAgeMs: number): Promise<ProbeReport> {
    const known = this.#latest;
    if (known !== null && performance.now() - known.at < maxAgeMs) return known.report;
    return this.fresh();
  }
}
