import type { CageEnd, CageLimits, CageSpec } from '../port.ts';
import type { RunSupport, Usage } from './caged-process.ts';
import type { Host } from './host.ts';
import type { RunFacts } from './launch/assemble-launch.ts';

/** Everything around one run that is not the run itself. */
export function surround(spec: CageSpec, host: Host): RunSupport & RunFacts {
  return new Surroundings(spec, host);
}

class Surroundings implements RunSupport, RunFacts {
  readonly limits: CageLimits;
  readonly user: number | null;
  readonly leaf: string | null = null;
  readonly hardMemory = false;
  readonly #host: Host;

  constructor(spec: CageSpec, host: Host) {
    this.#host = host;
    this.limits = spec.limits;
    this.user = host.identities?.take() ?? null;
  }

  watch(_pid: number, _end: (end: CageEnd, detail: string) => void): { stop(): Promise<Usage> } {
    return { stop: async () => ({ cpuMs: null, maxRssBytes: null }) };
  }

  killTree(): void {
    // Process 1 of the pid namespace takes the tree with it.
  }

  async evidence(): Promise<{ end: CageEnd; detail: string } | null> {
    return null;
  }

  async release(): Promise<void> {
    if (this.user !== null) this.#host.identities?.free(this.user);
  }
}
