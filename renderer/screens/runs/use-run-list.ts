import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RunSummary } from '../../../shared/contract/runs.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { ask, useSession } from '../../app/api-context.ts';
import { useLive } from '../../app/live/store.ts';

const PAGE = 200;

export interface RunList {
  /** Newest first; what the stream says of a run is newer than what was read. */
  runs: readonly RunSummary[];
  total: number;
  ready: boolean;
  error: AkiosError | null;
  retry(): void;
  /** Reads the next page; null when every run that matches is there. */
  more: (() => void) | null;
}

/** Runs that match a filter, a page at a time. */
export function useRunList(q: string): RunList {
  const { api, project } = useSession();
  const live = useLive((l) => l.data.runs);
  const query = useInfiniteQuery({
    queryKey: ['run.list', project, q],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      ask(
        api,
        'run.list',
        {
          project,
          limit: PAGE,
          ...(q === '' ? {} : { q }),
          ...(cursor === undefined ? {} : { cursor }),
        },
        signal,
      ),
    getNextPageParam: (last) => last.cursor ?? undefined,
    refetchInterval: 15_000,
    placeholderData: (old) => old,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const runs = useMemo(() => {
    const read = new Map(data?.pages.flatMap((p) => p.items).map((r) => [r.id, r]));
    const newest = new Map(live.map((r) => [r.id, r]));
    const started = q === '' ? live.filter((r) => !read.has(r.id)) : [];
    return [...started, ...[...read.values()].map((r) => newest.get(r.id) ?? r)];
  }, [data, live, q]);
  return {
    runs,
    total: Math.max(runs.length, data?.pages[0]?.total ?? 0),
    ready: data !== undefined,
    error: query.error instanceof AkiosError ? query.error : null,
    retry: () => void query.refetch(),
    more: hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : null,
  };
}
