import { ErrorView } from '../../ui/notice.tsx';
import { useT } from '../i18n/use-t.ts';

/** A fault of one screen. The message of an unknown fault may hold data, so it is not shown. */
export function ScreenFailed({ reset }: { error: unknown; reset?: () => void }) {
  const t = useT();
  return (
    <ErrorView
      where={location.hash.split('?')[0] ?? ''}
      error={{ code: 'INTERNAL', message: t('error.screen'), hint: t('error.screen.body') }}
      onRetry={reset}
      command="akios doctor"
    />
  );
}
