import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useT } from '../../app/i18n/use-t.ts';
import { cx } from '../../ui/cx.ts';
import { count, shortHash } from '../../ui/format.ts';
import type { ProofCheck } from '../../workers/check-proof.ts';
import s from './proof.module.css';
import { BOX, type Box, layout, WIDTH } from './proof-layout.ts';

interface ProofTreeProps {
  seq: number;
  size: number;
  check: ProofCheck;
  /** Chosen step, 1 at the leaf. */
  step: number;
  onStep(step: number): void;
  stepHeight: number;
}

/** The way from the record to the root. Up and down walk it; only what is on the way is drawn. */
export function ProofTree({ seq, size, check, step, onStep, stepHeight }: ProofTreeProps) {
  const t = useT();
  const drawing = layout(check.steps, stepHeight);
  const last = check.steps.length;
  const onKeyDown = (e: KeyboardEvent): void => {
    const next =
      e.key === 'ArrowUp' || e.key === 'k'
        ? Math.min(step + 1, last)
        : e.key === 'ArrowDown' || e.key === 'j'
          ? Math.max(step - 1, 1)
          : null;
    if (next === null) return;
    e.preventDefault();
    onStep(next);
  };
  const onStepSeen = useRef<SVGGElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another step comes into view
  useEffect(() => {
    onStepSeen.current?.scrollIntoView({ block: 'nearest' });
  }, [step]);
  return (
    <div
      role="listbox"
      tabIndex={0}
      aria-label={t('audit.proof.label', { seq: count(seq), size: count(size) })}
      aria-activedescendant={last === 0 ? undefined : `proof-step-${step}`}
      className={s.tree}
      onKeyDown={onKeyDown}
    >
      <svg
        width={WIDTH}
        height={drawing.height}
        viewBox={`0 0 ${WIDTH} ${drawing.height}`}
        aria-hidden="true"
      >
        {drawing.steps.map((d) => (
          <g key={d.n} ref={d.n === step ? onStepSeen : null} onClick={() => onStep(d.n)}>
            <path className={s.join} d={d.join} />
            <path className={s.climb} d={d.climb} />
            <Node box={d.left} current={d.n === step && !d.left.carried} />
            <Node box={d.right} current={d.n === step && !d.right.carried} />
            <text className={s.op} x={WIDTH / 2} y={d.y + 21}>
              {d.n}
            </text>
          </g>
        ))}
        <Root check={check} size={size} y={drawing.rootY} />
      </svg>
      <Spoken check={check} step={step} />
    </div>
  );
}

/** The root the way ends in, and whether it is the signed one. */
function Root({ check, size, y }: { check: ProofCheck; size: number; y: number }) {
  const t = useT();
  return (
    <g className={cx(s.root, !check.included && s.rootBad)}>
      <rect x={(WIDTH - BOX.root) / 2} y={y} width={BOX.root} height={BOX.height} rx="3" />
      <text x={(WIDTH - BOX.root) / 2 + 8} y={y + 14} className={s.hash}>
        {shortHash(check.root ?? check.leaf, 16)}
      </text>
      <text x={(WIDTH - BOX.root) / 2 + 8} y={y + 27} className={s.range}>
        {t(check.included ? 'audit.proof.rootEqual' : 'audit.proof.rootDiffers', {
          size: count(size),
        })}
      </text>
      <g transform={`translate(${(WIDTH + BOX.root) / 2 - 24} ${y + 8.5})`}>
        <circle cx="8" cy="8" r="7" />
        <path d={check.included ? 'M4.8 8.2l2.2 2.3 4.3-4.7' : 'M5 5l6 6M11 5l-6 6'} />
      </g>
    </g>
  );
}

/** The same steps in words, for who hears the path. */
function Spoken({ check, step }: { check: ProofCheck; step: number }) {
  const t = useT();
  return check.steps.map((one, i) => (
    <div
      key={one.result.hash}
      id={`proof-step-${i + 1}`}
      role="option"
      aria-selected={i + 1 === step}
      className="visually-hidden"
    >
      {t('audit.proof.stepSpoken', {
        n: i + 1,
        side: one.carried === 'left' ? t('audit.proof.right') : t('audit.proof.left'),
        from: count(one.result.from),
        to: count(one.result.to),
      })}
    </div>
  ));
}

function Node({ box, current }: { box: Box; current: boolean }) {
  const t = useT();
  const range = box.leaf
    ? t('audit.proof.leaf', { seq: count(box.from) })
    : box.from === box.to
      ? count(box.from)
      : t('audit.proof.range', { from: count(box.from), to: count(box.to) });
  return (
    <g className={cx(box.carried ? s.own : s.given, box.leaf && s.leaf, current && s.current)}>
      <rect x={box.x} y={box.y} width={BOX.width} height={BOX.height} rx="3" />
      <text x={box.x + 7.5} y={box.y + 14} className={s.hash}>
        {shortHash(box.hash, 12)}
      </text>
      <text x={box.x + 7.5} y={box.y + 27} className={s.range}>
        {range}
      </text>
    </g>
  );
}
