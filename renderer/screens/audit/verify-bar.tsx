import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { LedgerStats } from '../../../shared/contract/audit.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { Button, CopyButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { age, count, duration, shortHash } from '../../ui/format.ts';
import { Glyph, type GlyphName, type Tone } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { ErrorView } from '../../ui/notice.tsx';
import { FullTime } from '../../ui/time.tsx';
import s from './audit.module.css';
import type { VerifyState } from './use-verify.ts';
import type { Verdict } from './verify-run.ts';

/** Read on demand: few people print a checkpoint on their first look. */
const CheckpointSheet = lazy(async () => ({
  default: (await import('./checkpoint-sheet.tsx')).CheckpointSheet,
}));

function PrintCheckpoint() {
  const t = useT();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button small onPress={() => setOpen(true)}>
        {t('checkpoint.open')}
      </Button>
      {open && (
        <Suspense>
          <CheckpointSheet onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

interface VerifyBarProps {
  state: VerifyState;
  stats: LedgerStats | undefined;
  onStart(): void;
  onStop(): void;
  onJump(seq: number): void;
  disabledReason: string | undefined;
}

interface BarLook {
  tone: Tone;
  glyph: GlyphName;
}

function look(state: VerifyState): BarLook {
  if (state.kind === 'running') return { tone: 'info', glyph: 'running' };
  if (state.kind !== 'done') return { tone: 'muted', glyph: 'notMeasured' };
  switch (state.verdict.kind) {
    case 'verified':
      return { tone: 'ok', glyph: 'up' };
    case 'unanchored':
    case 'uncovered':
      return { tone: 'warn', glyph: 'degraded' };
    case 'broken':
      return { tone: 'danger', glyph: 'blocked' };
    case 'cancelled':
    case 'unsupported':
      return { tone: 'muted', glyph: 'unknown' };
  }
}

/** The verdict over the whole ledger, computed on this side; never a bare tick. */
export function VerifyBar({
  state,
  stats,
  onStart,
  onStop,
  onJump,
  disabledReason,
}: VerifyBarProps) {
  const t = useT();
  if (state.kind === 'failed') {
    return (
      <ErrorView
        error={state.error}
        where="audit.verify"
        onRetry={onStart}
        command="akios audit verify"
      />
    );
  }
  const { tone, glyph } = look(state);
  const verdict = state.kind === 'done' ? state.verdict : null;
  return (
    <div className={cx(s.vbar, s[tone])}>
      <span className={s.word} role="status">
        <Glyph name={glyph} tone={tone} />
        <b className={k[tone]}>{verdict?.kind === 'broken' ? place(t, verdict) : t(word(state))}</b>
      </span>
      {state.kind === 'idle' && <IdleFacts stats={stats} />}
      {state.kind === 'running' && (
        <span>{t('audit.v.progress', { done: count(state.done), total: count(state.total) })}</span>
      )}
      {state.kind === 'done' && (
        <span>
          <FullTime iso={state.at} />
        </span>
      )}
      {verdict !== null && (
        <VerdictFacts verdict={verdict} ms={state.kind === 'done' ? state.ms : 0} />
      )}
      <span className={s.gap} />
      {verdict?.kind === 'broken' && (
        <Button small onPress={() => onJump(verdict.seq)}>
          {t('audit.v.goto', { seq: count(verdict.seq) })}
        </Button>
      )}
      <PrintCheckpoint />
      {state.kind === 'running' ? (
        <Button small onPress={onStop}>
          {t('audit.v.stop')}
        </Button>
      ) : (
        <Button small onPress={onStart} disabledReason={disabledReason}>
          {t(state.kind === 'idle' ? 'audit.v.start' : 'audit.v.again')}
        </Button>
      )}
    </div>
  );
}

const word = (state: VerifyState) => {
  if (state.kind === 'running') return 'audit.v.running' as const;
  if (state.kind !== 'done') return 'audit.v.idle' as const;
  return `audit.v.${state.verdict.kind}` as const;
};

type T = ReturnType<typeof useT>;
type Broken = Extract<Verdict, { kind: 'broken' }>;

const place = (t: T, v: Broken): string =>
  v.upto === null || v.upto <= v.seq
    ? t('audit.v.at', { seq: count(v.seq) })
    : t('audit.v.between', { from: count(v.seq), to: count(v.upto) });

function IdleFacts({ stats }: { stats: LedgerStats | undefined }) {
  const t = useT();
  const last = stats?.lastVerify;
  if (last == null) return <span className={k.muted}>{t('audit.v.never')}</span>;
  return (
    <span className={cx(last.ok ? k.muted : k.danger)}>
      {t(last.ok ? 'audit.v.helperOk' : 'audit.v.helperBad')} <FullTime iso={last.at} />
    </span>
  );
}

function VerdictFacts({ verdict, ms }: { verdict: Verdict; ms: number }): ReactNode {
  const t = useT();
  switch (verdict.kind) {
    case 'verified':
    case 'unanchored':
    case 'uncovered':
      return (
        <>
          <span className={s.mid}>
            {t('audit.v.leaves', { n: count(verdict.size), time: duration(ms) })}
          </span>
          <span>
            {t('bar.root')} <span className={k.mono}>{shortHash(verdict.root)}</span>
            <CopyButton text={verdict.root} what={t('what.root')} />
          </span>
          <span className={s.wide}>{tail(t, verdict)}</span>
        </>
      );
    case 'broken':
      return (
        <>
          <span className={k.mono}>{verdict.code}</span>
          <span className={k.ell}>
            {t('audit.v.expected', {
              expected: shortHash(verdict.expected, 12),
              found: verdict.found === '' ? '–' : shortHash(verdict.found, 12),
            })}
          </span>
          <span className={s.wide}>
            {verdict.good === 0
              ? t('audit.v.noneHolds')
              : t('audit.v.holds', { n: count(verdict.good - 1) })}
          </span>
        </>
      );
    case 'cancelled':
      return <span>{t('audit.v.cancelledBody', { n: count(verdict.size) })}</span>;
    case 'unsupported':
      return <span>{t('audit.v.unsupportedBody')}</span>;
  }
}

function tail(
  t: T,
  verdict: Exclude<Verdict, { kind: 'broken' | 'cancelled' | 'unsupported' }>,
): string {
  if (verdict.kind === 'uncovered') return t('audit.v.uncoveredBody');
  const open = verdict.size - verdict.sealed;
  const rest = open === 0 ? '' : ` ${t('audit.v.open', { n: open })}`;
  if (verdict.replaced !== undefined) {
    const seen = age(Date.now() - Date.parse(verdict.replaced.at));
    return t('audit.v.replaced', { size: count(verdict.replaced.size), age: seen });
  }
  if (verdict.witness === null) return t('audit.v.unanchoredBody') + rest;
  const values = {
    size: count(verdict.witness.size),
    age: age(Date.now() - Date.parse(verdict.witness.at)),
  };
  return (
    t(verdict.witness.who === 'browser' ? 'audit.v.byBrowser' : 'audit.v.byAnchor', values) + rest
  );
}
