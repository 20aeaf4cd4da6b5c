import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useMemo } from 'react';
import { RUN_FIELDS } from '../../../shared/query/fields.ts';
import { mayCall, useCall, useSession } from '../../app/api-context.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useLive } from '../../app/live/store.ts';
import { useTitle } from '../../app/use-title.ts';
import { Button } from '../../ui/button.tsx';
import { FilterField } from '../../ui/filter-field.tsx';
import { count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Empty, ErrorView } from '../../ui/notice.tsx';
import { filterProblem } from '../audit/filter.ts';
import { RunsTable } from './runs-table.tsx';

const StartDialog = lazy(() => import('./start-dialog.tsx'));

export function Runs() {
  const t = useT();
  useTitle('screen.runs');
  const { project, role } = useSession();
  const { q = '', dialog } = useSearch({ from: '/runs' });
  const navigate = useNavigate();
  const live = useLive((l) => l.data.runs);
  const list = useCall(
    'run.list',
    { project, limit: 200, ...(q === '' ? {} : { q }) },
    { every: 15_000, keep: true },
  );
  const runs = useMemo(() => {
    const read = list.data?.items ?? [];
    const known = new Set(read.map((r) => r.id));
    const newest = new Map(live.map((r) => [r.id, r]));
    const started = q === '' ? live.filter((r) => !known.has(r.id)) : [];
    return [...started, ...read.map((r) => newest.get(r.id) ?? r)];
  }, [list.data, live, q]);
  const setFilter = useCallback(
    (text: string) => void navigate({ to: '/runs', search: { q: text === '' ? undefined : text } }),
    [navigate],
  );
  const open = (show: boolean): void =>
    void navigate({
      to: '/runs',
      search: { q: q === '' ? undefined : q, dialog: show ? 'start' : undefined },
    });
  const reason = mayCall(role, 'run.start') ? undefined : t('error.role', { role });
  useCommands('runs', [
    {
      id: 'run.start',
      group: 'act',
      label: t('runs.start'),
      run: () => open(true),
      disabledReason: reason,
    },
  ]);
  const empty = runs.length === 0 && list.data !== undefined;
  return (
    <>
      <FilterField
        value={q}
        onCommit={setFilter}
        placeholder={t('runs.filter')}
        problem={(text) => filterProblem(text, RUN_FIELDS)}
      />
      <div className={k.head}>
        <h1 tabIndex={-1}>{t('runs.title')}</h1>
        <span className={k.sub}>
          {t('runs.sub', {
            shown: count(runs.length),
            total: count(Math.max(runs.length, list.data?.total ?? 0)),
          })}
        </span>
        <span className={k.sp} />
        <Button onPress={() => open(true)} kind="primary" disabledReason={reason}>
          {t('runs.start')}
        </Button>
      </div>
      {list.error !== null && (
        <ErrorView
          error={list.error.toValue()}
          where="run.list"
          onRetry={() => void list.refetch()}
          command="akios status"
        />
      )}
      <div className={k.scroll}>
        {empty ? (
          <Empty
            title={t(q === '' ? 'runs.empty.title' : 'runs.none.title')}
            body={t(q === '' ? 'runs.empty.body' : 'runs.none.body')}
            {...(q === '' ? { command: 'akios run workflows/sample.yml' } : {})}
          />
        ) : (
          <RunsTable label={t('runs.title')} runs={runs} />
        )}
      </div>
      <Suspense fallback={null}>
        {dialog === 'start' && <StartDialog onClose={() => open(false)} />}
      </Suspense>
    </>
  );
}
