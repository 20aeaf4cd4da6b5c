import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Plan } from '../../../shared/contract/runs.ts';
import type { CallOutput } from '../../../shared/contract/table.ts';
import type { AkiosError } from '../../../shared/domain/errors.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import { printable } from '../../../shared/domain/printable.ts';
import { useCall, useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useCommandCall } from '../../app/use-command-call.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { type GlyphName, State, type Tone } from '../../ui/glyph.tsx';
import k from '../../ui/kit.module.css';
import { Layer } from '../../ui/layer.tsx';
import { CommandLine, Empty, ErrorView, Notice } from '../../ui/notice.tsx';
import { shellWord } from '../../ui/shell-word.ts';
import { type Column, Table } from '../../ui/table.tsx';
import s from './start-dialog.module.css';

type PlanStep = Plan['steps'][number];

const DECISION: Readonly<Record<PlanStep['verdict']['decision'], { name: GlyphName; tone: Tone }>> =
  {
    allow: { name: 'allowed', tone: 'muted' },
    ask: { name: 'waiting', tone: 'warn' },
    deny: { name: 'denied', tone: 'danger' },
  };
const WORD = { allow: 'state.allowed', ask: 'state.ask', deny: 'state.denied' } as const;

type Workflow = CallOutput<'workflow.list'>['items'][number];

/** Chooses a workflow and shows its plan: what every step may do and cost, before anything runs. */
export default function StartDialog({ onClose }: { onClose(): void }) {
  const t = useT();
  const { project } = useSession();
  const navigate = useNavigate();
  const list = useCall('workflow.list', { project });
  const [chosen, setChosen] = useState<string | null>(null);
  const items = list.data?.items ?? [];
  const path = chosen ?? items.find((w) => w.error === undefined)?.path ?? null;
  const plan = useCall('run.plan', { project, workflow: path ?? '-' }, { enabled: path !== null });
  const start = useCommandCall('run.start');
  const word = path === null ? null : shellWord(path);
  const run = (): void => {
    if (path === null) return;
    start.mutate(
      { project, workflow: path },
      { onSuccess: (made) => void navigate({ to: '/runs/$run', params: { run: made.id } }) },
    );
  };
  const would = plan.data?.wouldRun ?? true;
  const missing = path === null ? t('start.none.title') : undefined;
  const reason = start.isPending ? t('start.starting') : missing;
  return (
    <Layer
      title={t('start.title')}
      onClose={onClose}
      wide
      actions={
        <>
          <Button onPress={onClose}>{t('action.cancel')}</Button>
          <Button kind={would ? 'primary' : 'plain'} onPress={run} disabledReason={reason}>
            {t(would ? 'start.run' : 'start.runAnyway')}
          </Button>
        </>
      }
    >
      <Problem of={list} where="workflow.list" />
      {list.data !== undefined && <Choice items={items} path={path} onChoose={setChosen} />}
      {plan.isLoading && path !== null && <p className={k.muted}>{t('start.planning')}</p>}
      <Problem of={plan} where="run.plan" />
      {plan.data !== undefined && path !== null && <PlanView plan={plan.data} />}
      {word !== null && <CommandLine command={`akios run ${word} --plan`} />}
      {start.error !== null && (
        <ErrorView error={start.error.toValue()} where="run.start" onRetry={run} />
      )}
    </Layer>
  );
}

/** Why a query has no answer; nothing while it has one. */
function Problem({
  of: { error, refetch },
  where,
}: {
  of: { error: AkiosError | null; refetch(): unknown };
  where: string;
}) {
  return error === null ? null : (
    <ErrorView error={error.toValue()} where={where} onRetry={() => void refetch()} />
  );
}

interface ChoiceProps {
  items: readonly Workflow[];
  path: string | null;
  onChoose(path: string): void;
}

/** The workflows of the project; those that cannot be read say where and why. */
function Choice({ items, path, onChoose }: ChoiceProps) {
  const t = useT();
  const workflow = items.find((w) => w.path === path);
  if (items.length === 0) {
    return (
      <Empty
        title={t('start.none.title')}
        body={t('start.none.body')}
        command="akios templates list"
      />
    );
  }
  return (
    <>
      <label className={k.field}>
        <span className={k.why}>{t('start.choose')}</span>
        <select value={path ?? ''} onChange={(e) => onChoose(e.target.value)}>
          {items.map((w) => (
            <option key={w.path} value={w.path} disabled={w.error !== undefined}>
              {printable(`${w.name} (${w.path})`)}
            </option>
          ))}
        </select>
      </label>
      {workflow !== undefined && <p className={k.muted}>{printable(workflow.description)}</p>}
      {items
        .filter((w) => w.error !== undefined)
        .map((w) => (
          <Notice key={w.path} tone="danger" glyph="failed">
            <b>{printable(w.path)}</b>{' '}
            {printable(`${w.error?.where ?? ''} ${w.error?.message ?? ''}`)}
          </Notice>
        ))}
    </>
  );
}

/** What each step may do, by which rule, and what it is likely to cost. */
function planColumns(t: ReturnType<typeof useT>): Column<PlanStep>[] {
  return [
    {
      id: 'n',
      head: t('start.col.n'),
      right: true,
      cell: (p) => <span className={k.faint}>{p.index}</span>,
    },
    {
      id: 'step',
      head: t('start.col.step'),
      cell: (p) => <b title={printable(p.name)}>{printable(p.name)}</b>,
    },
    {
      id: 'action',
      head: t('start.col.action'),
      cell: (p) => (
        <span title={printable(p.target)}>
          <span className={k.muted}>{`${p.agent} ${p.action}`}</span>{' '}
          <span className={k.m11}>{printable(p.target)}</span>
        </span>
      ),
    },
    {
      id: 'verdict',
      head: t('start.col.verdict'),
      cell: (p) => (
        <State {...DECISION[p.verdict.decision]} strong={p.verdict.decision === 'deny'}>
          {t(WORD[p.verdict.decision])}
        </State>
      ),
    },
    {
      id: 'rule',
      head: t('start.col.rule'),
      cell: (p) => (
        <span
          className={cx(k.m11, k.muted)}
          title={printable(`${p.verdict.reason} ${p.verdict.where ?? ''}`)}
        >
          {printable(p.verdict.rule)}
        </span>
      ),
    },
    {
      id: 'undo',
      head: t('start.col.undo'),
      cell: (p) => <span className={k.muted}>{t(`undo.${p.reversibility}`)}</span>,
    },
    {
      id: 'cost',
      head: t('start.col.cost'),
      right: true,
      cell: (p) => formatUsd(p.cost.likely, 6).replace('$', ''),
    },
  ];
}

function PlanView({ plan }: { plan: Plan }) {
  const t = useT();
  return (
    <div className={s.plan}>
      <Table
        label={t('start.plan')}
        columns={planColumns(t)}
        template={s.cols}
        rows={plan.steps}
        keyOf={(p) => String(p.index)}
      />
      <p className={k.why}>
        {t('start.cost', {
          likely: formatUsd(plan.cost.likely, 6),
          high: formatUsd(plan.cost.high, 6),
          budget: formatUsd(plan.budgetMicros),
        })}
      </p>
      {plan.wouldRun ? (
        <p>{t('start.would')}</p>
      ) : (
        <Notice tone="warn" glyph="degraded">
          <b>{t('start.wouldNot')}</b> {printable(plan.reasons.join(' '))}
        </Notice>
      )}
    </div>
  );
}
