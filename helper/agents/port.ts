import type * as z from 'zod';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Micros } from '../../shared/domain/money.ts';
import type { GateKind, Reversibility } from '../../shared/domain/states.ts';
import type { Egress, EgressPolicy } from '../cage/egress/port.ts';
import type { CageBackend, CageLimits } from '../cage/port.ts';
import type { CagedWorker } from '../cage/worker/port.ts';

/** What the gate decides on, before anything happens. */
export interface EffectDescription {
  gate: GateKind;
  /** read, write, get, complete, run ... */
  action: string;
  /** Canonical: project path, `host:port`, resolved program path, `provider/model`. */
  target: string;
  /** Other names of the target (links, the real file); a rule that restricts one of them holds. */
  otherNames?: readonly string[];
  reversibility: Reversibility;
  idempotent: boolean;
  sideEffects: string;
  /** Worst case and estimates; absent = costs nothing. Unknown prices throw PRICE_UNKNOWN. */
  cost?: { low: Micros; likely: Micros; high: Micros };
  tokens?: { input: number; maxOutput: number };
  /** What a person should know about it; shown with the plan. */
  note?: string;
}

export interface ActionContext {
  run: string;
  step: string;
  projectDir: string;
  /** data/output/<run>, project relative. */
  outputDir: string;
  worker: CagedWorker;
  cage: CageBackend;
  limits: CageLimits;
  egress: Egress;
  egressPolicy: EgressPolicy;
  signal: AbortSignal;
  /** Secrets stay in the helper; undefined when not set. */
  secret(name: string): string | undefined;
  /** Raw text; the engine redacts, escapes and stores it. */
  log(stream: 'stdout' | 'stderr', text: string): void;
}

export interface ActionResult {
  /** Every string in it is redacted by the gate before anyone sees it. */
  output: JsonObject;
  /** Absent or no sane amount = the reserved worst case. */
  costMicros?: Micros;
  /** What the other side claims beyond the worst case that its bounds allow. */
  overrunMicros?: Micros;
  tokensIn?: number;
  tokensOut?: number;
  resources?: { cpuMs: number | null; maxRssBytes: number | null };
}

/** One action of one agent. Pure but for `perform`, which only the gate runner calls. */
export interface AgentAction<P extends JsonObject = JsonObject> {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Strict schema of parameters merged with config; unknown keys are refused. */
  readonly params: z.ZodType<P>;
  /**
   * Keys that address (path, url, command, model) and are not rewritten by redaction. If one of
   * them holds personal data the gate denies the effect instead of changing its meaning.
   */
  readonly addressing: readonly (keyof P & string)[];
  describe(params: P): EffectDescription;
  /** `params` arrive with every other string already redacted. */
  perform(params: P, context: ActionContext): Promise<ActionResult>;
}

export interface Agent {
  readonly name: string;
  readonly actions: readonly AgentAction[];
}
