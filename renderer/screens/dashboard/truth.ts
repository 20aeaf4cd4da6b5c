import type { CageStatus } from '../../../shared/contract/cage.ts';
import type { CageState } from '../../../shared/domain/states.ts';
import type { Translate } from '../../app/i18n/use-t.ts';
import { age } from '../../ui/format.ts';

/** How many of the wanted protections the last self-test proved. */
export function provedOfWanted(cage: CageStatus): { proved: number; wanted: number } {
  const wanted = cage.protections.filter((p) => p.wantedOn);
  return { proved: wanted.filter((p) => p.proof === 'proved').length, wanted: wanted.length };
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** One sentence of truth about the cage: what holds, what does not, and why. */
export function truth(
  t: Translate,
  shown: CageState,
  cage: CageStatus | null,
  silentMs: number | null,
): string {
  if (cage === null) return t('dash.truth.never');
  if (shown === 'unknown') {
    return t('dash.truth.unknown', {
      age: silentMs === null ? '–' : age(silentMs),
      state: t(`cage.${cage.state}`),
    });
  }
  const counts = provedOfWanted(cage);
  const reasons = cage.reasons.map(sentence).join(' ');
  const missing = cage.probes.filter((p) => p.ok === false).map((p) => p.title);
  switch (shown) {
    case 'up':
      return cage.level === 'full' || missing.length === 0
        ? t('dash.truth.up', counts)
        : t('dash.truth.upLess', {
            ...counts,
            level: t(`level.${cage.level}`),
            missing: missing.join(', '),
          });
    case 'degraded':
      return t('dash.truth.degraded', { ...counts, reasons });
    case 'blocked':
      return t('dash.truth.blocked', { reasons });
    case 'lowering':
      return cage.lowering === undefined
        ? t('dash.truth.loweringPlain')
        : t('dash.truth.lowering', { ...cage.lowering });
    case 'down':
      return t('dash.truth.down');
    case 'raising':
      return t('dash.truth.raising');
  }
}
