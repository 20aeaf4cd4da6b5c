import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { RunSummary } from '../../../shared/contract/runs.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useRunClock } from '../../app/live/store.ts';
import { cx } from '../../ui/cx.ts';
import { count, duration, shortRun } from '../../ui/format.ts';
import { State } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { type Column, Table } from '../../ui/table.tsx';
import { NearTime, useZoneWord } from '../../ui/time.tsx';
import { runLook } from './look.ts';
import s from './runs-table.module.css';
import { totals } from './totals.ts';

const dollars = (micros: number): string => formatUsd(micros, 6).replace('$', '');
const some = (n: number, tone: string | undefined): ReactNode => (
  <span className={n === 0 ? k.faint : tone}>{count(n)}</span>
);

interface RunsTableProps {
  label: string;
  runs: readonly RunSummary[];
  /** Words of a last row of sums; absent: none. */
  sum?: string;
  /** Runs of more than one day: the column of times is wide enough for a date. */
  dated?: boolean;
}

type Clock = ReturnType<typeof useRunClock>;

/** Which run it is and when it ran. */
function columnsOf(t: ReturnType<typeof useT>, zone: string, clock: Clock): Column<RunSummary>[] {
  return [
    {
      id: 'run',
      head: t('runs.col.run'),
      cell: (r) => (
        <Link to="/runs/$run" params={{ run: r.id }} className={k.mono} title={r.id}>
          {shortRun(r.id)}
        </Link>
      ),
    },
    {
      id: 'workflow',
      head: t('runs.col.workflow'),
      cell: (r) => <span title={printable(r.path)}>{printable(r.workflow)}</span>,
    },
    {
      id: 'by',
      head: t('runs.col.by'),
      cell: (r) => <span className={k.muted}>{printable(r.startedBy)}</span>,
    },
    {
      id: 'at',
      head: t('runs.col.started', { zone }),
      right: true,
      cell: (r) => <NearTime iso={r.startedAt} />,
    },
    {
      id: 'ms',
      head: t('runs.col.duration'),
      right: true,
      cell: (r) => duration(r.ms ?? Math.max(0, clock.now - Date.parse(r.startedAt))),
    },
    ...outcomeColumns(t, clock.silent),
  ];
}

/** How it ended and what it cost. */
function outcomeColumns(t: ReturnType<typeof useT>, silent: boolean): Column<RunSummary>[] {
  return [
    {
      id: 'state',
      head: t('runs.col.state'),
      cell: (r) => {
        const look = runLook(r, silent);
        return (
          <State name={look.glyph} tone={look.tone} strong={look.loud}>
            {t(look.word)}
          </State>
        );
      },
    },
    {
      id: 'steps',
      head: t('runs.col.steps'),
      right: true,
      cell: (r) => `${r.stepsDone}/${r.stepsTotal}`,
    },
    {
      id: 'denied',
      head: t('runs.col.denied'),
      right: true,
      cell: (r) => some(r.denied, `${k.danger} ${k.strong}`),
    },
    {
      id: 'redacted',
      head: t('runs.col.redacted'),
      right: true,
      cell: (r) => some(r.redacted, k.redact),
    },
    { id: 'cost', head: t('runs.col.cost'), right: true, cell: (r) => dollars(r.costMicros) },
  ];
}

export function RunsTable({ label, runs, sum, dated = false }: RunsTableProps) {
  const t = useT();
  const zone = useZoneWord();
  const navigate = useNavigate();
  const columns = columnsOf(t, zone, useRunClock());
  const all = totals(runs);
  return (
    <Table
      label={label}
      columns={columns}
      template={cx(s.runs, dated && s.dated)}
      rows={runs}
      keyOf={(r) => r.id}
      onOpen={(r) => void navigate({ to: '/runs/$run', params: { run: r.id } })}
      {...(sum !== undefined
        ? {
            sum: [
              sum,
              ...Array<null>(6).fill(null),
              count(all.denied),
              count(all.redacted),
              dollars(all.costMicros),
            ],
          }
        : {})}
    />
  );
}
