import type { RunSummary, StepView } from '../../../shared/contract/runs.ts';
import { RUN_END_STATES, type RunState, type StepState } from '../../../shared/domain/states.ts';
import type { MessageId } from '../../app/i18n/en.ts';
import type { GlyphName, Tone } from '../../ui/glyph.tsx';

export interface Look {
  glyph: GlyphName;
  tone: Tone;
  word: MessageId;
  loud: boolean;
}

const look = (glyph: GlyphName, tone: Tone, word: MessageId, loud = false): Look => ({
  glyph,
  tone,
  word,
  loud,
});

const RUN: Readonly<Record<RunState, Look>> = {
  pending: look('waiting', 'faint', 'state.waiting'),
  running: look('running', 'info', 'state.running'),
  waiting_approval: look('waiting', 'warn', 'state.approval'),
  paused: look('waiting', 'muted', 'state.paused'),
  succeeded: look('allowed', 'muted', 'state.done'),
  failed: look('failed', 'danger', 'state.failed', true),
  denied: look('denied', 'danger', 'state.denied', true),
  rolling_back: look('running', 'info', 'state.rollingBack'),
  rolled_back: look('stopped', 'muted', 'state.rolledBack'),
  rollback_incomplete: look('degraded', 'warn', 'state.rollbackIncomplete', true),
  killed: look('stopped', 'danger', 'state.killed', true),
  unknown: look('unknown', 'muted', 'state.unknown', true),
};

const STEP: Readonly<Record<StepState, Look>> = {
  pending: look('waiting', 'faint', 'state.waiting'),
  running: look('running', 'info', 'state.running'),
  succeeded: look('allowed', 'muted', 'state.allowed'),
  failed: look('failed', 'danger', 'state.failed', true),
  denied: look('denied', 'danger', 'state.denied', true),
  skipped: look('none', 'faint', 'state.skipped'),
  killed: look('stopped', 'danger', 'state.killed', true),
  unknown: look('unknown', 'muted', 'state.unknown', true),
};

const BUDGET_STOP = look('stopped', 'warn', 'state.budgetStop', true);

/**
 * A run that ran out of money is told apart from one a person killed. What a silent helper said of
 * a run that had not ended is not known any more.
 */
export function runLook(run: Pick<RunSummary, 'state' | 'error'>, silent = false): Look {
  if (silent && !RUN_END_STATES.has(run.state)) return RUN.unknown;
  const stopped = run.error?.code === 'BUDGET_EXCEEDED' || run.error?.code === 'PRICE_UNKNOWN';
  return stopped ? BUDGET_STOP : RUN[run.state];
}

export function stepLook(step: Pick<StepView, 'state' | 'verdict'>, silent = false): Look {
  if (silent && step.state === 'running') return STEP.unknown;
  if (step.state === 'pending' && step.verdict?.decision === 'ask') {
    return look('waiting', 'warn', 'state.approval');
  }
  return STEP[step.state];
}
