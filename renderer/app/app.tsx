import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { IntlProvider } from 'react-intl';
import { AkiosError } from '../../shared/domain/errors.ts';
import type { ConsoleApi } from '../client/api.ts';
import type { SignIn } from '../client/browser.ts';
import { en } from './i18n/en.ts';
import { pseudoCatalogue } from './i18n/pseudo.ts';
import { usePrefs } from './prefs.ts';
import { makeRouter } from './router.tsx';
import { SessionGate } from './shell/session-gate.tsx';

interface AppProps {
  api: ConsoleApi;
  signIn: { result: SignIn; project: string | null };
}

/** A refusal stays a refusal; only a helper that does not answer is asked again. */
const retry = (failures: number, error: unknown): boolean =>
  failures < 2 && error instanceof AkiosError && error.code === 'HELPER_UNREACHABLE';

export function App({ api, signIn }: AppProps) {
  const locale = usePrefs((p) => p.locale);
  const messages = useMemo(() => (locale === 'en' ? en : pseudoCatalogue(en)), [locale]);
  const [queries] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: { retry, retryDelay: 500, staleTime: 5_000, refetchOnWindowFocus: false },
          mutations: { retry: false },
        },
      }),
  );
  const [router] = useState(makeRouter);
  return (
    <IntlProvider locale={locale === 'en' ? 'en' : 'en-XA'} defaultLocale="en" messages={messages}>
      <QueryClientProvider client={queries}>
        <SessionGate api={api} signIn={signIn}>
          <RouterProvider router={router} />
        </SessionGate>
      </QueryClientProvider>
    </IntlProvider>
  );
}
