import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { RunDetail } from '../../../shared/contract/runs.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { RUN_END_STATES } from '../../../shared/domain/states.ts';
import { mayCall, useSession } from '../../app/api-context.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useRunClock } from '../../app/live/store.ts';
import { useCommandCall } from '../../app/use-command-call.ts';
import { useTitle } from '../../app/use-title.ts';
import { Button, CopyButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { count, duration, shortRun } from '../../ui/format.ts';
import { Glyph, State } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { Loading } from '../../ui/loading.tsx';
import { ErrorView, Notice } from '../../ui/notice.tsx';
import { FullTime } from '../../ui/time.tsx';
import { LiveLog } from './live-log.tsx';
import { runLook } from './look.ts';
import s from './run.module.css';
import { StepDetail } from './step-detail.tsx';
import { StepTree } from './step-tree.tsx';
import { useRun } from './use-run.ts';

const KillDialog = lazy(() => import('./kill-dialog.tsx'));

/** One run: what each step was allowed, did, cost and hid, as it happens. */
export function Run() {
  const { run: id } = useParams({ from: '/runs/$run' });
  const t = useT();
  const { run, error, refetch } = useRun(id);
  useTitle('screen.runs', id);
  if (run === undefined) {
    return error === null ? (
      <Loading>{t('shell.loading')}</Loading>
    ) : (
      <ErrorView error={error.toValue()} where="run.get" onRetry={refetch} command="akios logs" />
    );
  }
  return <RunView key={id} run={run} />;
}

/** The step a person wants to see first: the one that was refused or failed, else none. */
export function firstCause(run: Pick<RunDetail, 'steps'>): number | null {
  return (
    run.steps.find((step) => step.state === 'failed' || step.state === 'denied')?.index ?? null
  );
}

function RunView({ run }: { run: RunDetail }) {
  const t = useT();
  const navigate = useNavigate();
  const [selected, setSelected] = useState<number | null>(() =>
    // Where the details lie over the steps they open on demand only.
    innerWidth < 1100 ? null : firstCause(run),
  );
  const [killing, setKilling] = useState(false);
  const live = !RUN_END_STATES.has(run.state);
  const step = run.steps.find((one) => one.index === selected);
  const wasLive = useRef(live);
  useEffect(() => {
    // A run that ends before one's eyes shows what ended it, unless something else is being read.
    if (wasLive.current && !live && innerWidth >= 1100)
      setSelected((old) => old ?? firstCause(run));
    wasLive.current = live;
  }, [live, run]);
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      if (e.key !== 'Escape' || document.querySelector('[role="dialog"]') !== null) return;
      if (selected !== null) setSelected(null);
      else void navigate({ to: '/runs' });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [selected, navigate]);
  return (
    <>
      <Head run={run} live={live} onKill={() => setKilling(true)} />
      <RunFacts run={run} />
      {run.error !== undefined && (
        <Notice tone={run.state === 'killed' ? 'warn' : 'danger'} glyph="failed" flat>
          <b>{printable(run.error.message)}</b> <span className={k.mono}>{run.error.code}</span>{' '}
          {printable(run.error.hint ?? '')}
        </Notice>
      )}
      <div className={s.split}>
        <div className={s.left}>
          <StepTree run={run} selected={selected} onSelect={setSelected} />
          <LiveLog lines={run.log} />
        </div>
        {step === undefined ? (
          <aside className={cx(k.side, s.noDrawer)} data-region="side">
            <p className={cx(k.muted, s.cause)}>{t('run.step.choose')}</p>
          </aside>
        ) : (
          <StepDetail step={step} run={run.id} onClose={() => setSelected(null)} />
        )}
      </div>
      <Suspense fallback={null}>
        {killing && live && <KillDialog run={run.id} onClose={() => setKilling(false)} />}
      </Suspense>
    </>
  );
}

type OnRun = (input: { run: string }) => void;

/** What can be done with a run while it is open, in the palette. */
function useRunCommands(
  run: RunDetail,
  live: boolean,
  reason: string | undefined,
  onKill: () => void,
  on: { pause: OnRun; resume: OnRun },
): void {
  const t = useT();
  const paused = run.state === 'paused';
  useCommands('run', [
    ...(live
      ? [
          {
            id: 'run.kill',
            group: 'act' as const,
            label: t('run.kill'),
            shortcut: 'Ctrl .',
            run: onKill,
            disabledReason: reason,
          },
        ]
      : []),
    ...(live && !paused
      ? [
          {
            id: 'run.pause',
            group: 'act' as const,
            label: t('run.pause'),
            run: () => on.pause({ run: run.id }),
            disabledReason: reason,
          },
        ]
      : []),
    ...(paused
      ? [
          {
            id: 'run.resume',
            group: 'act' as const,
            label: t('run.resume'),
            run: () => on.resume({ run: run.id }),
            disabledReason: reason,
          },
        ]
      : []),
  ]);
}

