import type { JsonObject } from '../../../shared/domain/json.ts';
import { forEachItems, interpolate } from '../../core/workflow/interpolate.ts';
import type { ActionStep, Compensation, Scope } from '../../core/workflow/model.ts';
import { scopeFor } from '../../core/workflow/reference.ts';
import type { StoredStep } from '../../store/runs/port.ts';
import type { Conductor } from './conductor.ts';
import { type EffectPorts, performWish } from './effects.ts';
import { asAkios } from './errors.ts';
import { allSteps, type RunGraph } from './graph.ts';

export interface Rollback {
  undone: string[];
  /** What stays done, each with the reason. */
  remaining: string[];
}

interface Done {
  graph: RunGraph;
  step: ActionStep;
  stored: StoredStep;
  name: string;
  undo: Compensation;
}

/** True when the run left something that its workflow knows how to undo. */
export function hasCompensation(ports: EffectPorts): boolean {
  return doneSteps(ports).length > 0;
}

/**
 * Undoes the finished steps, newest first. A step whose undoing fails stays on the list of what
 * remains, and so does a step whose effect is in doubt: nobody can undo what may not have happened.
 */
export async function compensate(ports: EffectPorts, conductor: Conductor): Promise<Rollback> {
  const { run } = ports;
  const rollback: Rollback = { undone: [], remaining: [] };
  for (const { step, index } of allSteps(run.graph)) {
    const { view } = run.step(index);
    if (step.kind === 'action' && view.state === 'unknown') {
      rollback.remaining.push(`${view.name} (it is unknown whether it happened)`);
    }
  }
  for (const done of doneSteps(ports)) {
    try {
      for (const { scope, part } of scopesOf(conductor, done)) {
        await performWish(ports, {
          stored: done.stored,
          name: `${done.name} (undo)`,
          part: `undo-${part}`,
          agent: done.undo.agent,
          action: done.undo.action,
          parameters: interpolate(done.undo.parameters, scope),
          config: interpolate(done.undo.config, scope),
          timeoutMs: done.step.timeoutMs,
          retry: null,
          idempotencyKey: null,
        });
      }
      rollback.undone.push(done.name);
      run.line('run', `${done.name}: undone`, done.stored.view.index);
    } catch (thrown) {
      const error = asAkios(thrown);
      rollback.remaining.push(`${done.name} (${error.code})`);
      run.line(
        'run',
        `${done.name}: not undone, ${error.code}: ${error.message}`,
        done.stored.view.index,
      );
    }
  }
  return rollback;
}

function doneSteps(ports: EffectPorts): Done[] {
  const { run } = ports;
  const done: Done[] = [];
  for (const { graph, step, index } of allSteps(run.graph)) {
    if (step.kind !== 'action' || !step.compensate || graph.workflow.compensation === 'none')
      continue;
    const stored = run.step(index);
    // Part of a for_each counts: each finished item is undone.
    const happened = stored.status === 'success' || Object.keys(stored.items).length > 0;
    if (!happened) continue;
    done.push({ graph, step, stored, name: stored.view.name, undo: step.compensate });
  }
  return done.sort((a, b) => {
    const [later, earlier] = [b.stored.view, a.stored.view];
    const byTime = (later.endedAt ?? '').localeCompare(earlier.endedAt ?? '');
    return byTime || later.index - earlier.index;
  });
}

function scopesOf(conductor: Conductor, done: Done): { scope: Scope; part: string }[] {
  const seen = conductor.seen.get(done.graph);
  const context: JsonObject = seen?.context ?? {};
  const outcomes = seen?.outcomes ?? new Map();
  const scope = scopeFor(done.graph.workflow.steps, done.step, outcomes, context);
  const { forEach } = done.step;
  if (!forEach) return [{ scope, part: '0' }];
  const items = forEachItems(forEach.items, forEach.max, scope);
  return Object.keys(done.stored.items)
    .map(Number)
    .sort((a, b) => b - a)
    .map((index) => ({
      scope: { ...scope, item: { name: forEach.as, value: items[index] ?? null, index } },
      part: String(index),
    }));
}
