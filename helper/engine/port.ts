import type { Approval } from '../../shared/contract/approvals.ts';
import type { LogLine, Plan, RunDetail, RunSummary, StepView } from '../../shared/contract/runs.ts';
import type { BudgetReport } from '../../shared/contract/system.ts';
import type { ErrorCode } from '../../shared/domain/errors.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Ablation, CageLevel } from '../../shared/domain/states.ts';
import type { Redacted } from '../../shared/redaction/span.ts';
import type { AgentRegistry } from '../agents/registry.ts';
import type { Egress } from '../cage/egress/port.ts';
import type { CageBackend } from '../cage/port.ts';
import type { CagedWorker, WorkerGrants } from '../cage/worker/port.ts';
import type { Config } from '../core/config/fields.ts';
import type { Policy } from '../core/policy/model.ts';
import type { Actor, Ledger } from '../store/ledger/port.ts';
import type { RunStore } from '../store/runs/port.ts';

/**
 * Replaces personal data by markers. `label` is the key or column a value stands under.
 * Throws REDACTION_FAILED when the scan did not complete; the caller then withholds the text.
 */
export interface TextRedactor {
  /** At once: built-in detector and custom patterns, for texts of the product itself. */
  redact(text: string, label?: string): Redacted;
  /**
   * A redactor that also knows what the plugged-in detectors found in these texts, and has read the
   * long ones beside the event loop. What leaves and what arrives goes through it. Throws
   * REDACTION_FAILED when a detector that is required did not answer in time.
   */
  prepare(texts: readonly string[]): Promise<TextRedactor>;
  /** True when `prepare` asks plugged-in detectors. */
  readonly plugged: boolean;
}

/** What is proved about the cage of a project at this moment; never what was asked for. */
export interface CageProof {
  /** True only while the cage is raised and its last probes passed for the required level. */
  proved: boolean;
  level: CageLevel;
  /** Back end and level, for ledger rows. */
  mode: string;
  features: readonly string[];
  /** Why not, when it is not proved. */
  code?: ErrorCode;
  reasons: readonly string[];
  /** Switches given when this cage was raised. */
  ablations: readonly Ablation[];
}

/** Everything the engine needs of one open project. Made by the service; the ledger stays open. */
export interface ProjectRuntime {
  id: string;
  name: string;
  /** Absolute, real path. */
  dir: string;
  config: Config;
  policy: Policy;
  /** SHA-256 (hex) of `policy.source`. */
  policyDigest: string;
  ledger: Ledger;
  redactor: TextRedactor;
  /** Made with the settings of this project. */
  agents: AgentRegistry;
  cage: CageBackend;
  egress: Egress;
  /** Synchronous, so that nothing can happen between the proof and the effect. */
  cageProof(): CageProof;
  /** Calls back once when the cage is lowered or its proof is lost. Returns unsubscribe. */
  onCageLost(listener: (reason: string) => void): () => void;
  openWorker(run: string, grants: WorkerGrants): Promise<CagedWorker>;
  secret(name: string): string | undefined;
  /** Values of the names in `env_allow`. */
  workflowEnv: Readonly<Record<string, string>>;
}

export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  /** Never goes back; milliseconds. */
  monotonic(): number;
}

export interface ApprovalAsk {
  id: string;
  project: string;
  run: string;
  step: string;
  kind: 'effect' | 'step' | 'budget';
  /** Redacted. */
  message: string;
  /** Digest of the exact action; an answer counts for nothing else. */
  digest: string;
  rule: string;
  requestedBy: string;
  expiresAt: number;
}

export interface ApprovalAnswer {
  granted: boolean;
  by: string;
  reason?: string;
  /** For kind `budget`: the new limit of the run. */
  limitMicros?: number;
}

/** Someone who can answer; the engine's own desk unless another is given. */
export interface Approver {
  /** Must settle; the engine also stops waiting at `expiresAt` and takes that as no. */
  ask(question: ApprovalAsk, signal: AbortSignal): Promise<ApprovalAnswer>;
}

export interface EnginePorts {
  version: string;
  store: RunStore;
  /** Opens or finds a project by path or id. Throws PROJECT_NOT_FOUND, CONFIG_INVALID, LEDGER_*. */
  project(ref: string): Promise<ProjectRuntime>;
  clock?: Clock;
  approver?: Approver;
  /** Date of the price table, for the budget report. */
  pricesDate?: string;
  /** Told about faults that are bugs; the text may hold data, so it never goes to a ledger. */
  onBug?: (error: unknown) => void;
  /** Uniform in [0, 1); spreads retry waits. */
  random?: () => number;
}

export type EngineEvent =
  | { kind: 'run'; project: string; run: RunSummary }
  | { kind: 'step'; project: string; run: string; step: StepView }
  | { kind: 'log'; project: string; run: string; step: number | null; line: LogLine }
  | { kind: 'budget'; project: string; budget: BudgetReport }
  | {
      kind: 'alert';
      project: string;
      run: string;
      scope: string;
      percent: number;
      spentMicros: number;
      limitMicros: number;
    };

export interface StartOptions {
  context?: JsonObject;
}

export interface RunQuery {
  limit: number;
  cursor?: string;
  /** A filter of `shared/query` over the fields of runs. */
  q?: string;
}

export interface Engine {
  /** Resolves when the run exists and its start is on the ledger; the steps go on after that. */
  start(
    project: string,
    workflowPath: string,
    principal: Actor,
    options?: StartOptions,
  ): Promise<RunSummary>;
  /** Resolves with the end of a run (at once when it has ended). */
  wait(run: string): Promise<RunSummary>;
  /** Decides and prices every step; no effect, no row. */
  plan(project: string, workflowPath: string, principal: Actor): Promise<Plan>;
  list(
    project: string,
    query: RunQuery,
  ): Promise<{ items: RunSummary[]; total: number; cursor: string | null }>;
  /** Throws RUN_NOT_FOUND. */
  get(run: string): RunDetail;
  /** The written output.json of the newest ended run. Throws NOT_FOUND. */
  latestOutput(project: string): Promise<{ run: string; path: string; output: JsonObject }>;
  /** Questions that live runs of a project wait with, oldest first. */
  approvals(project: string): Promise<Approval[]>;
  /** Answers one; the row is the run's. Throws NOT_FOUND, INPUT_INVALID. */
  answerApproval(id: string, answer: ApprovalAnswer): Approval;
  /** Writes the HTML report of an ended run beside its result. Throws CONFLICT while it is on. */
  report(run: string): Promise<{ run: string; path: string }>;
  /** Kills the run and its whole process tree; resolves when no process of it is left. */
  cancel(run: string, principal: Actor, reason?: string): Promise<RunSummary>;
  pause(run: string, principal: Actor): Promise<RunSummary>;
  resume(run: string, principal: Actor): Promise<RunSummary>;
  /** Panic: stops every live run (of one project, or all). */
  stopAll(
    principal: Actor,
    options?: { project?: string; reason?: string },
  ): Promise<{ stopped: { run: string; project: string; ms: number }[]; ms: number }>;
  live(project?: string): RunSummary[];
  budget(project: string): Promise<BudgetReport>;
  subscribe(listener: (event: EngineEvent) => void): () => void;
  /**
   * Call once per project after its ledger is open and before any run: closes open intents as
   * unknown, and marks interrupted runs as unknown or as paused when they can go on.
   */
  recover(
    project: string,
  ): Promise<{ closedIntents: number; unknown: string[]; resumable: string[] }>;
  /** Stops all runs; afterwards `start` is refused. */
  dispose(): Promise<void>;
}
