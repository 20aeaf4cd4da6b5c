import { Link } from '@tanstack/react-router';
import type { RunSummary } from '../../../shared/contract/runs.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { useCall, useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useLive } from '../../app/live/store.ts';
import { CopyButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { count, shortHash, shortRun } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { Meter, share } from '../../ui/meter.tsx';
import { FullTime } from '../../ui/time.tsx';
import s from './dashboard.module.css';

const six = (micros: number): string => formatUsd(micros, 6).replace('$', '');

/** Numbers first, the bar second; reserved by calls in flight stands apart from spent. */
export function BudgetPanel() {
  const t = useT();
  const budget = useLive((l) => l.data.budget);
  const off = useLive((l) => l.data.cage?.ablations.includes('no-budget') ?? false);
  if (budget === null) return null;
  const { day } = budget;
  const limited = day.limitMicros > 0;
  return (
    <section aria-label={t('dash.budget')}>
      <div className={k.sect}>
        <h2>{t('dash.budget')}</h2>
      </div>
      <div className={k.pad}>
        <div className={s.big}>
          <b>{formatUsd(day.spentMicros)}</b>
          <span className={k.muted}>
            {limited
              ? t('dash.budget.of', { limit: formatUsd(day.limitMicros) })
              : t('dash.budget.noLimit')}
          </span>
        </div>
        {limited && (
          <Meter
            label={t('dash.budget.meter', {
              spent: formatUsd(day.spentMicros, 6),
              reserved: formatUsd(day.reservedMicros, 6),
              limit: formatUsd(day.limitMicros),
            })}
            spent={day.spentMicros}
            reserved={day.reservedMicros}
            limit={day.limitMicros}
            marks={day.warnAt}
            stop={t('dash.budget.stop')}
          />
        )}
        <dl className={k.kv}>
          <dt>{t('dash.budget.spent')}</dt>
          <dd className={k.r}>{six(day.spentMicros)}</dd>
          <dt>{t('dash.budget.reserved')}</dt>
          <dd className={k.r}>{six(day.reservedMicros)}</dd>
          {limited && (
            <>
              <dt>{t('dash.budget.remaining')}</dt>
              <dd className={cx(k.r, k.strong)}>{six(day.remainingMicros)}</dd>
            </>
          )}
          <dt>{t('dash.budget.perRun')}</dt>
          <dd className={k.r}>{six(budget.perRunLimitMicros)}</dd>
        </dl>
        <p className={cx(k.why, s.after)}>
          {budget.forecast}
          {budget.pricesDate !== '' && ` ${t('dash.budget.prices', { date: budget.pricesDate })}`}
        </p>
        {off && <p className={cx(k.danger, k.strong)}>{t('dash.budget.off')}</p>}
      </div>
    </section>
  );
}

export function SpendPanel() {
  const t = useT();
  const budget = useLive((l) => l.data.budget);
  const rows = [...(budget?.byWorkflow ?? [])]
    .sort((a, b) => b.spentMicros - a.spentMicros)
    .slice(0, 6);
  const most = rows[0]?.spentMicros ?? 0;
  if (most === 0) return null;
  return (
    <section aria-label={t('dash.byw')}>
      <div className={cx(k.sect, k.rule)}>
        <h2>{t('dash.byw')}</h2>
        <span className={k.sp} />
        <span className={k.sub}>$</span>
      </div>
      <div className={cx(k.pad, s.byw)}>
        {rows.map((w) => (
          <div key={w.workflow}>
            <span className={k.ell} title={printable(w.workflow)}>
              {printable(w.workflow)}
            </span>
            <span className={k.r}>{six(w.spentMicros)}</span>
            <i style={{ width: `${share(w.spentMicros, most)}%` }} />
          </div>
        ))}
      </div>
    </section>
  );
}

interface DeniedProps {
  runs: readonly RunSummary[];
  /** False: these are the newest of today, not all. */
  complete: boolean;
}

/** Runs of today in which something was refused, most refusals first. */
export function DeniedPanel({ runs, complete }: DeniedProps) {
  const t = useT();
  const denied = runs.filter((r) => r.denied > 0).sort((a, b) => b.denied - a.denied);
  const total = denied.reduce((sum, r) => sum + r.denied, 0);
  return (
    <section aria-label={t('dash.denied')}>
      <div className={cx(k.sect, k.rule)}>
        <h2>{t('dash.denied')}</h2>
        {total > 0 && (
          <span className={k.sub}>{t('dash.denied.sub', { n: total, runs: denied.length })}</span>
        )}
      </div>
      {total === 0 ? (
        <p className={cx(k.pad, k.muted)}>
          {complete ? t('dash.denied.none') : t('dash.denied.noneOf', { n: runs.length })}
        </p>
      ) : (
        <div className={cx(k.rows, k.compact)}>
          {denied.slice(0, 5).map((r) => (
            <div key={r.id} className={cx(k.row, s.denied)}>
              <Glyph name="denied" tone="danger" />
              <span>
                <Link to="/runs/$run" params={{ run: r.id }} className={k.mono} title={r.id}>
                  {shortRun(r.id)}
                </Link>{' '}
                <span className={k.muted}>{printable(r.workflow)}</span>
              </span>
              <span>{count(r.denied)}</span>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

export function LedgerPanel() {
  const t = useT();
  const { project } = useSession();
  const checkpoint = useLive((l) => l.data.checkpoint);
  const stats = useCall('audit.stats', { project }, { every: 10_000, keep: true }).data;
  const size = checkpoint?.size ?? stats?.events ?? null;
  const root = checkpoint?.root ?? stats?.root ?? null;
  const verify = stats?.lastVerify ?? null;
  return (
    <section aria-label={t('dash.ledger')}>
      <div className={cx(k.sect, k.rule)}>
        <h2>{t('dash.ledger')}</h2>
        <span className={k.sp} />
        <Link to="/audit">{t('dash.ledger.open')}</Link>
      </div>
      <dl className={cx(k.kv, k.pad)}>
        <dt>{t('dash.ledger.size')}</dt>
        <dd className={k.r}>{size === null ? t('dash.ledger.noCheckpoint') : count(size)}</dd>
        {root !== null && (
          <>
            <dt>{t('dash.ledger.root')}</dt>
            <dd className={cx(k.r, s.root)}>
              <span className={k.mono}>{`${shortHash(root, 16)}…`}</span>
              <CopyButton text={root} what={t('what.root')} />
            </dd>
          </>
        )}
        <dt>{t('dash.ledger.verified')}</dt>
        <dd className={cx(k.r, verify?.ok === false && `${k.danger} ${k.strong}`)}>
          {verify === null ? t('dash.ledger.notVerified') : <FullTime iso={verify.at} />}
          {verify?.ok === false && ` ${t('dash.ledger.failed')}`}
        </dd>
        <dt>{t('dash.ledger.anchor')}</dt>
        <dd className={cx(k.r, stats?.anchor === null && k.warn)}>
          {stats?.anchor == null ? (
            t('dash.ledger.noAnchor')
          ) : (
            <>
              {count(stats.anchor.size)}, <FullTime iso={stats.anchor.at} />
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}
