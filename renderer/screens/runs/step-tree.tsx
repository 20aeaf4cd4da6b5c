import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useRef } from 'react';
import type { RunDetail, StepView } from '../../../shared/contract/runs.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useRunClock } from '../../app/live/store.ts';
import { cx } from '../../ui/cx.ts';
import { count, duration } from '../../ui/format.ts';
import { State } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { nextRow } from '../../ui/table.tsx';
import { stepLook } from './look.ts';
import s from './run.module.css';
import { axisOf, barOf, markLabels } from './waterfall.ts';

interface StepTreeProps {
  run: RunDetail;
  selected: number | null;
  onSelect(index: number): void;
}

export const redactedIn = (step: StepView): number =>
  Object.values(step.redacted).reduce((sum, n) => sum + n, 0);

/** Steps with verdict, rule, cost and time; redaction of a step stands under it in violet. */
export function StepTree({ run, selected, onSelect }: StepTreeProps) {
  const t = useT();
  const { now, silent } = useRunClock();
  const box = useRef<HTMLDivElement>(null);
  const start = Date.parse(run.startedAt);
  const total = run.ms ?? Math.max(1000, now - start);
  const axis = axisOf(total);
  const unit = axis.marks[1] ?? axis.end;
  const at = Math.max(
    0,
    run.steps.findIndex((step) => step.index === selected),
  );
  const onKeyDown = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const next = nextRow(e.key, at, run.steps.length);
    const step = next === null ? undefined : run.steps[next];
    if (next === null || step === undefined) return;
    e.preventDefault();
    onSelect(step.index);
    box.current?.querySelectorAll<HTMLElement>('[data-row]')[next]?.focus();
  };
  return (
    <div
      ref={box}
      role="treegrid"
      aria-label={t('run.col.step')}
      className={cx(k.rows, k.scroll, s.tree)}
      onKeyDown={onKeyDown}
    >
      <TreeHead axis={axis} />
      <div role="rowgroup">
        {run.steps.map((step, i) => (
          <StepRow
            key={step.index}
            step={step}
            selected={step.index === selected}
            tabbable={i === at}
            onSelect={() => onSelect(step.index)}
            bar={barOf(step, start, axis.end, run.endedAt === null ? now : Date.parse(run.endedAt))}
            grid={(unit / axis.end) * 100}
            now={now}
            silent={silent}
          />
        ))}
      </div>
    </div>
  );
}

function TreeHead({ axis }: { axis: ReturnType<typeof axisOf> }) {
  const t = useT();
  const labels = markLabels(axis.marks);
  return (
    <div role="rowgroup" className={s.treeHead}>
      <div role="row" className={cx(k.thead, s.cols)}>
        <span role="columnheader" className={s.stepHead}>
          {t('run.col.step')}
        </span>
        <span role="columnheader">{t('run.col.verdict')}</span>
        <span role="columnheader">{t('run.col.rule')}</span>
        <span role="columnheader" className={k.r}>
          {t('run.col.tokens')}
        </span>
        <span role="columnheader" className={k.r}>
          {t('run.col.cost')}
        </span>
        <span role="columnheader" className={s.axis} aria-label={t('run.col.time')}>
          {axis.marks.map((m, i) => (
            <span key={m} style={{ left: `${(m / axis.end) * 100}%` }}>
              {labels[i]}
            </span>
          ))}
        </span>
        <span role="columnheader" className={k.r}>
          {t('run.col.record')}
        </span>
      </div>
    </div>
  );
}

interface StepRowProps {
  step: StepView;
  selected: boolean;
  tabbable: boolean;
  onSelect(): void;
  bar: ReturnType<typeof barOf>;
  grid: number;
  now: number;
  silent: boolean;
}

