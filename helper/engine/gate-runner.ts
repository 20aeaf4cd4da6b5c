import type { VerdictView } from '../../shared/contract/runs.ts';
import { AkiosError, type ErrorCode, type ErrorValue } from '../../shared/domain/errors.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { MAX_MICROS, micros } from '../../shared/domain/money.ts';
import type { ActionContext, ActionResult, EffectDescription } from '../agents/port.ts';
import type { BudgetAlert } from '../core/budget/book.ts';
import {
  type GateCommand,
  type GateEvent,
  type GateState,
  type OutcomeStatus,
  propose,
  type SettleBasis,
  step,
} from '../core/gate/machine.ts';
import { decide } from '../core/policy/decide.ts';
import type { EventDraft } from '../store/ledger/port.ts';
import {
  costOf,
  errorOf,
  isDoubtful,
  messageFor,
  overrunOf,
  performBounded,
} from './gate-effect.ts';
import {
  cancelled,
  cleanErrorFully,
  messageOf,
  notProved,
  refuseTooManyTokens,
  safeTarget,
  shortOfMoney,
} from './gate-errors.ts';
import { EffectRecorder, type RowFacts } from './gate-record.ts';
import type { EffectRequest, EffectResult, GatePorts } from './gate-types.ts';
import {
  addCounts,
  type CleanResult,
  redactJsonFully,
  redactOutbound,
  wellFormed,
} from './redaction.ts';
import { SecretKeeper } from './secrets.ts';

/**
 * Takes one effect through the gate. Never throws for a refused or failed effect: the result says
 * what happened, and the ledger holds it. A throw is a bug and the caller ends the run.
 */
export async function runEffect(ports: GatePorts, request: EffectRequest): Promise<EffectResult> {
  return await new EffectRun(ports, request).drive();
}

class EffectRun {
  private readonly ports: GatePorts;
  private readonly request: EffectRequest;
  private readonly secrets: SecretKeeper;
  private readonly off: { pii: boolean; audit: boolean; budget: boolean };
  private readonly recorder: EffectRecorder;
  private state: GateState;
  private params: JsonObject | null = null;
  private what: EffectDescription | null = null;
  private outbound: CleanResult | null = null;
  private verdict: VerdictView | null = null;
  private digest = '';
  private reserved = micros(0);
  private spentBefore = 0;
  private intentSeq: number | null = null;
  private startedAt = 0;
  private result: ActionResult | null = null;
  private output: JsonObject | null = null;
  private error: AkiosError | null = null;
  private inCounts: Record<string, number> = {};
  private charged = micros(0);
  private overrun = micros(0);
  private readonly records: number[] = [];
  private alerts: BudgetAlert[] = [];

  constructor(ports: GatePorts, request: EffectRequest) {
    this.ports = ports;
    this.request = request;
    this.secrets = new SecretKeeper(request.context.secret);
    this.off = {
      pii: request.ablations.includes('no-pii'),
      audit: request.ablations.includes('no-audit'),
      budget: request.ablations.includes('no-budget'),
    };
    this.recorder = new EffectRecorder(request);
    this.state = propose(this.off).state;
  }

  async drive(): Promise<EffectResult> {
    let { state, command } = propose(this.off);
    while (command.do !== 'deliver' && command.do !== 'stop') {
      this.request.onCommand?.(command.do);
      // Not awaited where the answer is at hand: the proof of the cage and the begin of the
      // effect happen in one turn.
      const answer: GateEvent | Promise<GateEvent> = this.answer(command);
      const event: GateEvent = answer instanceof Promise ? await answer : answer;
      ({ state, command } = step(state, event));
      this.state = state;
    }
    return this.finish(command);
  }

