import type { VerdictView } from '../../shared/contract/runs.ts';
import type { ErrorValue } from '../../shared/domain/errors.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Micros } from '../../shared/domain/money.ts';
import type { Ablation } from '../../shared/domain/states.ts';
import type { ActionContext, AgentAction } from '../agents/port.ts';
import type { BudgetAlert, BudgetBook } from '../core/budget/book.ts';
import type { GateCommand, GateState, OutcomeStatus } from '../core/gate/machine.ts';
import type { Actor } from '../store/ledger/port.ts';
import type { Clock, ProjectRuntime } from './port.ts';

export interface EffectRequest {
  project: ProjectRuntime;
  principal: Actor;
  run: string;
  /** Name of the step, for the ledger. */
  step: string;
  /** Unique for every try of every effect; names the reservation. */
  effect: string;
  agent: string;
  action: AgentAction;
  /** Filled-in and checked parameters, not redacted. A typed error refuses the effect. */
  bind(): JsonObject;
  context: ActionContext;
  ablations: readonly Ablation[];
  book: BudgetBook;
  /** Scopes to reserve in; the first one is the run's and is quoted in the ledger. */
  scopes: readonly string[];
  timeoutMs: number;
  /** The author vouches that doing it twice does no harm (`idempotency_key`). */
  repeatable: boolean;
  /** Asks a person about exactly this effect. */
  ask(question: { message: string; digest: string; rule: string }): Promise<boolean>;
  /** Called when money is short; true = the limit was raised, try once more. */
  onShort?(need: Micros, scope: string): Promise<boolean>;
  /** Test seam of the crash tests: called with the command about to be carried out. */
  onCommand?(command: GateCommand['do']): void;
}

export interface EffectResult {
  status: OutcomeStatus | 'denied';
  output: JsonObject | null;
  error: ErrorValue | null;
  verdict: VerdictView | null;
  target: string;
  effect: string;
  /** Doing it twice does no harm; false until it was described. */
  idempotent: boolean;
  /** Markers set on the way out and on the way in, by type. */
  counts: Record<string, number>;
  /** Never more than was reserved. */
  costMicros: Micros;
  /** What was claimed beyond that. */
  overrunMicros: Micros;
  tokensIn: number;
  tokensOut: number;
  resources: { cpuMs: number | null; maxRssBytes: number | null } | null;
  records: number[];
  alerts: BudgetAlert[];
  state: GateState;
}

/** Parts of the gate that look outward; the machine decides, this carries out. */
export interface GatePorts {
  clock: Clock;
  onBug(error: unknown): void;
}
