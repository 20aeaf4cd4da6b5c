import type { EgressPolicy } from './port.ts';

const MAX_RUNS = 10_000;

/** What one run has used of its quotas, over all its ways out. */
export class Usage {
  connections = 0;
  bytes = 0;
  readonly maxConnections: number;
  readonly maxBytes: number;

  constructor(policy: EgressPolicy) {
    this.maxConnections = policy.maxConnections;
    this.maxBytes = policy.maxBytes;
  }

  /** Counts one connection; false when the quota is used up. */
  connect(): boolean {
    if (this.connections >= this.maxConnections || this.bytes >= this.maxBytes) return false;
    this.connections += 1;
    return true;
  }

  /** Counts bytes of either direction; false once the quota is passed. */
  add(bytes: number): boolean {
    this.bytes += bytes;
    return this.bytes <= this.maxBytes;
  }
}

/** Usage by run. A run that opens a second socket or makes a request goes on with the same counts. */
export class UsageBook {
  private readonly runs = new Map<string, Usage>();

  of(policy: EgressPolicy): Usage {
    const known = this.runs.get(policy.run);
    if (known !== undefined) return known;
    const made = new Usage(policy);
    this.runs.set(policy.run, made);
    const oldest = this.runs.keys().next().value;
    if (this.runs.size > MAX_RUNS && oldest !== undefined) this.runs.delete(oldest);
    return made;
  }
}
