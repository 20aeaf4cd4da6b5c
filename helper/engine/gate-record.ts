import type { VerdictView } from '../../shared/contract/runs.ts';
import type { ErrorCode } from '../../shared/domain/errors.ts';
import type { EffectDescription } from '../agents/port.ts';
import type { OutcomeStatus } from '../core/gate/machine.ts';
import type { EventDraft } from '../store/ledger/port.ts';
import type { EffectRequest } from './gate-types.ts';

const MAX_SUBJECT = 1000;

/** What the rows of one effect have in common. */
export interface RowFacts {
  what: EffectDescription | null;
  verdict: VerdictView | null;
  digest: string;
  spentBefore: number;
}

export interface OutcomeFacts {
  status: OutcomeStatus;
  code: ErrorCode | null;
  ms: number;
  intent: number | null;
  charged: number;
  overrun: number;
  counts: Record<string, number>;
  tokensIn: number;
  tokensOut: number;
}

/** Makes the ledger rows of one effect; everything in them is redacted by its caller. */
export class EffectRecorder {
  private readonly request: EffectRequest;

  constructor(request: EffectRequest) {
    this.request = request;
  }

  intent(facts: RowFacts, counts: Record<string, number>, reserved: number): EventDraft {
    const { what } = facts;
    const proof = this.request.project.cageProof();
    return {
      ...this.base(facts, `${what?.gate ?? 'gate'}.${safeName(what?.action ?? 'effect')}`),
      subject: (what?.target ?? '').slice(0, MAX_SUBJECT),
      expects: 'outcome',
      budget: this.budget(facts, reserved),
      pii: { direction: 'out', counts },
      argsHmac: facts.digest,
      cage: { mode: proof.mode, features: [...proof.features] },
      data: {
        agent: this.request.agent,
        effect: this.request.effect,
        reversibility: what?.reversibility ?? 'none',
        idempotent: this.request.repeatable || (what?.idempotent ?? false),
        ...(what?.tokens ? { tokens_max: what.tokens.input + what.tokens.maxOutput } : {}),
      },
    };
  }

  outcome(facts: RowFacts, end: OutcomeFacts): EventDraft {
    return {
      ...this.base(facts, `${facts.what?.gate ?? 'gate'}.outcome`),
      subject: (facts.what?.target ?? '').slice(0, MAX_SUBJECT),
      ...(end.intent === null ? {} : { intent: end.intent }),
      budget: this.budget(facts, end.charged),
      pii: { direction: 'in', counts: end.counts },
      result: { status: end.status, ms: end.ms, ...(end.code ? { code: end.code } : {}) },
      data: {
        agent: this.request.agent,
        effect: this.request.effect,
        tokens_in: end.tokensIn,
        tokens_out: end.tokensOut,
        ...(end.overrun > 0 ? { overrun_micros: end.overrun } : {}),
      },
    };
  }

  denied(facts: RowFacts, target: string, code: ErrorCode): EventDraft {
    return {
      ...this.base(facts, 'gate.denied'),
      subject: target.slice(0, MAX_SUBJECT),
      ...(facts.digest ? { argsHmac: facts.digest } : {}),
      result: { status: 'denied', code },
      data: {
        agent: this.request.agent,
        action: safeName(this.request.action.name),
        effect: this.request.effect,
        gate: facts.what?.gate ?? 'none',
      },
    };
  }

  private base(facts: RowFacts, type: string): EventDraft {
    const { project, principal, run, step } = this.request;
    return {
      type,
      actor: principal,
      run,
      step: step.slice(0, 200),
      ...(facts.verdict
        ? {
            policy: {
              id: project.policy.id,
              version: project.policy.version,
              digest: project.policyDigest,
              decision: facts.verdict.decision,
              rule: facts.verdict.rule,
            },
          }
        : {}),
    };
  }

  private budget(facts: RowFacts, delta: number): { before: number; delta: number; limit: number } {
    const totals = this.request.book.totals(this.request.scopes[0] ?? '');
    return { before: facts.spentBefore, delta, limit: totals?.limit ?? 0 };
  }
}

function safeName(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, '-')
      .slice(0, 30) || 'effect'
  );
}
