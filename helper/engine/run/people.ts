import { randomUUID } from 'node:crypto';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { type Micros, micros } from '../../../shared/domain/money.ts';
import type { ApprovalAnswer, ApprovalAsk, Approver } from '../port.ts';
import { redactText } from '../redaction.ts';
import type { LiveRun } from './live-run.ts';

const DEFAULT_WAIT_MS = 600_000;

export interface Question {
  step: string;
  kind: ApprovalAsk['kind'];
  message: string;
  /** Digest of exactly what would happen. */
  digest: string;
  rule: string;
  timeoutMs?: number;
}

/**
 * Asks a person and waits. No approver, no answer in time and a stopped run all mean no. Question
 * and answer are ledger rows; a question that cannot be recorded is not asked.
 */
export async function askPerson(
  run: LiveRun,
  approver: Approver | undefined,
  question: Question,
): Promise<ApprovalAnswer> {
  if (!approver) return { granted: false, by: 'nobody', reason: 'No approver is connected.' };
  const waitMs = question.timeoutMs ?? DEFAULT_WAIT_MS;
  const ask: ApprovalAsk = {
    id: randomUUID(),
    project: run.project.id,
    run: run.id,
    step: question.step,
    kind: question.kind,
    message: clean(run, question.message),
    digest: question.digest,
    rule: question.rule,
    requestedBy: run.summary.startedBy,
    expiresAt: run.clock.now() + waitMs,
  };
  await record(run, 'approval.asked', ask, { kind: ask.kind });
  const answer = await run.whileWaiting(() => waitFor(run, approver, ask, waitMs));
  await record(run, 'approval.answered', ask, {
    granted: answer.granted ? 1 : 0,
    by: answer.by.slice(0, 200),
    reason: clean(run, answer.reason ?? '').slice(0, 500),
  });
  return answer;
}

/** At the cap: a person may raise the run's own budget; every other scope stays as it is. */
export async function askForMoney(
  run: LiveRun,
  approver: Approver | undefined,
  step: string,
  scope: string,
  need: Micros,
): Promise<boolean> {
  if (run.project.config.budget_at_cap !== 'ask' || !approver || scope !== `run:${run.id}`) {
    return false;
  }
  const totals = run.money.book.totals(scope);
  const answer = await askPerson(run, approver, {
    step,
    kind: 'budget',
    message: `The next call may cost up to ${need} micro-dollars; the run has used ${totals?.spent ?? 0} of ${totals?.limit ?? 0}. Raise its budget?`,
    digest: `${scope}:${totals?.limit ?? 0}:${need}`,
    rule: 'settings.budget_at_cap',
  });
  if (!answer.granted || answer.limitMicros === undefined) return false;
  const limit = micros(answer.limitMicros);
  if (limit <= (totals?.limit ?? 0)) return false;
  run.money.book.declare({ id: scope, limit });
  run.saveRun();
  return true;
}

async function waitFor(
  run: LiveRun,
  approver: Approver,
  ask: ApprovalAsk,
  waitMs: number,
): Promise<ApprovalAnswer> {
  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  const timer = setTimeout(() => over.abort(), waitMs);
  const silence = new Promise<ApprovalAnswer>((resolve) => {
    const no = (): void => resolve({ granted: false, by: 'nobody', reason: 'No answer in time.' });
    if (signal.aborted) no();
    else signal.addEventListener('abort', no, { once: true });
  });
  try {
    return await Promise.race([approver.ask(ask, signal), silence]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

async function record(
  run: LiveRun,
  type: string,
  ask: ApprovalAsk,
  data: Record<string, string | number>,
): Promise<void> {
  if (run.ablations.includes('no-audit')) return;
  const { seq } = await run.project.ledger.append({
    type,
    actor: run.record.principal,
    subject: ask.step.slice(0, 200),
    run: run.id,
    step: ask.step.slice(0, 200),
    data: { approval: ask.id, digest: ask.digest.slice(0, 200), rule: ask.rule, ...data },
  });
  run.countRecords([seq]);
}

function clean(run: LiveRun, text: string): string {
  if (run.ablations.includes('no-pii')) return text;
  try {
    return redactText(run.project.redactor, text);
  } catch (error) {
    if (error instanceof AkiosError) return '(text withheld: the scan for personal data failed)';
    throw error;
  }
}
