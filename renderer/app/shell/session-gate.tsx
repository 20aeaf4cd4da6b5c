import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo } from 'react';
import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import type { ConsoleApi } from '../../client/api.ts';
import type { SignIn } from '../../client/browser.ts';
import { CommandLine, Empty, ErrorView } from '../../ui/notice.tsx';
import { ask, type Session, SessionContext } from '../api-context.ts';
import { useT } from '../i18n/use-t.ts';
import { useConnection } from '../live/use-connection.ts';
import { usePrefs } from '../prefs.ts';
import { serveCommand } from './serve-command.ts';
import s from './shell.module.css';

interface SessionGateProps {
  api: ConsoleApi;
  signIn: { result: SignIn; project: string | null };
  children: ReactNode;
}

interface Opened {
  who: { name: string; role: string };
  projects: readonly { id: string; name: string; path: string }[];
}

const asValue = (error: unknown): ErrorValue =>
  error instanceof AkiosError
    ? error.toValue()
    : { code: 'INTERNAL', message: 'The console could not read the session.' };

/**
 * Asks who is there and which projects there are; as long as there is no answer, again every three
 * seconds, so that a window goes on by itself once a helper is back or another window signed in.
 */
function useOpened(api: ConsoleApi): UseQueryResult<Opened> {
  return useQuery({
    queryKey: ['session'],
    queryFn: async () => ({
      who: await ask(api, 'whoami', {}),
      projects: (await ask(api, 'project.list', {})).items,
    }),
    refetchInterval: (query) =>
      query.state.status === 'error' || query.state.data?.projects.length === 0 ? 3_000 : false,
  });
}

/** Finds out who is there and which project is shown; nothing else is drawn before. */
export function SessionGate({ api, signIn, children }: SessionGateProps) {
  const chosen = usePrefs((p) => p.project);
  const setPrefs = usePrefs((p) => p.set);
  const wanted = signIn.project ?? chosen;
  const opened = useOpened(api);
  useEffect(() => {
    if (signIn.project !== null) setPrefs({ project: signIn.project });
  }, [signIn.project, setPrefs]);

  const projects = opened.data?.projects ?? [];
  const project = projects.find((p) => p.id === wanted || p.path === wanted) ?? projects[0] ?? null;
  const who = opened.data?.who ?? null;
  const session = useMemo<Session | null>(
    () =>
      project === null || who === null
        ? null
        : {
            api,
            project: project.id,
            projectName: project.name,
            projectPath: project.path,
            user: who.name,
            role: who.role,
          },
    [api, project, who],
  );
  useConnection(api, session?.project ?? null);
  return session === null ? (
    <NoSession api={api} opened={opened} />
  ) : (
    <SessionContext.Provider value={session}>{children}</SessionContext.Provider>
  );
}

/** Why nothing is shown yet, and the one thing to do about it. */
function NoSession({ api, opened }: { api: ConsoleApi; opened: UseQueryResult<Opened> }) {
  const t = useT();
  const error = opened.error === null ? null : asValue(opened.error);
  if (error === null && opened.data === undefined) {
    return <main className={s.alone} aria-busy="true" aria-label={t('shell.loading')} />;
  }
  return (
    <main className={s.alone}>
      {error?.code === 'UNAUTHENTICATED' ? (
        <Empty
          title={t('error.signedOut.title')}
          body={t('error.signedOut.body')}
          command={serveCommand(api.via)}
        />
      ) : error !== null ? (
        <ErrorView
          error={error}
          where="session"
          onRetry={() => void opened.refetch()}
          command={serveCommand(api.via)}
        />
      ) : (
        <Empty
          title={t('empty.project.title')}
          body={t('empty.project.body')}
          action={<CommandLine command="akios init my-project" />}
        />
      )}
    </main>
  );
}