  private answer(command: GateCommand): GateEvent | Promise<GateEvent> {
    switch (command.do) {
      case 'decide':
        return this.decide();
      case 'ask':
        return this.askPerson();
      case 'reserve':
        return this.reserve();
      case 'redact-out':
        return this.redactOut();
      case 'write-intent':
        return this.writeIntent();
      case 'prove-cage':
        return this.proveCage();
      case 'perform':
        return this.perform();
      case 'redact-in':
        return this.redactIn();
      case 'settle':
        return this.settle(command.basis);
      case 'write-outcome':
        return this.writeOutcome(command.status);
      case 'write-denied':
        return this.writeDenied(command.code);
      default:
        throw new AkiosError('INTERNAL', `The gate cannot carry out "${command.do}".`);
    }
  }

  private decide(): GateEvent {
    const { request } = this;
    try {
      this.params = wellFormed(request.bind());
      this.what = request.action.describe(this.params);
      this.digest = request.project.ledger.argsDigest({
        agent: request.agent,
        action: request.action.name,
        params: this.params,
      });
      if (request.context.signal.aborted) throw cancelled();
      refuseTooManyTokens(this.what, request.project.config);
      const verdict = decide(request.project.policy, {
        principal: `${request.principal.type}:${request.principal.id}`,
        project: request.project.id,
        run: request.run,
        step: request.step,
        agent: request.agent,
        gate: this.what.gate,
        action: this.what.action,
        target: this.what.target,
        ...(this.what.otherNames ? { otherNames: this.what.otherNames } : {}),
        reversibility: this.what.reversibility,
      });
      this.verdict = verdict;
      if (verdict.decision === 'deny') {
        this.error = new AkiosError('DENIED', verdict.reason, {
          where: verdict.where,
          details: { rule: verdict.rule },
          hint: `Rule ${verdict.rule} decided. \`akios run WORKFLOW --plan\` shows every decision without doing anything.`,
        });
      }
      return { on: 'decided', decision: verdict.decision };
    } catch (error) {
      return { on: 'fault', code: this.keep(error) };
    }
  }

  private async askPerson(): Promise<GateEvent> {
    try {
      const clean = await this.cleanOutbound();
      const granted = await this.request.ask({
        message: messageFor(this.request.agent, this.description(), clean.value),
        digest: this.digest,
        rule: this.verdict?.rule ?? '',
      });
      if (!granted) {
        this.error = new AkiosError('DENIED', 'A person had to agree, and nobody did.', {
          where: this.verdict?.where ?? 'policy',
          hint: 'Answer the question in the console or with `akios approvals`, then run again.',
        });
      }
      return { on: 'answered', granted };
    } catch (error) {
      return { on: 'fault', code: this.keep(error) };
    }
  }

  private async reserve(): Promise<GateEvent> {
    const need = this.description().cost?.high ?? micros(0);
    if (this.off.budget) return { on: 'held', ok: true };
    try {
      const { book, scopes, effect, onShort } = this.request;
      this.spentBefore = book.totals(scopes[0] ?? '')?.spent ?? 0;
      let answer = book.reserve(effect, need, scopes);
      if (!answer.ok && onShort && (await onShort(need, answer.scope))) {
        answer = book.reserve(effect, need, scopes);
      }
      if (answer.ok) {
        this.reserved = need;
        return { on: 'held', ok: true };
      }
      this.error = shortOfMoney(answer);
      return { on: 'held', ok: false, code: 'BUDGET_EXCEEDED' };
    } catch (error) {
      return { on: 'held', ok: false, code: this.keep(error) };
    }
  }

  /** After redaction the effect must still be the one that was decided, and still be paid for. */
  private async redactOut(): Promise<GateEvent> {
    try {
      const { action, book, effect } = this.request;
      const clean = await this.cleanOutbound();
      const before = this.description();
      const after = action.describe(clean.value);
      if (
        after.gate !== before.gate ||
        after.action !== before.action ||
        after.target !== before.target ||
        after.reversibility !== before.reversibility
      ) {
        throw new AkiosError('DENIED', 'Redaction would change what this effect does.', {
          hint: 'Take the personal data out of the parameter that names the target.',
        });
      }
      if (!this.off.budget && after.cost && after.cost.high > this.reserved) {
        const more = book.extend(effect, after.cost.high);
        if (!more.ok) throw shortOfMoney(more);
        this.reserved = after.cost.high;
      }
      return { on: 'cleaned-out', ok: true };
    } catch (error) {
      return { on: 'cleaned-out', ok: false, code: this.keep(error) };
    }
  }

