import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { StepView } from '../../../shared/contract/runs.ts';
import { printable, printableLines } from '../../../shared/domain/printable.ts';
import { markerOf } from '../../../shared/redaction/marker.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { bytes, count, duration } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { CommandLine } from '../../ui/notice.tsx';
import { FullTime } from '../../ui/time.tsx';
import { stepLook } from './look.ts';
import s from './run.module.css';

interface StepDetailProps {
  step: StepView;
  run: string;
  onClose(): void;
}

/** Why a step was decided as it was, what it did, and where that is recorded. */
export function StepDetail({ step, run, onClose }: StepDetailProps) {
  const t = useT();
  const look = stepLook(step);
  const types = Object.entries(step.redacted).filter(([, n]) => n > 0);
  const sentence = step.error?.message ?? step.verdict?.reason;
  return (
    <aside className={cx(k.side, k.scroll)} aria-label={printable(step.name)} data-region="side">
      <div className={k.sect}>
        <Glyph name={look.glyph} tone={look.tone} />
        <h2 className={k.ell}>{printable(step.name)}</h2>
        <span className={k.sub}>{t(look.word)}</span>
        <span className={k.sp} />
        <IconButton label={t('action.close')} onPress={onClose}>
          <X size={16} strokeWidth={1.5} />
        </IconButton>
      </div>
      <div className={s.detail}>
        {sentence !== undefined && <p>{printable(sentence)}</p>}
        {step.error?.hint !== undefined && <p className={k.muted}>{printable(step.error.hint)}</p>}
        <Facts step={step} />
      </div>
      {types.length > 0 && (
        <Section title={t('run.step.redacted')}>
          <div className={s.types}>
            {types.map(([type, n]) => (
              <span key={type}>
                <span className={k.tok}>{markerOf(type)}</span> {count(n)}
              </span>
            ))}
          </div>
        </Section>
      )}
      {step.output !== undefined && (
        <Section title={t('run.step.output')}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long output scrolls by keys */}
          <div className={cx(k.well, s.output)} tabIndex={0}>
            {printableLines(step.output)}
          </div>
        </Section>
      )}
      {(step.state === 'denied' || step.state === 'failed') && (
        <Section title={t('run.step.next')}>
          <div className={s.detail}>
            <CommandLine command={`akios logs --run ${run}`} />
          </div>
        </Section>
      )}
    </aside>
  );
}

const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <>
    <div className={cx(k.sect, k.rule)}>
      <h2>{title}</h2>
    </div>
    {children}
  </>
);

function Facts({ step }: { step: StepView }) {
  const t = useT();
  const rows: [string, ReactNode][] = [[t('run.step.agent'), `${step.agent} ${step.action}`]];
  if (step.target !== undefined) {
    rows.push([
      t('run.step.target'),
      <span key="t" className={k.m11}>
        {printable(step.target)}
      </span>,
    ]);
  }
  if (step.verdict !== null) {
    rows.push([
      t('run.step.rule'),
      <span key="r" className={k.m11}>
        {printable(step.verdict.rule)}
      </span>,
    ]);
    if (step.verdict.where !== undefined) {
      rows.push([
        t('run.step.where'),
        <span key="w" className={k.m11}>
          {printable(step.verdict.where)}
        </span>,
      ]);
    }
    if (step.error !== undefined) rows.push([t('run.step.reason'), printable(step.verdict.reason)]);
  }
  if (step.startedAt !== null)
    rows.push([t('run.step.started'), <FullTime key="s" iso={step.startedAt} />]);
  if (step.ms !== null) rows.push([t('run.step.took'), duration(step.ms)]);
  if (step.attempts > 1) rows.push([t('run.step.attempts'), count(step.attempts)]);
  if (step.resources?.cpuMs != null) rows.push([t('run.step.cpu'), duration(step.resources.cpuMs)]);
  if (step.resources?.maxRssBytes != null)
    rows.push([t('run.step.rss'), bytes(step.resources.maxRssBytes)]);
  if (step.records.length > 0) {
    rows.push([
      t('run.step.records'),
      step.records.slice(-4).map((seq) => (
        <div key={seq}>
          <Link to="/audit" search={{ seq }}>
            {t('run.step.record', { seq: count(seq) })}
          </Link>
        </div>
      )),
    ]);
  }
  return (
    <dl className={k.kv}>
      {rows.map(([label, value]) => (
        <Row key={label} label={label} value={value} />
      ))}
    </dl>
  );
}

const Row = ({ label, value }: { label: string; value: ReactNode }) => (
  <>
    <dt>{label}</dt>
    <dd>{value}</dd>
  </>
);
