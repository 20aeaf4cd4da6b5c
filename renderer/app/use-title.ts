import { useEffect } from 'react';
import type { MessageId } from './i18n/en.ts';
import { useT } from './i18n/use-t.ts';

/** Names the window after the screen. */
export function useTitle(screen: MessageId, detail?: string): void {
  const t = useT();
  useEffect(() => {
    const name = detail === undefined ? t(screen) : `${detail}, ${t(screen)}`;
    document.title = t('screen.title', { screen: name });
  }, [t, screen, detail]);
}
