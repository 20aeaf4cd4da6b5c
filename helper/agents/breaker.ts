import { AkiosError } from '../../shared/domain/errors.ts';

export interface BreakerSettings {
  /** Failures in a row that open it. */
  failures: number;
  /** How long it stays open before one trial call is let through. */
  openMs: number;
  /** Monotonic milliseconds. */
  now: () => number;
}

/**
 * Stops calling a service that keeps failing: closed, open (calls refused at once), half-open (one
 * trial decides). One per provider or webhook host, for the life of the helper.
 */
export class CircuitBreaker {
  private readonly name: string;
  private readonly settings: BreakerSettings;
  private failed = 0;
  private openedAt: number | null = null;
  private trial = false;

  constructor(name: string, settings: BreakerSettings) {
    this.name = name;
    this.settings = settings;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.openedAt === null) return 'closed';
    return this.settings.now() - this.openedAt >= this.settings.openMs ? 'half-open' : 'open';
  }

  /** @throws AkiosError PROVIDER_UNAVAILABLE while open, or while the one trial is under way */
  admit(): void {
    const state = this.state;
    if (state === 'closed') return;
    if (state === 'half-open' && !this.trial) {
      this.trial = true;
      return;
    }
    const left = this.settings.openMs - (this.settings.now() - (this.openedAt ?? 0));
    const wait = Math.max(1, Math.ceil(left / 1000));
    throw new AkiosError(
      'PROVIDER_UNAVAILABLE',
      `${this.name} keeps failing and is not called for now.`,
      {
        hint: `It is tried again in ${wait} s. Choose another provider or wait.`,
        details: { provider: this.name, breaker: 'open' },
      },
    );
  }

  succeed(): void {
    this.failed = 0;
    this.openedAt = null;
    this.trial = false;
  }

  fail(): void {
    this.failed += 1;
    if (this.trial || this.failed >= this.settings.failures) this.openedAt = this.settings.now();
    this.trial = false;
  }

  /** A call that ended without saying anything about the service (cancelled, refused by us). */
  release(): void {
    this.trial = false;
  }
}
