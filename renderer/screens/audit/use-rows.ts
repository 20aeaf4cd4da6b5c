import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react';
import type { AuditRow } from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { ask, useSession } from '../../app/api-context.ts';
import { useLive } from '../../app/live/store.ts';
import { askAgainMs } from './filter.ts';
import { RowBlocks } from './row-blocks.ts';

/** One list of ledger rows, newest first. */
export interface LedgerRows {
  /** Rows that match. */
  total: number;
  /** Rows of the whole ledger. */
  size: number;
  /** Rows that can be scrolled to now. */
  count: number;
  row(index: number): AuditRow | null;
  indexOf(seq: number): number | null;
  onRange(first: number, last: number): void;
  error: AkiosError | null;
  ready: boolean;
  /** Rows that came since the list was pinned. */
  fresh: number;
  showFresh(): void;
}

/** The newest size of the ledger: the stream knows first. */
function useNewestSize(read: number | undefined): number {
  const tail = useLive((l) => l.data.tail[0]?.seq);
  const checkpoint = useLive((l) => l.data.checkpoint?.size);
  return Math.max(read ?? 0, tail === undefined ? 0 : tail + 1, checkpoint ?? 0);
}

/** Rows without a filter: every row has its place, so any of them can be jumped to. */
export function useAllRows(
  enabled: boolean,
  readSize: number | undefined,
  follow: boolean,
): LedgerRows {
  const { api, project } = useSession();
  const newest = useNewestSize(readSize);
  const [pinned, setPinned] = useState(0);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [error, setError] = useState<AkiosError | null>(null);
  const size = pinned === 0 || follow ? newest : Math.min(pinned, newest);
  useEffect(() => {
    if (follow || (pinned === 0 && newest > 0)) setPinned(newest);
  }, [follow, pinned, newest]);
  const blocks = useMemo(() => {
    const read = async (before: number, limit: number): Promise<readonly AuditRow[]> => {
      try {
        const page = await ask(api, 'audit.list', { project, before, limit });
        setError(null);
        return page.items;
      } catch (cause) {
        if (!(cause instanceof AkiosError)) throw cause;
        setError(cause);
        return [];
      }
    };
    return new RowBlocks(read, redraw);
  }, [api, project]);
  const range = useRef<[number, number]>([0, 40]);
  const onRange = useCallback(
    (first: number, last: number) => {
      range.current = [first, last];
      if (enabled && size > 0) blocks.need(size - 1 - last, size - 1 - first, size);
    },
    [blocks, size, enabled],
  );
  useEffect(() => onRange(...range.current), [onRange]);
  return {
    total: size,
    size,
    count: size,
    row: (index) => blocks.row(size - 1 - index),
    indexOf: (seq) => (seq >= 0 && seq < size ? size - 1 - seq : null),
    onRange,
    error,
    ready: size > 0 || readSize !== undefined,
    fresh: newest - size,
    showFresh: () => setPinned(newest),
  };
}

const PAGE = 500;

/** Rows of a filter: places are not known in advance, so pages are read as the list is scrolled. */
export function useFilteredRows(q: string): LedgerRows {
  const { api, project } = useSession();
  const query = useInfiniteQuery({
    queryKey: ['audit.list', project, q],
    enabled: q !== '',
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(
        api,
        'audit.list',
        { project, q, limit: PAGE, ...(pageParam === undefined ? {} : { before: pageParam }) },
        signal,
      ),
    refetchInterval: ({ state }) => askAgainMs(state.error),
    getNextPageParam: (last) => (last.items.length < PAGE ? undefined : last.items.at(-1)?.seq),
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((p) => p.items) ?? [], [data]);
  const first = data?.pages[0];
  const onRange = useCallback(
    (_first: number, last: number) => {
      if (last >= rows.length - 100 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
    [rows.length, hasNextPage, isFetchingNextPage, fetchNextPage],
  );
  return {
    total: first?.total ?? 0,
    size: first?.size ?? 0,
    count: rows.length,
    row: (index) => rows[index] ?? null,
    indexOf: (seq) => {
      const at = rows.findIndex((r) => r.seq === seq);
      return at < 0 ? null : at;
    },
    onRange,
    error: query.error instanceof AkiosError ? query.error : null,
    ready: data !== undefined,
    fresh: 0,
    showFresh: () => void query.refetch(),
  };
}
