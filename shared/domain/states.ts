export const ROLES = ['viewer', 'analyst', 'developer', 'approver', 'compliance', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const RUN_STATES = [
  'pending',
  'running',
  'waiting_approval',
  'paused',
  'succeeded',
  'failed',
  'denied',
  'rolling_back',
  'rolled_back',
  'rollback_incomplete',
  'killed',
  'unknown',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const RUN_END_STATES: ReadonlySet<RunState> = new Set<RunState>([
  'succeeded',
  'failed',
  'denied',
  'rolled_back',
  'rollback_incomplete',
  'killed',
  'unknown',
]);

export const STEP_STATES = [
  'pending',
  'running',
  'succeeded',
  'failed',
  'denied',
  'skipped',
  'killed',
  'unknown',
] as const;
export type StepState = (typeof STEP_STATES)[number];

export const CAGE_STATES = [
  'down',
  'raising',
  'up',
  'degraded',
  'lowering',
  'blocked',
  'unknown',
] as const;
export type CageState = (typeof CAGE_STATES)[number];

export const POSTURES = ['ACTIVE', 'RELAXED (DEV)', 'CUSTOM', 'DOWN', 'UNKNOWN'] as const;
export type Posture = (typeof POSTURES)[number];

export const CAGE_LEVELS = ['full', 'strong', 'refuse', 'unknown'] as const;
export type CageLevel = (typeof CAGE_LEVELS)[number];

export const LEVEL_LABEL: Record<CageLevel, string> = {
  full: 'Full (kernel-hard)',
  strong: 'Strong (policy-based)',
  refuse: 'Refused',
  unknown: 'Unknown',
};

export const GATE_KINDS = ['fs', 'net', 'exec', 'tool', 'llm', 'secret'] as const;
export type GateKind = (typeof GATE_KINDS)[number];

export const DECISIONS = ['allow', 'ask', 'deny'] as const;
export type Decision = (typeof DECISIONS)[number];

export const ABLATIONS = ['no-pii', 'no-audit', 'no-budget'] as const;
export type Ablation = (typeof ABLATIONS)[number];

export const REVERSIBILITY = ['full', 'partial', 'none'] as const;
export type Reversibility = (typeof REVERSIBILITY)[number];
