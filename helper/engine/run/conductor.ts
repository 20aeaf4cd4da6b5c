import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { countStep } from '../../core/budget/loop.ts';
import { evaluateCondition } from '../../core/workflow/conditions.ts';
import { fillText, forEachItems, interpolate } from '../../core/workflow/interpolate.ts';
import type {
  ActionStep,
  ApproveRule,
  HookCommand,
  Scope,
  Step,
  StepOutcome,
} from '../../core/workflow/model.ts';
import { forEachOutput, groupOutput } from '../../core/workflow/outputs.ts';
import { scopeFor, textOfOutput } from '../../core/workflow/reference.ts';
import type { StoredStep } from '../../store/runs/port.ts';
import { escapeControl } from '../redaction.ts';
import { type EffectPorts, loopLimits, performWish, type Wish } from './effects.ts';
import { aborts, asAkios, loopError } from './errors.ts';
import type { RunGraph } from './graph.ts';
import { iso } from './live-run.ts';
import { askPerson } from './people.ts';
import { runGraph } from './scheduler.ts';

const PREVIEW_CHARS = 4_096;
const HOOK_PART = 'hook';

/** Conducts the steps of one run; what a run has left behind is asked of it for compensation. */
export class Conductor {
  /** Per graph, what its references can see. */
  readonly seen = new Map<RunGraph, { outcomes: Map<number, StepOutcome>; context: JsonObject }>();
  private readonly ports: EffectPorts;

  constructor(ports: EffectPorts) {
    this.ports = ports;
  }

  /** Runs all that has not ended. Throws the AkiosError that ends the run. */
  async run(graph: RunGraph, context: JsonObject): Promise<Map<number, StepOutcome>> {
    const outcomes = this.restored(graph);
    this.seen.set(graph, { outcomes, context });
    await runGraph(graph, context, outcomes, (g, step, known, ctx) =>
      this.step(g, step, known, ctx),
    );
    return outcomes;
  }

  private restored(graph: RunGraph): Map<number, StepOutcome> {
    const outcomes = new Map<number, StepOutcome>();
    for (const step of graph.workflow.steps) {
      const stored = this.ports.run.step(graph.base + step.index);
      if (stored.status === null) continue;
      outcomes.set(step.index, {
        index: step.index,
        name: step.name,
        status: stored.status,
        output: stored.output ?? {},
      });
    }
    return outcomes;
  }

  private async step(
    graph: RunGraph,
    step: Step,
    outcomes: ReadonlyMap<number, StepOutcome>,
    context: JsonObject,
  ): Promise<StepOutcome> {
    const { run } = this.ports;
    const stored = run.step(graph.base + step.index);
    const { name } = stored.view;
    try {
      await run.gate();
      const looping = countStep(run.loop, loopLimits(run), run.clock.monotonic());
      if (looping) throw loopError(looping);
      this.begin(stored);
      await this.trace(graph, name, 'step.start');
      const scope = scopeFor(graph.workflow.steps, step, outcomes, context);
      if (step.condition !== null && !evaluateCondition(step.condition, scope)) {
        run.line('run', `${name}: skipped, its condition is not met`, stored.view.index);
        await this.trace(graph, name, 'step.end', 'skipped');
        return this.finish(stored, step, 'skipped', {});
      }
      const output = await this.act(graph, step, stored, name, scope, outcomes);
      await this.trace(graph, name, 'step.end', 'success');
      return this.finish(stored, step, 'success', output);
    } catch (thrown) {
      return this.failed(stored, step, name, thrown);
    }
  }

  /** `audit_level: full` records the steps themselves, too, not only what they do. */
  private async trace(graph: RunGraph, name: string, type: string, status = 'ok'): Promise<void> {
    const { run } = this.ports;
    if (graph.workflow.auditLevel !== 'full' || run.ablations.includes('no-audit')) return;
    const { seq } = await run.project.ledger.append({
      type,
      actor: run.record.principal,
      subject: name.slice(0, 1000),
      run: run.id,
      step: name.slice(0, 200),
      result: { status },
    });
    run.countRecords([seq]);
  }