  private async cleanOutbound(): Promise<CleanResult> {
    if (this.outbound) return this.outbound;
    const params = this.params ?? {};
    this.outbound = this.off.pii
      ? { value: params, counts: {} }
      : await redactOutbound(this.request.project.redactor, params, this.request.action.addressing);
    return this.outbound;
  }

  private async writeIntent(): Promise<GateEvent> {
    const ok = await this.append(
      this.recorder.intent(this.facts(), this.outbound?.counts ?? {}, this.reserved),
    );
    if (!ok) return { on: 'intent', ok, code: this.error?.code ?? 'LEDGER_UNAVAILABLE' };
    this.intentSeq = this.records.at(-1) ?? null;
    return { on: 'intent', ok };
  }

  private proveCage(): GateEvent {
    const proof = this.request.project.cageProof();
    const stopped = this.request.context.signal.aborted;
    if (proof.proved && !stopped) return { on: 'cage', proved: true };
    const error = stopped
      ? errorOf(this.request.context.signal.reason, cancelled())
      : notProved(proof);
    return { on: 'cage', proved: false, code: this.keep(error) };
  }

  private perform(): Promise<GateEvent> {
    this.startedAt = this.ports.clock.monotonic();
    const context: ActionContext = {
      ...this.request.context,
      secret: (name) => this.secrets.take(name),
      log: (stream, text) => this.request.context.log(stream, this.secrets.scrub(text)),
    };
    const params = this.outbound?.value ?? {};
    return performBounded(this.request.action, params, context, this.request.timeoutMs).then(
      (result): GateEvent => {
        this.result = result;
        return { on: 'returned' };
      },
      (error: unknown): GateEvent => {
        const code = this.keep(error);
        const doubtful = isDoubtful(error, this.description().idempotent);
        return doubtful ? { on: 'doubtful', code } : { on: 'threw', code };
      },
    );
  }

  private async redactIn(): Promise<GateEvent> {
    try {
      const raw = this.result ? this.secrets.scrubJson(wellFormed(this.result.output)) : {};
      if (this.off.pii) {
        this.output = raw;
        return { on: 'cleaned-in', ok: true };
      }
      const clean = await redactJsonFully(this.request.project.redactor, raw);
      this.output = clean.value;
      this.inCounts = clean.counts;
      if (this.error) this.error = await this.cleanError(this.error);
      return { on: 'cleaned-in', ok: true };
    } catch (error) {
      this.output = null;
      this.error = null;
      return { on: 'cleaned-in', ok: false, code: this.keep(error) };
    }
  }

  /**
   * Says what is charged. Where an intent row waits for its outcome the money stays held until that
   * row is durable: after a crash in between, recovery charges the whole reservation.
   */
  private settle(basis: SettleBasis): GateEvent {
    const claimed = costOf(basis, this.result, this.error, this.reserved);
    const beyond = overrunOf(this.result, this.error);
    this.charged = this.off.budget ? claimed : micros(Math.min(claimed, this.reserved));
    this.overrun = micros(Math.min(MAX_MICROS, claimed - this.charged + beyond));
    if (this.state.phase === 'refusing') this.settleBook(basis === 'none');
    return { on: 'settled' };
  }

  private settleBook(free: boolean): void {
    const { book, effect } = this.request;
    if (this.off.budget) return;
    if (free) book.release(effect);
    else this.alerts = book.settle(effect, micros(this.charged + this.overrun)).alerts;
  }

