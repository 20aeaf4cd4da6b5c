import type { Decision, GateKind, Reversibility } from '../../../shared/domain/states.ts';

/** What a verdict is asked for. All strings are canonical; a target that is not is denied. */
export interface PolicyRequest {
  /** `user:NAME` or `agent:NAME`. */
  principal: string;
  project: string;
  run: string;
  step: string;
  agent: string;
  gate: GateKind;
  action: string;
  /** fs: project-relative path; net: `host:port`; exec: program; llm: `provider/model`. */
  target: string;
  /**
   * Other names of the same thing, e.g. the file at the end of a link. Rules that restrict hold for
   * each of them; a rule that allows is asked about `target` alone.
   */
  otherNames?: readonly string[];
  reversibility: Reversibility;
}

export type RuleEffect = 'never' | 'deny' | 'ask' | 'allow';

export interface Rule {
  id: string;
  effect: RuleEffect;
  gate: GateKind | 'any';
  /** Absent: every action of the gate. */
  actions?: readonly string[];
  matches(request: PolicyRequest): boolean;
  reason: string;
  /** `file:line:col`, or `built in`. */
  where: string;
}

export interface Policy {
  rules: readonly Rule[];
  /** Part of every ledger row that quotes a verdict. */
  id: string;
  version: string;
  /** Canonical text the digest is taken of; same text, same rules. */
  source: string;
}

export interface Verdict {
  decision: Decision;
  rule: string;
  where: string;
  reason: string;
}
