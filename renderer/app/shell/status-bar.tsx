import { formatUsd } from '../../../shared/domain/money.ts';
import { age, clock, count, shortHash, zoneWord } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import { useCall, useSession } from '../api-context.ts';
import { useT } from '../i18n/use-t.ts';
import { useLive } from '../live/store.ts';
import { usePrefs } from '../prefs.ts';
import s from './shell.module.css';

/** Tree, money, stream and helper, always in the same place. */
export function StatusBar() {
  const t = useT();
  const zone = usePrefs((p) => p.zone);
  const { project } = useSession();
  const { data, fresh, lastEventAt, now } = useLive();
  const stats = useCall('audit.stats', { project }, { every: 10_000, keep: true }).data;
  const health = useCall('health', {}, { every: 10_000 });
  const verify = stats?.lastVerify ?? null;
  const nowIso = new Date(now).toISOString();
  const size = data.checkpoint?.size ?? stats?.events;
  const root = data.checkpoint?.root ?? stats?.root;
  const gone = fresh === 'silent' || health.isError;
  return (
    <footer className={s.statusbar} data-region="status">
      {size !== undefined && root !== undefined && (
        <>
          <span>
            <Glyph
              name={verify === null ? 'notMeasured' : verify.ok ? 'up' : 'blocked'}
              tone={verify === null ? 'faint' : verify.ok ? 'ok' : 'danger'}
              size={12}
            />
            {t('bar.tree')} <b>{count(size)}</b>
          </span>
          <span className={s.small}>
            {t('bar.root')} <span className={s.mono}>{shortHash(root)}</span>
          </span>
        </>
      )}
      {stats !== undefined && (
        <>
          <span>
            {verify === null ? t('bar.notVerified') : t('bar.verified')}
            {verify !== null && <b>{`${clock(verify.at, zone)} ${zoneWord(verify.at, zone)}`}</b>}
          </span>
          <span className={s.low}>
            <Glyph
              name={stats.anchor === null ? 'degraded' : 'up'}
              tone={stats.anchor === null ? 'warn' : 'ok'}
              size={12}
            />
            {stats.anchor === null ? t('bar.unanchored') : t('bar.anchor')}
            {stats.anchor !== null && <b>{count(stats.anchor.size)}</b>}
          </span>
        </>
      )}
      <span className={s.sp} />
      {data.budget !== null && (
        <span className={s.small}>
          {t('bar.today')} <b>{formatUsd(data.budget.day.spentMicros)}</b>
          {data.budget.day.limitMicros > 0 &&
            t('bar.of', { limit: formatUsd(data.budget.day.limitMicros) })}
        </span>
      )}
      <span>
        {t('bar.stream')} <b>{lastEventAt === null ? '–' : age(now - lastEventAt)}</b>
      </span>
      <span>
        <Glyph name={gone ? 'unknown' : 'up'} tone={gone ? 'muted' : 'ok'} size={12} />
        {t('bar.helper')} <b>{gone ? t('bar.helperGone') : (health.data?.version ?? '–')}</b>
      </span>
      <span>
        <b>{`${clock(nowIso, zone)} ${zoneWord(nowIso, zone)}`}</b>
      </span>
    </footer>
  );
}