  private async writeOutcome(status: OutcomeStatus): Promise<GateEvent> {
    const { clock } = this.ports;
    const ok = await this.append(
      this.recorder.outcome(this.facts(), {
        status,
        code: this.error?.code ?? null,
        ms: this.startedAt ? Math.round(clock.monotonic() - this.startedAt) : 0,
        intent: this.intentSeq,
        charged: this.charged,
        overrun: this.overrun,
        counts: this.inCounts,
        tokensIn: this.result?.tokensIn ?? 0,
        tokensOut: this.result?.tokensOut ?? 0,
      }),
    );
    if (!ok) this.charged = this.reserved;
    this.settleBook(ok && this.state.effect === 'none');
    return { on: 'outcome', ok, ...(ok || !this.error ? {} : { code: this.error.code }) };
  }

  private async writeDenied(code: ErrorCode): Promise<GateEvent> {
    const refusal = this.error;
    const ok = await this.append(this.recorder.denied(this.facts(), await this.safeTarget(), code));
    if (ok) this.error = refusal;
    return { on: 'denied-row', ok, ...(ok || !this.error ? {} : { code: this.error.code }) };
  }

  /** Writes a row; false (with `error` set) when it is not durable. Nothing without the audit. */
  private async append(row: EventDraft): Promise<boolean> {
    if (this.off.audit) return true;
    try {
      this.records.push((await this.request.project.ledger.append(row)).seq);
      return true;
    } catch (error) {
      this.keep(error);
      return false;
    }
  }

  private facts(): RowFacts {
    return {
      what: this.what,
      verdict: this.verdict,
      digest: this.digest,
      spentBefore: this.spentBefore,
    };
  }

  private async finish(command: GateCommand): Promise<EffectResult> {
    const delivered = command.do === 'deliver';
    const refused = this.state.phase === 'refused';
    const code = command.do === 'stop' ? command.code : null;
    return {
      status: refused ? 'denied' : delivered ? 'ok' : this.endStatus(),
      output: delivered ? this.output : null,
      error: code === null ? null : await this.errorValue(code),
      verdict: this.verdict,
      target: await this.safeTarget(),
      effect: this.request.effect,
      idempotent: this.what?.idempotent ?? false,
      counts: this.allCounts(),
      costMicros: this.charged,
      overrunMicros: this.overrun,
      tokensIn: this.result?.tokensIn ?? 0,
      tokensOut: this.result?.tokensOut ?? 0,
      resources: this.result?.resources ?? null,
      records: this.records,
      alerts: this.alerts,
      state: this.state,
    };
  }

  private endStatus(): OutcomeStatus {
    if (this.state.phase === 'unrecorded' || this.state.effect === 'doubtful') return 'unknown';
    if (this.state.effect === 'none') return 'not-performed';
    return this.state.inbound === 'failed' ? 'withheld' : 'failed';
  }

  private async errorValue(code: ErrorCode): Promise<ErrorValue> {
    if (!this.error || this.error.code !== code)
      return new AkiosError(code, messageOf(code)).toValue();
    try {
      return (await this.cleanError(this.error)).toValue();
    } catch (error) {
      // A message that cannot be scanned is replaced by a fixed one.
      if (!(error instanceof AkiosError)) this.ports.onBug(error);
      return new AkiosError(code, messageOf(code)).toValue();
    }
  }

  private cleanError(error: AkiosError): Promise<AkiosError> {
    const redactor = this.off.pii ? null : this.request.project.redactor;
    return cleanErrorFully(error, redactor, (text) => this.secrets.scrub(text));
  }

  private safeTarget(): Promise<string> {
    const { redactor } = this.request.project;
    return safeTarget(this.request, this.what?.target ?? null, this.off.pii ? null : redactor);
  }

  private allCounts(): Record<string, number> {
    const counts: Record<string, number> = {};
    addCounts(counts, this.state.intent === 'ok' ? (this.outbound?.counts ?? {}) : {});
    addCounts(counts, this.inCounts);
    return counts;
  }

  private description(): EffectDescription {
    if (!this.what) throw new AkiosError('INTERNAL', 'The gate went on without a description.');
    return this.what;
  }

  private keep(error: unknown): ErrorCode {
    if (!(error instanceof AkiosError)) this.ports.onBug(error);
    this.error = errorOf(error, new AkiosError('INTERNAL', messageOf('INTERNAL')));
    return this.error.code;
  }
}
