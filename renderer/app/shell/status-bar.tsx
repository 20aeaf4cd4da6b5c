import type { LedgerStats } from '../../../shared/contract/audit.ts';
import { formatUsd } from '../../../shared/domain/money.ts';
import { age, clock, count, shortHash, zoneWord } from '../../ui/format.ts';
import { Glyph } from '../../ui/glyph.tsx';
import { NearTime } from '../../ui/time.tsx';
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
  const nowIso = new Date(now).toISOString();
  const size = data.checkpoint?.size ?? stats?.events;
  const root = data.checkpoint?.root ?? stats?.root;
  const gone = fresh === 'silent' || health.isError;
  return (
    <footer className={s.statusbar} data-region="status">
      {size !== undefined && root !== undefined && (
        <>
          <span>
            {t('bar.tree')} <b>{count(size)}</b>
          </span>
          <span className={s.small}>
            {t('bar.root')} <span className={s.mono}>{shortHash(root)}</span>
          </span>
        </>
      )}
      {stats !== undefined && (
        <>
          <Verified verify={stats.lastVerify} />
          <Anchor anchor={stats.anchor} />
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

/** How far and when somebody verified; what came after it is not meant. */
function Verified({ verify }: { verify: LedgerStats['lastVerify'] }) {
  const t = useT();
  const zone = usePrefs((p) => p.zone);
  if (verify === null) {
    return (
      <span>
        <Glyph name="notMeasured" tone="faint" size={12} />
        {t('bar.notVerified')}
      </span>
    );
  }
  return (
    <span>
      <Glyph name={verify.ok ? 'up' : 'blocked'} tone={verify.ok ? 'ok' : 'danger'} size={12} />
      {verify.ok ? t('bar.verified', { size: count(verify.size ?? 0) }) : t('bar.broken')}
      <b>
        <NearTime iso={verify.at} /> {zoneWord(verify.at, zone)}
      </b>
    </span>
  );
}

/** Green only while the protection that wants an anchor is proved. */
function Anchor({ anchor }: { anchor: LedgerStats['anchor'] }) {
  const t = useT();
  const proof = useLive((l) => l.data.cage?.protections.find((p) => p.id === 'anchor')?.proof);
  const fresh = useLive((l) => l.fresh);
  if (anchor === null) {
    return (
      <span className={s.low}>
        <Glyph name="degraded" tone="warn" size={12} />
        {t('bar.unanchored')}
      </span>
    );
  }
  const good = proof === 'proved' && fresh !== 'silent';
  return (
    <span className={s.low}>
      <Glyph
        name={good ? 'up' : proof === 'failed' ? 'degraded' : 'notMeasured'}
        tone={good ? 'ok' : proof === 'failed' ? 'warn' : 'faint'}
        size={12}
      />
      {t(proof === 'failed' ? 'bar.anchorOld' : 'bar.anchor')} <b>{count(anchor.size)}</b>
    </span>
  );
}