function Head({ run, live, onKill }: { run: RunDetail; live: boolean; onKill(): void }) {
  const t = useT();
  const { role } = useSession();
  const { now, silent } = useRunClock();
  const pause = useCommandCall('run.pause');
  const resume = useCommandCall('run.resume');
  const look = runLook(run, silent);
  const reason = mayCall(role, 'run.cancel') ? undefined : t('error.role', { role });
  const paused = run.state === 'paused';
  const took = duration(run.ms ?? Math.max(0, now - Date.parse(run.startedAt)));
  useRunCommands(run, live, reason, onKill, { pause: pause.mutate, resume: resume.mutate });
  const state = t(look.word);
  const failed = pause.error ?? resume.error;
  return (
    <>
      <div className={k.head}>
        <h1 tabIndex={-1} title={printable(run.workflow)}>
          {printable(run.workflow)}
        </h1>
        <span className={cx(k.mono, k.muted)} title={run.id}>
          {shortRun(run.id)}
        </span>
        <CopyButton text={run.id} what={t('what.run')} />
        <State name={look.glyph} tone={look.tone} strong={look.loud}>
          {live
            ? t('run.stepOf', {
                state,
                n: Math.min(run.stepsDone + 1, run.stepsTotal),
                total: run.stepsTotal,
              })
            : state}
        </State>
        <span className={k.sub}>
          {t.rich('run.startedBy', {
            time: <FullTime key="t" iso={run.startedAt} />,
            who: <bdi key="w">{printable(run.startedBy)}</bdi>,
            took,
          })}
        </span>
        <span className={k.sp} />
        {live && (
          <Button
            onPress={() => (paused ? resume : pause).mutate({ run: run.id })}
            disabledReason={reason}
            showReason={false}
          >
            {t(paused ? 'run.resume' : 'run.pause')}
          </Button>
        )}
        {live && (
          <Button kind="kill" onPress={onKill} disabledReason={reason}>
            <Glyph name="stopped" tone="inherit" size={12} />
            {t('run.kill')} <kbd>Ctrl .</kbd>
          </Button>
        )}
        {!live && <Link to="/runs">{t('run.back')}</Link>}
      </div>
      {failed !== null && <ErrorView error={failed.toValue()} where="run.pause" />}
    </>
  );
}

/** First and last ledger record of the run, as far as it and its steps know. */
export function recordRange(
  run: Pick<RunDetail, 'firstSeq' | 'lastSeq' | 'steps'>,
): [number, number] | null {
  const known = [run.firstSeq, run.lastSeq, ...run.steps.flatMap((step) => step.records)].filter(
    (seq) => seq !== null,
  );
  return known.length === 0 ? null : [Math.min(...known), Math.max(...known)];
}

function RunFacts({ run }: { run: RunDetail }) {
  const t = useT();
  const tokensIn = run.steps.reduce((sum, step) => sum + step.tokensIn, 0);
  const tokensOut = run.steps.reduce((sum, step) => sum + step.tokensOut, 0);
  const range = recordRange(run);
  const left = Math.max(0, run.budgetMicros - run.costMicros - run.reservedMicros);
  return (
    <dl className={k.facts}>
      <div>
        <dt>{t('run.fact.spent')}</dt>
        <dd className={k.strong}>{formatUsd(run.costMicros, 6)}</dd>
      </div>
      <div>
        <dt>{t('run.fact.reserved')}</dt>
        <dd>{formatUsd(run.reservedMicros, 6)}</dd>
      </div>
      <div>
        <dt>{t('run.fact.remaining', { limit: formatUsd(run.budgetMicros) })}</dt>
        <dd>{formatUsd(left, 6)}</dd>
      </div>
      <div>
        <dt>{t('run.fact.tokens')}</dt>
        <dd>{`${count(tokensIn)} / ${count(tokensOut)}`}</dd>
      </div>
      <div>
        <dt>{t('run.fact.redacted')}</dt>
        <dd className={cx(run.redacted > 0 && `${k.redact} ${k.strong}`)}>{count(run.redacted)}</dd>
      </div>
      <div>
        <dt>{t('run.fact.denied')}</dt>
        <dd className={cx(run.denied > 0 && `${k.danger} ${k.strong}`)}>{count(run.denied)}</dd>
      </div>
      <div>
        <dt>{t('run.fact.records')}</dt>
        <dd>
          {range === null ? (
            t('run.fact.none')
          ) : (
            <Link to="/audit" search={{ q: `run:${run.id}`, seq: range[1] }}>
              {t('run.fact.range', { from: count(range[0]), to: count(range[1]) })}
            </Link>
          )}
        </dd>
      </div>
      {run.outputDirectory !== null && (
        <div>
          <dt>{t('run.fact.output')}</dt>
          <dd className={k.mono}>
            <span className={k.ell} title={run.outputDirectory}>
              {run.outputDirectory}
            </span>
            <CopyButton text={run.outputDirectory} what={t('what.folder')} />
          </dd>
        </div>
      )}
    </dl>
  );
}
