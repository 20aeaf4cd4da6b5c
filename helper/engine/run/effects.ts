import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import type { ActionContext, AgentAction } from '../../agents/port.ts';
import { bindParameters } from '../../agents/registry.ts';
import { countAnswer, countCall, type LoopLimits } from '../../core/budget/loop.ts';
import { backoffMs } from '../../core/workflow/fields.ts';
import type { RetryPolicy } from '../../core/workflow/model.ts';
import type { StoredStep } from '../../store/runs/port.ts';
import { overrunError } from '../gate-errors.ts';
import { runEffect } from '../gate-runner.ts';
import type { EffectResult } from '../gate-types.ts';
import { dayOf } from '../money.ts';
import type { EnginePorts } from '../port.ts';
import { countTotal } from '../redaction.ts';
import { loopError, worthRetrying } from './errors.ts';
import { type LiveRun, mergeCounts } from './live-run.ts';
import { askForMoney, askPerson } from './people.ts';
import { egressPolicyOf, limitsOf, type RunResources } from './resources.ts';

/** One effect a step wants; for_each, hooks and compensation make several of them. */
export interface Wish {
  stored: StoredStep;
  /** Name for the ledger, for example `outer/inner (before)`. */
  name: string;
  /** Part of the effect id: item, hook or compensation. */
  part: string;
  agent: string;
  action: string;
  parameters: JsonObject;
  config: JsonObject;
  timeoutMs: number;
  retry: RetryPolicy | null;
  /** Given by the author: a second try is safe even where the first is in doubt. */
  idempotencyKey: string | null;
}

export interface EffectPorts {
  engine: EnginePorts;
  run: LiveRun;
  resources: RunResources;
  random(): number;
  onBug(error: unknown): void;
  onCommand?: (command: string) => void;
}

/**
 * Performs a wish through the gate, with retries. Every try is charged and recorded by itself. A
 * try whose effect is in doubt is repeated only where a repeat does no harm.
 * @throws AkiosError of the last try
 */
export async function performWish(ports: EffectPorts, wish: Wish): Promise<JsonObject> {
  const { run } = ports;
  const action = run.project.agents.action(wish.agent, wish.action);
  const retries = wish.retry?.retries ?? 0;
  for (let attempt = 1; ; attempt += 1) {
    await run.gate();
    const result = await once(ports, wish, action, attempt);
    account(ports, wish, result);
    if (result.status === 'ok' && result.output) return result.output;
    const error = result.error
      ? AkiosError.fromValue(result.error)
      : new AkiosError('INTERNAL', 'The effect left no result.');
    const repeatable =
      result.status !== 'unknown' || result.idempotent || wish.idempotencyKey !== null;
    if (result.status === 'unknown' && !repeatable) wish.stored.view.state = 'unknown';
    const again =
      attempt <= retries && repeatable && worthRetrying(error.code) && !run.signal.aborted;
    if (!again || !wish.retry) throw error;
    const wait = backoffMs(wish.retry, attempt, ports.random());
    run.line(
      'run',
      `${wish.name}: try ${attempt} ended with ${error.code}; next in ${wait} ms`,
      wish.stored.view.index,
    );
    await sleep(wait, run.signal);
  }
}

async function once(
  ports: EffectPorts,
  wish: Wish,
  action: AgentAction,
  attempt: number,
): Promise<EffectResult> {
  const { run, engine } = ports;
  const { project } = run;
  const limits = loopLimits(run);
  const call = digestOf([wish.agent, action.name, wish.parameters, wish.config]);
  const looping = countCall(run.loop, call, limits, run.clock.monotonic());
  if (looping) throw loopError(looping);
  const scopes = run.money.scopesOf(
    {
      id: run.id,
      workflow: run.summary.workflow,
      agent: wish.agent,
      limit: run.summary.budgetMicros,
      spent: run.summary.costMicros,
    },
    project.config,
    run.clock.now(),
  );
  const result = await runEffect(
    { clock: run.clock, onBug: ports.onBug },
    {
      project,
      principal: run.record.principal,
      run: run.id,
      step: wish.name,
      effect: `${run.id}/${wish.name}#${wish.part}.${attempt}@${run.record.resumes}`,
      agent: wish.agent,
      action,
      bind: () =>
        bindParameters(
          action,
          { name: wish.name, agent: wish.agent },
          wish.parameters,
          wish.config,
        ),
      context: contextFor(ports, wish),
      ablations: run.ablations,
      book: run.money.book,
      scopes,
      timeoutMs: wish.timeoutMs,
      repeatable: wish.idempotencyKey !== null,
      ask: async (question) =>
        (await askPerson(run, engine.approver, { step: wish.name, kind: 'effect', ...question }))
          .granted,
      onShort: (need, scope) => askForMoney(run, engine.approver, wish.name, scope, need),
      ...(ports.onCommand ? { onCommand: ports.onCommand } : {}),
    },
  );
  if (result.overrunMicros > 0) {
    // Before the try is kept as known: recovery closes the budgets of one that is not.
    const closed = run.money.close(scopes, result.overrunMicros);
    account(ports, wish, result);
    throw await overrunEnd(ports, wish, result, closed);
  }
  const answer = result.output ?? result.error?.code ?? null;
  const cycling = countAnswer(run.loop, digestOf([call, answer]), limits);
  if (cycling && result.status === 'ok') {
    account(ports, wish, result);
    throw loopError(cycling);
  }
  return result;
}

