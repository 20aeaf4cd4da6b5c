import { useEffect } from 'react';
import type { ConsoleApi } from '../../client/api.ts';
import { Connection, type ConnectionClock } from './connection.ts';
import { useLive } from './store.ts';

const pageClock: ConnectionClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const id = setTimeout(run, ms);
    return () => clearTimeout(id);
  },
};

/** Opens the stream of a project while mounted, and moves the clock of the page. */
export function useConnection(api: ConsoleApi, project: string | null): void {
  useEffect(() => {
    if (project === null) return;
    const { publish, tick, setTryNow } = useLive.getState();
    const connection = new Connection(api, project, publish, pageClock);
    setTryNow(() => connection.open());
    connection.open();
    const timer = setInterval(tick, 500);
    return () => {
      clearInterval(timer);
      setTryNow(null);
      connection.dispose();
    };
  }, [api, project]);
}
