import * as z from 'zod';

/** What a link may do: show a record, a run or a proof. It never acts. */
const link = z.union([
  z.object({ host: z.literal('audit'), id: z.string().regex(/^\d{1,15}$/) }),
  z.object({ host: z.literal('proof'), id: z.string().regex(/^\d{1,15}$/) }),
  z.object({ host: z.literal('run'), id: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/) }),
]);

/** The console route of an `akios://` link, or null for anything else. */
export function routeOfLink(text: string): string | null {
  if (text.length > 200 || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'akios:' || url.username || url.password || url.port) return null;
  if (url.search || url.hash) return null;
  const parsed = link.safeParse({ host: url.hostname, id: url.pathname.slice(1) });
  if (!parsed.success) return null;
  const { host, id } = parsed.data;
  return host === 'run' ? `#/runs/${id}` : `#/audit?seq=${id}`;
}

/** The first link among the arguments of a start (the system hands links over as arguments). */
export function linkInArguments(argv: readonly string[]): string | null {
  for (const text of argv) {
    const route = routeOfLink(text);
    if (route !== null) return route;
  }
  return null;
}
