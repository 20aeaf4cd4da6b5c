import { usePrefs } from '../app/prefs.ts';
import { clock, dateTime, dayMonth, sameDay, zoneWord } from './format.ts';

/** 14:31:53 with the whole date, zone included, on hover; the column head carries the zone. */
export function ClockTime({ iso, millis = false }: { iso: string; millis?: boolean }) {
  const zone = usePrefs((p) => p.zone);
  return (
    <time dateTime={iso} title={dateTime(iso, zone)}>
      {clock(iso, zone, millis)}
    </time>
  );
}

/** 14:31:53 of today, else with its day: a time of day alone would read as today's. */
export function NearTime({ iso }: { iso: string }) {
  const zone = usePrefs((p) => p.zone);
  const today = sameDay(iso, new Date().toISOString(), zone);
  return (
    <time dateTime={iso} title={dateTime(iso, zone)}>
      {today ? clock(iso, zone) : `${dayMonth(iso, zone)} ${clock(iso, zone)}`}
    </time>
  );
}

/** 20 Nov 2026, 07:02:11 UTC */
export function FullTime({ iso }: { iso: string }) {
  const zone = usePrefs((p) => p.zone);
  return <time dateTime={iso}>{dateTime(iso, zone)}</time>;
}

/** UTC, or the local zone, for a column head. */
export function useZoneWord(): string {
  const zone = usePrefs((p) => p.zone);
  return zoneWord(new Date().toISOString(), zone);
}
