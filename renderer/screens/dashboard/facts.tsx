import type { CageStatus } from '../../../shared/contract/cage.ts';
import { useT } from '../../app/i18n/use-t.ts';
import { useLive } from '../../app/live/store.ts';
import { usePrefs } from '../../app/prefs.ts';
import { CopyButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { clock, shortHash, zoneWord } from '../../ui/format.ts';
import k from '../../ui/kit.module.css';
import { FullTime } from '../../ui/time.tsx';

/** What the first probe saw ("bubblewrap 0.8.0"); null before any probe: a name proves nothing. */
export function backendText(cage: Pick<CageStatus, 'backend' | 'probes'>): string | null {
  const [first] = cage.probes;
  if (first === undefined) return null;
  const version = first.ok === true ? /\b\d+(?:\.\d+)+\b/.exec(first.observed)?.[0] : undefined;
  if (version !== undefined) return `${first.title} ${version}`;
  return first.ok === true && cage.backend !== '' ? cage.backend : null;
}

/** Level, back end, policy, age and what is switched off, in one ruled strip. */
export function Facts() {
  const t = useT();
  const zone = usePrefs((p) => p.zone);
  const cage = useLive((l) => l.data.cage);
  const silent = useLive((l) => l.fresh === 'silent');
  if (cage === null) return null;
  const tested = cage.testedAt;
  return (
    <dl className={cx(k.facts, k.rule, silent && k.faint)}>
      <div>
        <dt>
          {tested === null
            ? t('dash.fact.levelUntested')
            : t('dash.fact.level', { time: `${clock(tested, zone)} ${zoneWord(tested, zone)}` })}
        </dt>
        <dd className={cx(silent && k.faint)}>{t(`level.${cage.level}`)}</dd>
      </div>
      <div>
        <dt>{t('dash.fact.backend')}</dt>
        <dd title={cage.probes[0]?.observed}>{backendText(cage) ?? t('dash.fact.untested')}</dd>
      </div>
      <div>
        <dt>{t('dash.fact.policy')}</dt>
        <dd>
          {cage.policyDigest === null ? (
            t('dash.fact.none')
          ) : (
            <>
              <span className={k.mono}>{shortHash(cage.policyDigest)}</span>
              <CopyButton text={cage.policyDigest} what={t('what.digest')} />
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>{t('dash.fact.since')}</dt>
        <dd>{cage.upSince === null ? t('dash.fact.notUp') : <FullTime iso={cage.upSince} />}</dd>
      </div>
      <div>
        <dt>{t('dash.fact.off')}</dt>
        <dd className={cx(cage.ablations.length > 0 && `${k.danger} ${k.strong}`)}>
          {cage.ablations.length === 0 ? t('dash.fact.nothing') : cage.ablations.join(', ')}
        </dd>
      </div>
    </dl>
  );
}
