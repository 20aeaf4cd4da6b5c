import { useNavigate } from '@tanstack/react-router';
import { mayCall, useSession } from '../../app/api-context.ts';
import { useCommands } from '../../app/commands/registry.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { shownState } from '../../app/live/freshness.ts';
import { useLive } from '../../app/live/store.ts';
import { CAGE_LOOK } from '../../app/shell/cage-look.ts';
import { useCommandCall } from '../../app/use-command-call.ts';
import { Button } from '../../ui/button.tsx';
import { Glyph } from '../../ui/glyph.tsx';
import { ErrorView } from '../../ui/notice.tsx';
import s from './dashboard.module.css';
import { truth } from './truth.ts';

/** The state word, one sentence of truth, and the one thing that can be done about it. */
export function Hero() {
  const t = useT();
  const { project, role } = useSession();
  const navigate = useNavigate();
  const { data, fresh, lastEventAt, now } = useLive();
  const up = useCommandCall('cage.up');
  const shown = shownState(data.cage, fresh);
  const state = up.isPending && (shown === 'down' || shown === 'blocked') ? 'raising' : shown;
  const look = CAGE_LOOK[state];
  const silent = lastEventAt === null ? null : now - lastEventAt;
  const may = mayCall(role, 'cage.up');
  const reason = may ? undefined : t('error.role', { role });
  const canRaise = state === 'down' || state === 'blocked';
  const canLower = state === 'up' || state === 'degraded' || state === 'blocked';
  const raise = (): void => up.mutate({ project });
  const lower = (): void => void navigate({ to: '/', search: { dialog: 'lower' } });
  const switches = (): void => void navigate({ to: '/', search: { dialog: 'raise' } });
  const act = (id: string, label: string, run: () => void) =>
    ({ id, group: 'act', label, run, disabledReason: reason }) as const;
  useCommands('dashboard.cage', [
    ...(canRaise
      ? [
          act('cage.up', t('dash.raise'), raise),
          act('cage.upSwitches', t('raise.switches'), switches),
        ]
      : []),
    ...(canLower ? [act('cage.down', t('dash.lower'), lower)] : []),
  ]);
  return (
    <section className={s.hero} aria-label={t('dash.state')}>
      <Glyph name={look.glyph} tone={look.tone} size={28} />
      <h1 tabIndex={-1}>{t(`cage.${state}`)}</h1>
      <div className={s.act}>
        {canLower && (
          <Button onPress={lower} disabledReason={reason} showReason={!canRaise}>
            {t('dash.lower')}
          </Button>
        )}
        {canRaise && (
          <Button kind="primary" onPress={raise} disabledReason={reason}>
            {t('dash.raise')}
          </Button>
        )}
      </div>
      <p role="status">{truth(t, state, data.cage, silent)}</p>
      {up.error !== null && (
        <div className={s.error}>
          <ErrorView
            error={up.error.toValue()}
            where="cage.up"
            onRetry={raise}
            command="akios doctor"
          />
        </div>
      )}
    </section>
  );
}