/**
 * The end of a run whose call claimed more than was reserved. Others that share one of its budgets
 * are refused their next effect by the book; the claim is a row of its own.
 */
async function overrunEnd(
  ports: EffectPorts,
  wish: Wish,
  result: EffectResult,
  closed: readonly string[],
): Promise<AkiosError> {
  const { run } = ports;
  run.line(
    'gate',
    `budget: ${wish.name} claimed ${result.overrunMicros} micro-dollars beyond its worst case; closed: ${closed.join(', ')}`,
    wish.stored.view.index,
  );
  if (!run.ablations.includes('no-audit')) {
    const { seq } = await run.project.ledger.append({
      type: 'budget.overrun',
      actor: run.record.principal,
      subject: result.target.slice(0, 1000),
      run: run.id,
      step: wish.name.slice(0, 200),
      result: { status: 'stopped', code: 'BUDGET_EXCEEDED' },
      data: {
        effect: result.effect,
        charged_micros: result.costMicros,
        overrun_micros: result.overrunMicros,
        closed: closed.join(' ').slice(0, 1000),
      },
    });
    run.countRecords([seq]);
  }
  return overrunError(closed[0] ?? '', result.overrunMicros);
}

function contextFor(ports: EffectPorts, wish: Wish): ActionContext {
  const { run, resources } = ports;
  const { index } = wish.stored.view;
  return {
    run: run.id,
    step: wish.name,
    projectDir: run.project.dir,
    outputDir: run.record.outputDirectory ?? `data/output/${run.id}`,
    worker: resources.worker,
    cage: resources.cage,
    limits: limitsOf(run.project.config, wish.timeoutMs),
    egress: run.project.egress,
    egressPolicy: egressPolicyOf(run.project.config, run.id),
    signal: run.signal,
    secret: (name) => run.project.secret(name),
    log: (stream, text) => run.output(index, stream, text),
  };
}

/** Adds one try to what is shown and stored of its step. */
function account(ports: EffectPorts, wish: Wish, result: EffectResult): void {
  const { run, engine } = ports;
  const { view } = wish.stored;
  view.attempts += 1;
  view.verdict = result.verdict;
  view.target = result.target;
  view.costMicros += result.costMicros;
  view.tokensIn += result.tokensIn;
  view.tokensOut += result.tokensOut;
  view.records.push(...result.records);
  if (result.resources) view.resources = result.resources;
  mergeCounts(view, result.counts);
  run.countRecords(result.records);
  run.countRedactions(result.counts);
  if (result.status === 'denied' || isRefusal(result.error?.code)) view.denied += 1;
  run.atomically(() => store(ports, wish, result));
  if (result.costMicros > 0) run.emitBudget(engine.pricesDate ?? '');
  for (const alert of result.alerts) run.emitAlert(alert);
}

function store(ports: EffectPorts, wish: Wish, result: EffectResult): void {
  const { run, engine } = ports;
  gateLine(run, wish, result);
  if (result.costMicros > 0 || result.tokensIn > 0) {
    engine.store.spend({
      effect: result.effect,
      project: run.project.id,
      run: run.id,
      step: wish.name,
      workflow: run.summary.workflow,
      agent: wish.agent,
      model: wish.agent === 'llm' ? result.target : null,
      day: dayOf(run.clock.now()),
      micros: result.costMicros,
      tokensIn: result.tokensIn,
      tokensOut: result.tokensOut,
    });
    if (wish.agent === 'llm') run.record.model = result.target;
  }
  for (const alert of result.alerts) {
    run.line('gate', `budget ${alert.scope}: ${alert.percent} % used`, wish.stored.view.index);
  }
  run.progress(wish.stored);
}

/** Refused further down, by the egress or by the caged worker. */
function isRefusal(code: string | undefined): boolean {
  return code === 'DENIED' || code === 'NET_DENIED';
}

function gateLine(run: LiveRun, wish: Wish, result: EffectResult): void {
  const verdict = result.verdict;
  const found = countTotal(result.counts);
  const parts = [
    verdict
      ? `${verdict.decision} ${wish.agent}.${wish.action} ${result.target}`
      : `${wish.agent}.${wish.action}`,
    verdict ? `(${verdict.rule})` : '',
    found > 0 ? `${found} redacted` : '',
    result.status === 'ok' ? '' : `${result.status}: ${result.error?.code ?? ''}`,
  ];
  run.line('gate', parts.filter((part) => part !== '').join(' '), wish.stored.view.index);
}

export function loopLimits(run: LiveRun): LoopLimits {
  const { config } = run.project;
  return {
    maxSteps: config.max_steps,
    maxEffects: 10_000,
    maxIdentical: config.max_identical_calls,
    maxCycles: 10,
    wallMs: run.graph.workflow.timeoutMs ?? config.run_timeout_seconds * 1000,
  };
}

function digestOf(value: Json): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // The only way this rejects: the run was stopped. Its reason is the error to report.
    signal.throwIfAborted();
  }
}
