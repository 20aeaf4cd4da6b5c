/** Numbers and times as the console writes them. Pure; locale and zone are given. */

const PLAIN = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export const count = (n: number): string => PLAIN.format(n);

/** Bytes with one unit step: 919 B, 18.2 kB, 4.1 MB (decimal units). */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 'B';
  for (const next of units) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** Milliseconds: 0.1 ms, 181 ms, 8.8 s, 2 min 08 s, 3 h 07 min. */
export function duration(ms: number): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60 * 48) {
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  }
  return `${Math.floor(minutes / 60 / 24)} d ${Math.floor((minutes / 60) % 24)} h`;
}

export type Zone = 'utc' | 'local';

function formats(zone: Zone) {
  const base = { ...(zone === 'utc' ? { timeZone: 'UTC' } : {}) };
  const time = {
    ...base,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  } as const;
  return {
    clock: new Intl.DateTimeFormat('en-GB', time),
    millis: new Intl.DateTimeFormat('en-GB', { ...time, fractionalSecondDigits: 3 }),
    day: new Intl.DateTimeFormat('en-GB', {
      ...base,
      day: 'numeric',
      month: 'short',
      year: 'numeric',
    }),
  };
}

const FORMATS = { utc: formats('utc'), local: formats('local') } as const;
const ZONE_NAME = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' });
const NO_TIME = '–';

/** The word that must stand beside every time: UTC, or the browser's zone at that moment. */
export function zoneWord(iso: string, zone: Zone): string {
  const date = new Date(iso);
  if (zone === 'utc' || Number.isNaN(date.getTime())) return 'UTC';
  const parts = ZONE_NAME.formatToParts(date);
  return parts.find((p) => p.type === 'timeZoneName')?.value ?? 'local';
}

/** 14:31:53, or with milliseconds 14:31:53.064. The zone stands in the column head. */
export function clock(iso: string, zone: Zone, millis = false): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return NO_TIME;
  return FORMATS[zone][millis ? 'millis' : 'clock'].format(date);
}

/** 20 Nov 2026 */
export function day(iso: string, zone: Zone): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return NO_TIME;
  return FORMATS[zone].day.format(date).replace('Sept', 'Sep');
}

/** 20 Nov 2026, 07:02:11 UTC */
export const dateTime = (iso: string, zone: Zone): string =>
  `${day(iso, zone)}, ${clock(iso, zone)} ${zoneWord(iso, zone)}`;

/** Whether two times fall on one calendar day of the zone. */
export const sameDay = (a: string, b: string, zone: Zone): boolean => day(a, zone) === day(b, zone);

const DAY_MONTH = {
  utc: new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' }),
  local: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }),
} as const;

/** 20 Nov; the year is told by the place it stands in. */
export function dayMonth(iso: string, zone: Zone): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return NO_TIME;
  return DAY_MONTH[zone].format(date).replace('Sept', 'Sep');
}

/** 20 Nov 2026, or 19 Nov 2026 to 20 Nov 2026; empty while neither end is known. */
export function dayRange(from: string | null, to: string | null, zone: Zone): string {
  const ends = [from, to].filter((iso) => iso !== null).map((iso) => day(iso, zone));
  return [...new Set(ends)].join(' to ');
}

/** Age in words, from ms: 0.2 s, 14 s, 2 h 14 min. Never negative. */
export function age(ms: number): string {
  const safe = Math.max(0, ms);
  if (safe < 10_000) return `${(safe / 1000).toFixed(1)} s`;
  if (safe < 60_000) return `${Math.round(safe / 1000)} s`;
  if (safe < 3_600_000) return `${Math.floor(safe / 60_000)} min`;
  return duration(safe);
}

export const shortHash = (hex: string, length = 8): string => hex.slice(0, length);

/** The part of a run id that tells runs apart: its last group, `a89d4ab11045`. */
export const shortRun = (id: string): string => id.slice(id.lastIndexOf('_') + 1).slice(0, 12);