function StepRow(props: StepRowProps) {
  const { step, selected, tabbable, onSelect, bar, grid, now, silent } = props;
  const t = useT();
  const look = stepLook(step, silent);
  const redacted = redactedIn(step);
  const ground = { backgroundSize: `${grid}% 100%` };
  const tokens = step.tokensIn + step.tokensOut > 0;
  const head = (
    <div
      role="row"
      data-row=""
      aria-level={1}
      aria-selected={selected}
      {...(redacted > 0 ? { 'aria-expanded': true } : {})}
      tabIndex={tabbable ? 0 : -1}
      className={cx(k.row, s.cols)}
      onClick={onSelect}
      onFocus={onSelect}
    >
      <span role="gridcell" className={s.name}>
        <span className={s.no}>{step.index}</span>
        <b className={k.ell} title={printable(step.name)}>
          {printable(step.name)}
        </b>
      </span>
      <span role="gridcell">
        <State name={look.glyph} tone={look.tone} strong={look.loud} toned={look.loud}>
          {t(look.word)}
        </State>
      </span>
      <span
        role="gridcell"
        className={cx(k.m11, k.muted)}
        title={printable(step.verdict?.rule ?? '')}
      >
        {printable(step.verdict?.rule ?? '')}
      </span>
      <span role="gridcell" className={cx(k.r, k.muted)}>
        {tokens ? `${count(step.tokensIn)} / ${count(step.tokensOut)}` : ''}
      </span>
      <span role="gridcell" className={k.r}>
        {step.costMicros > 0 || tokens ? formatUsd(step.costMicros, 6).replace('$', '') : ''}
      </span>
      <span role="gridcell" className={s.wf} style={ground}>
        {bar !== null && <Bar step={step} bar={bar} now={now} />}
      </span>
      <span role="gridcell" className={k.r}>
        <RecordLink seq={step.records.at(-1)} />
      </span>
    </div>
  );
  return (
    <>
      {head}
      {redacted > 0 && (
        <RedactionRow n={redacted} left={bar?.left ?? null} ground={ground} onSelect={onSelect} />
      )}
    </>
  );
}

function RecordLink({ seq }: { seq: number | undefined }) {
  if (seq === undefined) return <span className={k.faint}>–</span>;
  return (
    <Link to="/audit" search={{ seq }}>
      {count(seq)}
    </Link>
  );
}

interface RedactionRowProps {
  n: number;
  /** Where the step begins, percent of the axis. */
  left: number | null;
  ground: { backgroundSize: string };
  onSelect(): void;
}

/** What was redacted in a step, under it. */
function RedactionRow({ n, left, ground, onSelect }: RedactionRowProps) {
  const t = useT();
  return (
    <div role="row" aria-level={2} className={cx(k.row, s.cols)} onClick={onSelect}>
      <span role="gridcell" className={s.kid}>
        {t('run.kid.redact')}
      </span>
      <span role="gridcell">
        <State name="redacted" tone="redact" toned>
          {t('run.redacted', { n: count(n) })}
        </State>
      </span>
      <span role="gridcell" />
      <span role="gridcell" />
      <span role="gridcell" />
      <span role="gridcell" className={s.wf} style={ground}>
        {left !== null && (
          <i className={cx(s.bar, s.pii)} style={{ left: `${left}%`, width: '3px' }} />
        )}
      </span>
      <span role="gridcell" />
    </div>
  );
}

function Bar({
  step,
  bar,
  now,
}: {
  step: StepView;
  bar: { left: number; width: number };
  now: number;
}) {
  const t = useT();
  const running = step.endedAt === null;
  const took =
    step.ms ?? (step.startedAt === null ? 0 : Math.max(0, now - Date.parse(step.startedAt)));
  const text = running ? t('run.soFar', { time: duration(took) }) : duration(took);
  const denied = step.state === 'denied';
  // What was denied is drawn as a stop, so its words stand beside the stop.
  const end = denied ? bar.left : bar.left + bar.width;
  // The words never leave the axis: after the bar, else before it, else on it.
  const room = end <= 66 ? 'after' : bar.left >= 25 ? 'before' : 'inside';
  const place =
    room === 'after'
      ? { left: `calc(${end}% + 6px)` }
      : { right: `calc(${100 - (room === 'before' ? bar.left : end)}% + 6px)` };
  return (
    <>
      {denied ? (
        <i className={s.stop} style={{ left: `${bar.left}%` }} />
      ) : (
        <i
          className={cx(s.bar, running && s.live)}
          style={{ left: `${bar.left}%`, width: `max(3px, ${bar.width}%)` }}
        />
      )}
      <em className={cx(denied && s.deniedText)} style={place}>
        {text}
      </em>
    </>
  );
}
