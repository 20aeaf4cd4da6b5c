import type { CageStatus } from '../../../shared/contract/cage.ts';
import type { CageState } from '../../../shared/domain/states.ts';

/** The helper sends a heartbeat every second; a silence this long is shown as stale (ms). */
export const STALE_MS = 2_000;
/**
 * After this silence (ms) nothing that was said of the cage is believed any more. The page looks
 * twice a second, so that an old "up" is off the screen five seconds after the last heartbeat.
 */
export const UNKNOWN_MS = 4_400;

export type Freshness = 'connecting' | 'live' | 'stale' | 'silent';

/** `lastEventAt` and `now` in ms of one clock; null: no event yet. */
export function freshness(lastEventAt: number | null, openedAt: number, now: number): Freshness {
  if (lastEventAt === null) return now - openedAt > UNKNOWN_MS ? 'silent' : 'connecting';
  const age = now - lastEventAt;
  return age > UNKNOWN_MS ? 'silent' : age > STALE_MS ? 'stale' : 'live';
}

/** The state a person may be shown: an old word of the helper is not a state. */
export function shownState(cage: CageStatus | null, fresh: Freshness): CageState {
  return cage === null || fresh === 'silent' ? 'unknown' : cage.state;
}
