import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useCall, useSession } from '../../app/api-context.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useLive } from '../../app/live/store.ts';
import { usePrefs } from '../../app/prefs.ts';
import { useTitle } from '../../app/use-title.ts';
import { cx } from '../../ui/cx.ts';
import { sameDay } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import s from './dashboard.module.css';
import { Facts } from './facts.tsx';
import { Hero } from './hero.tsx';
import { Protections } from './protections.tsx';
import { ReadinessPanel } from './readiness-panel.tsx';
import { RunsToday } from './runs-today.tsx';
import { BudgetPanel, DeniedPanel, LedgerPanel, SpendPanel } from './side-panels.tsx';

const CageDialog = lazy(() => import('./cage-dialogs.tsx'));

/** What is enforced, what proves it, what runs and what it costs. */
export function Dashboard() {
  const t = useT();
  useTitle('screen.dashboard');
  const { project, projectName } = useSession();
  const zone = usePrefs((p) => p.zone);
  const runs = useLive((l) => l.data.runs);
  const { dialog } = useSearch({ from: '/' });
  const navigate = useNavigate();
  const now = new Date().toISOString();
  const today = runs.filter((r) => r.endedAt === null || sameDay(r.startedAt, now, zone));
  // The stream begins with the newest runs only: when all of them are of today, there may be more.
  const all = useCall('run.list', { project, limit: 1 }, { every: 30_000, keep: true }).data?.total;
  const complete = today.length < runs.length || (all !== undefined && all <= runs.length);
  return (
    <div className={s.dash}>
      <div className={k.scroll}>
        <Hero />
        <Facts />
        <Protections />
        <RunsToday runs={today} complete={complete} />
      </div>
      <aside className={cx(k.side, k.scroll)} aria-label={t('dash.side')} data-region="side">
        <BudgetPanel />
        <ReadinessPanel />
        <SpendPanel />
        <DeniedPanel runs={today} complete={complete} />
        <LedgerPanel />
      </aside>
      <Suspense fallback={null}>
        {dialog !== undefined && (
          <CageDialog
            kind={dialog}
            projectName={projectName}
            onClose={() => void navigate({ to: '/', search: {} })}
          />
        )}
      </Suspense>
    </div>
  );
}