  private begin(stored: StoredStep): void {
    const { run } = this.ports;
    stored.view.state = 'running';
    stored.view.startedAt ??= iso(run.clock.now());
    run.saveStep(stored);
  }

  private async act(
    graph: RunGraph,
    step: Step,
    stored: StoredStep,
    name: string,
    scope: Scope,
    outcomes: ReadonlyMap<number, StepOutcome>,
  ): Promise<JsonObject> {
    switch (step.kind) {
      case 'parallel':
        return groupOutput(step.children.flatMap((child) => outcomes.get(child) ?? []));
      case 'approval':
        return await this.approve(step.approve, name, scope, {});
      case 'workflow': {
        if (step.approve) await this.approve(step.approve, name, scope, { path: step.path });
        return await this.subWorkflow(graph, step.index, interpolate(step.parameters, scope));
      }
      default: {
        if (step.approve) await this.approve(step.approve, name, scope, step.parameters);
        await this.hook(graph.workflow.hooks.beforeStep, stored, name, 'before');
        const output = await this.action(step, stored, name, scope);
        await this.hook(graph.workflow.hooks.afterStep, stored, name, 'after');
        return output;
      }
    }
  }

  private async subWorkflow(
    graph: RunGraph,
    index: number,
    context: JsonObject,
  ): Promise<JsonObject> {
    const child = graph.children.get(index);
    if (!child) throw new AkiosError('INTERNAL', 'A sub-workflow was not read at the start.');
    const outcomes = await this.run(child, context);
    const done = [...outcomes.values()].filter((outcome) => outcome.status === 'success');
    const last = done.at(-1);
    return {
      text: last ? textOfOutput(last.output) : '',
      steps: Object.fromEntries(done.map((outcome) => [outcome.name, outcome.output])),
    };
  }

  private async action(
    step: ActionStep,
    stored: StoredStep,
    name: string,
    scope: Scope,
  ): Promise<JsonObject> {
    if (!step.forEach) return await performWish(this.ports, wishOf(step, stored, name, scope, '0'));
    const { forEach } = step;
    const items = forEachItems(forEach.items, forEach.max, scope);
    const outputs: JsonObject[] = [];
    let next = 0;
    let stop = false;
    const lane = async (): Promise<void> => {
      while (!stop && next < items.length) {
        const index = next;
        next += 1;
        const item = { name: forEach.as, value: items[index] as Json, index };
        outputs[index] = await this.item(step, stored, name, { ...scope, item });
      }
    };
    const lanes = Array.from({ length: Math.min(forEach.concurrency, items.length) }, () =>
      lane().catch((error: unknown) => {
        stop = true;
        throw error;
      }),
    );
    const ends = await Promise.allSettled(lanes);
    const bad = ends.find((end) => end.status === 'rejected');
    if (bad) throw bad.reason;
    return forEachOutput(outputs);
  }

  /** Items that ended before an interruption are not done again. */
  private async item(
    step: ActionStep,
    stored: StoredStep,
    name: string,
    scope: Scope,
  ): Promise<JsonObject> {
    const key = String(scope.item?.index ?? 0);
    const known = stored.items[key];
    if (known !== undefined) return known as JsonObject;
    const output = await performWish(this.ports, wishOf(step, stored, name, scope, key));
    this.ports.run.saveItem(stored, key, output);
    return output;
  }

  private async approve(
    rule: ApproveRule,
    name: string,
    scope: Scope,
    about: JsonObject,
  ): Promise<JsonObject> {
    const { run, engine } = this.ports;
    const answer = await askPerson(run, engine.approver, {
      step: name,
      kind: 'step',
      message: fillText(rule.message, scope),
      digest: run.project.ledger.argsDigest({ run: run.id, step: name, about }),
      rule: 'workflow.approve',
      timeoutMs: rule.timeoutMs,
    });
    if (answer.granted) return { approved: true, by: answer.by };
    run.signal.throwIfAborted();
    throw new AkiosError('DENIED', `${name} was not approved: ${answer.reason ?? 'refused'}.`, {
      hint: 'Answer the question in the console or with `akios approvals` while the run waits.',
    });
  }

