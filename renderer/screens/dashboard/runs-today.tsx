import { Link, useNavigate } from '@tanstack/react-router';
import type { RunSummary } from '../../../shared/contract/runs.ts';
import { RUN_END_STATES } from '../../../shared/domain/states.ts';
import { mayCall, useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { usePrefs } from '../../app/prefs.ts';
import { Button } from '../../ui/button.tsx';
import { day } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { Empty } from '../../ui/notice.tsx';
import { useZoneWord } from '../../ui/time.tsx';
import { RunsTable } from '../runs/runs-table.tsx';

interface RunsTodayProps {
  runs: readonly RunSummary[];
  /** False: these are the newest of today, not all. */
  complete: boolean;
}

export function RunsToday({ runs, complete }: RunsTodayProps) {
  const t = useT();
  const { role } = useSession();
  const zone = usePrefs((p) => p.zone);
  const word = useZoneWord();
  const navigate = useNavigate();
  const live = runs.filter((r) => !RUN_END_STATES.has(r.state)).length;
  const reason = mayCall(role, 'run.start') ? undefined : t('error.role', { role });
  return (
    <section aria-label={t('dash.runs')}>
      <div className={k.sect}>
        <h2>{t('dash.runs')}</h2>
        <span className={k.sub}>
          {t('dash.runs.sub', { day: day(new Date().toISOString(), zone), zone: word, n: live })}
        </span>
        <span className={k.sp} />
        <Link to="/runs">{t('dash.runs.all')}</Link>
        <Button
          small
          disabledReason={reason}
          onPress={() => void navigate({ to: '/runs', search: { dialog: 'start' } })}
        >
          {t('dash.runs.start')}
        </Button>
      </div>
      {runs.length === 0 ? (
        <Empty
          title={t('dash.runs.empty.title')}
          body={t('dash.runs.empty.body')}
          command="akios run workflows/sample.yml"
        />
      ) : (
        <RunsTable
          label={t('dash.runs')}
          runs={runs}
          sum={t(complete ? 'dash.runs.sum' : 'dash.runs.sumLatest', { n: runs.length })}
        />
      )}
    </section>
  );
}
