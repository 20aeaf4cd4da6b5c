import { create } from 'zustand';
import type { ConnectionState } from './connection.ts';
import { type Freshness, freshness } from './freshness.ts';
import { NO_DATA } from './reducer.ts';

interface LiveStore extends ConnectionState {
  fresh: Freshness;
  /** Page clock (ms), moved once a second so that ages are shown without own timers. */
  now: number;
  publish(state: ConnectionState): void;
  tick(): void;
  tryNow: (() => void) | null;
  setTryNow(tryNow: (() => void) | null): void;
}

export const useLive = create<LiveStore>()((set, get) => ({
  data: NO_DATA,
  lastEventAt: null,
  openedAt: Date.now(),
  lost: null,
  nextTryAt: null,
  resnapshots: 0,
  fresh: 'connecting',
  now: Date.now(),
  tryNow: null,
  publish: (state) => {
    const now = Date.now();
    set({ ...state, now, fresh: freshness(state.lastEventAt, state.openedAt, now) });
  },
  tick: () => {
    const now = Date.now();
    const { lastEventAt, openedAt } = get();
    set({ now, fresh: freshness(lastEventAt, openedAt, now) });
  },
  setTryNow: (tryNow) => set({ tryNow }),
}));

/** The clock by which live runs are shown: it stands still at the last event of a silent helper. */
export function useRunClock(): { now: number; silent: boolean } {
  const silent = useLive((l) => l.fresh === 'silent');
  const now = useLive((l) => (l.fresh === 'silent' ? (l.lastEventAt ?? l.now) : l.now));
  return { now, silent };
}