  private async hook(
    hook: HookCommand | null,
    stored: StoredStep,
    name: string,
    when: 'before' | 'after',
  ): Promise<void> {
    if (!hook) return;
    await performWish(this.ports, {
      stored,
      name: `${name} (${when})`,
      part: `${HOOK_PART}-${when}`,
      agent: 'tool_executor',
      action: 'run',
      parameters: { command: hook.command, args: hook.args },
      config: {},
      timeoutMs: hook.timeoutMs,
      retry: null,
      idempotencyKey: null,
    }).catch((thrown: unknown) => {
      const error = asAkios(thrown);
      if (aborts(error.code)) throw error;
      // A check that could not say yes has said no, whatever on_error of the step allows.
      throw new AkiosError('DENIED', `The ${when}-step hook of ${name} failed: ${error.message}`, {
        details: { hook: hook.command.slice(0, 200), code: error.code },
      });
    });
  }

  private finish(
    stored: StoredStep,
    step: Step,
    status: 'success' | 'skipped',
    output: JsonObject,
  ): StepOutcome {
    const { run } = this.ports;
    run.flushLogs(stored.view.index);
    close(stored, run.clock.now());
    stored.view.state = status === 'success' ? 'succeeded' : 'skipped';
    stored.status = status;
    stored.output = output;
    if (status === 'success') stored.view.output = preview(output);
    run.saveStepEnd(stored);
    return { index: step.index, name: step.name, status, output };
  }

  private failed(stored: StoredStep, step: Step, name: string, thrown: unknown): StepOutcome {
    const { run } = this.ports;
    const error = run.cleanError(asAkios(run.signal.aborted ? run.signal.reason : thrown));
    if (!(thrown instanceof AkiosError)) this.ports.onBug(thrown);
    const skips = step.onError === 'skip' && !aborts(error.code) && !run.signal.aborted;
    run.flushLogs(stored.view.index);
    close(stored, run.clock.now());
    if (stored.view.state !== 'unknown') {
      stored.view.state = run.signal.aborted
        ? 'killed'
        : ['DENIED', 'NET_DENIED'].includes(error.code)
          ? 'denied'
          : 'failed';
    }
    stored.view.error = error.toValue();
    // For references the step counts as skipped: `previous_output` is what stood before it.
    stored.status = skips ? 'skipped' : stored.view.state === 'denied' ? 'denied' : 'failed';
    stored.output = {};
    run.line('run', `${name}: ${error.code}: ${error.message}`, stored.view.index);
    run.saveStepEnd(stored);
    if (!skips) throw error;
    return { index: step.index, name: step.name, status: 'skipped', output: {} };
  }
}

/** The filled-in wish of a step; `part` names the item. */
export function wishOf(
  step: ActionStep,
  stored: StoredStep,
  name: string,
  scope: Scope,
  part: string,
): Wish {
  return {
    stored,
    name,
    part,
    agent: step.agent,
    action: step.action,
    parameters: interpolate(step.parameters, scope),
    config: interpolate(step.config, scope),
    timeoutMs: step.timeoutMs,
    retry: step.retry,
    idempotencyKey: step.idempotencyKey,
  };
}

function close(stored: StoredStep, now: number): void {
  stored.view.startedAt ??= iso(now);
  stored.view.endedAt = iso(now);
  stored.view.ms = Math.max(0, now - Date.parse(stored.view.startedAt));
}

function preview(output: JsonObject): string {
  // Shown in terminals, too: what moves a cursor or turns the direction of text is made visible.
  const text = textOfOutput(output).split(/\r?\n/).map(escapeControl).join('\n');
  return text.length > PREVIEW_CHARS ? `${text.slice(0, PREVIEW_CHARS - 2)} …` : text;
}
