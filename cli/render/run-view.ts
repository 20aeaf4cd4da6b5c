import type { ConsoleEvent } from '../../shared/contract/events.ts';
import type { RunDetail, RunSummary, StepView } from '../../shared/contract/runs.ts';
import type { Io } from '../io.ts';
import { msText } from './table.ts';

const GLYPH: Record<StepView['state'], string> = {
  pending: '.',
  running: '>',
  succeeded: '+',
  failed: 'x',
  denied: '!',
  skipped: '-',
  killed: 'x',
  unknown: '?',
};

/** Steps as they happen: redrawn in place on a terminal, one line per change otherwise. */
export class RunView {
  readonly #io: Io;
  readonly #quiet: boolean;
  readonly #steps = new Map<number, StepView>();
  readonly #shown = new Map<number, string>();
  #drawn = 0;
  #last: RunSummary['state'] | null = null;

  constructor(io: Io, quiet: boolean) {
    this.#io = io;
    this.#quiet = quiet;
  }

  begin(run: RunSummary): void {
    if (!this.#quiet) this.#io.out(`${run.workflow} (${run.id}), ${run.stepsTotal} steps`);
  }

  apply(run: string, event: ConsoleEvent): void {
    if (this.#quiet) return;
    if (event.kind === 'step' && event.run === run) {
      this.#steps.set(event.step.index, event.step);
      if (this.#io.interactive) this.#redraw();
      else this.#line(event.step);
    }
    const runs = event.kind === 'snapshot' ? event.runs : event.kind === 'run' ? [event.run] : [];
    for (const one of runs) if (one.id === run) this.#state(one);
    if (
      event.kind === 'log' &&
      event.run === run &&
      !this.#io.interactive &&
      event.line.stream !== 'gate'
    ) {
      this.#io.err(`    ${event.line.text}`);
    }
  }

  /** Steps that ended before the event stream was open are shown from the run itself. */
  finish(run: RunDetail): void {
    for (const step of run.steps) this.apply(run.id, { kind: 'step', n: 0, run: run.id, step });
  }

  close(): void {
    this.#drawn = 0;
  }

  /** What a person has to do for the run to go on. */
  #state(run: RunSummary): void {
    if (run.state === this.#last) return;
    this.#last = run.state;
    if (run.state === 'waiting_approval') this.#note('waits for a person: akios approvals');
    if (run.state === 'paused') this.#note(`is paused: akios run resume ${run.id}`);
  }

  #note(text: string): void {
    this.#io.out(`  ? ${text}`);
    this.#drawn = 0;
  }

  #line(step: StepView): void {
    if (step.state === 'pending' || this.#shown.get(step.index) === step.state) return;
    this.#shown.set(step.index, step.state);
    this.#io.out(textOf(step));
  }

  #redraw(): void {
    const lines = [...this.#steps.values()].sort((a, b) => a.index - b.index).map(textOf);
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : '';
    this.#io.raw(`${up}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }
}

function textOf(step: StepView): string {
  const redacted = Object.values(step.redacted).reduce((sum, n) => sum + n, 0);
  const notes = [
    step.ms === null ? '' : msText(step.ms),
    redacted > 0 ? `${redacted} redacted` : '',
    step.error === undefined ? '' : step.error.message,
  ].filter((note) => note !== '');
  const target = step.target === undefined ? '' : ` ${step.target}`;
  return `  ${GLYPH[step.state]} ${step.index} ${step.name}: ${step.agent} ${step.action}${target} ${step.state}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}
