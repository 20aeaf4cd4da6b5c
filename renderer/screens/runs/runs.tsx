import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback } from 'react';
import { RUN_FIELDS } from '../../../shared/query/fields.ts';
import { mayCall, useSession } from '../../app/api-context.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useTitle } from '../../app/use-title.ts';
import { Button } from '../../ui/button.tsx';
import { FilterField } from '../../ui/filter-field.tsx';
import { count } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Empty, ErrorView } from '../../ui/notice.tsx';
import { filterProblem } from '../audit/filter.ts';
import s from './runs-table.module.css';
import { RunsTable } from './runs-table.tsx';
import { type RunList, useRunList } from './use-run-list.ts';

const StartDialog = lazy(() => import('./start-dialog.tsx'));

/** Every run of the project, newest first, and the way to start one. */
export function Runs() {
  const t = useT();
  useTitle('screen.runs');
  const { role } = useSession();
  const { q = '', dialog } = useSearch({ from: '/runs' });
  const navigate = useNavigate();
  const list = useRunList(q);
  const go = useCallback(
    (text: string, show?: 'start') =>
      void navigate({ to: '/runs', search: { q: text === '' ? undefined : text, dialog: show } }),
    [navigate],
  );
  const reason = mayCall(role, 'run.start') ? undefined : t('error.role', { role });
  const start = (): void => go(q, 'start');
  useCommands('runs', [
    { id: 'run.start', group: 'act', label: t('runs.start'), run: start, disabledReason: reason },
  ]);
  return (
    <>
      <FilterField
        value={q}
        onCommit={go}
        placeholder={t('runs.filter')}
        problem={(text) => filterProblem(text, RUN_FIELDS)}
      />
      <div className={k.head}>
        <h1 tabIndex={-1}>{t('runs.title')}</h1>
        <span className={k.sub}>
          {t('runs.sub', { shown: count(list.runs.length), total: count(list.total) })}
        </span>
        <span className={k.sp} />
        <Button onPress={start} kind="primary" disabledReason={reason}>
          {t('runs.start')}
        </Button>
      </div>
      {list.error !== null && (
        <ErrorView
          error={list.error.toValue()}
          where="run.list"
          onRetry={list.retry}
          command="akios status"
        />
      )}
      <Listed list={list} filtered={q !== ''} />
      <Suspense fallback={null}>
        {dialog === 'start' && <StartDialog onClose={() => go(q)} />}
      </Suspense>
    </>
  );
}

function Listed({ list, filtered }: { list: RunList; filtered: boolean }) {
  const t = useT();
  const none = filtered ? 'runs.none' : 'runs.empty';
  return (
    <div className={k.scroll}>
      {list.ready && list.runs.length === 0 ? (
        <Empty
          title={t(`${none}.title`)}
          body={t(`${none}.body`)}
          {...(filtered ? {} : { command: 'akios run workflows/sample.yml' })}
        />
      ) : (
        <RunsTable label={t('runs.title')} runs={list.runs} dated />
      )}
      {list.more !== null && (
        <div className={s.more}>
          <Button onPress={list.more}>{t('runs.more')}</Button>
        </div>
      )}
    </div>
  );
}
