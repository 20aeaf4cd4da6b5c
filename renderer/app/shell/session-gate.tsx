import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo } from 'react';
import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import type { ConsoleApi } from '../../client/api.ts';
import type { SignIn } from '../../client/browser.ts';
import { CommandLine, Empty, ErrorView } from '../../ui/notice.tsx';
import { ask, type Session, SessionContext } from '../api-context.ts';
import { useT } from '../i18n/use-t.ts';
import { useConnection } from '../live/use-connection.ts';
import { usePrefs } from '../prefs.ts';
import s from './shell.module.css';

interface SessionGateProps {
  api: ConsoleApi;
  signIn: { result: SignIn; project: string | null };
  children: ReactNode;
}

const asValue = (error: unknown): ErrorValue =>
  error instanceof AkiosError
    ? error.toValue()
    : { code: 'INTERNAL', message: 'The console could not read the session.' };

/** Finds out who is there and which project is shown; nothing else is drawn before. */
export function SessionGate({ api, signIn, children }: SessionGateProps) {
  const t = useT();
  const chosen = usePrefs((p) => p.project);
  const setPrefs = usePrefs((p) => p.set);
  const wanted = signIn.project ?? chosen;
  const opened = useQuery({
    queryKey: ['session'],
    queryFn: async () => ({
      who: await ask(api, 'whoami', {}),
      projects: (await ask(api, 'project.list', {})).items,
    }),
    enabled: signIn.result !== 'refused',
    refetchInterval: (query) =>
      query.state.status === 'error' || query.state.data?.projects.length === 0 ? 3_000 : false,
  });
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

  if (session !== null) {
    return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
  }
  const error = opened.error === null ? null : asValue(opened.error);
  if (signIn.result === 'refused' || error?.code === 'UNAUTHENTICATED') {
    return (
      <main className={s.alone}>
        <Empty
          title={t('error.signedOut.title')}
          body={t('error.signedOut.body')}
          command="akios serve"
        />
      </main>
    );
  }
  if (error !== null) {
    return (
      <main className={s.alone}>
        <ErrorView
          error={error}
          where="session"
          onRetry={() => void opened.refetch()}
          command="akios serve"
        />
      </main>
    );
  }
  if (opened.data !== undefined) {
    return (
      <main className={s.alone}>
        <Empty
          title={t('empty.project.title')}
          body={t('empty.project.body')}
          action={<CommandLine command="akios init my-project" />}
        />
      </main>
    );
  }
  return <main className={s.alone} aria-busy="true" aria-label={t('shell.loading')} />;
}
