import * as z from 'zod';
import { create } from 'zustand';

const KEY = 'akios.prefs';

const stored = z.object({
  theme: z.enum(['system', 'light', 'dark']).catch('system'),
  zone: z.enum(['utc', 'local']).catch('utc'),
  locale: z.enum(['en', 'en-XA']).catch('en'),
  project: z.string().nullable().catch(null),
});
export type Prefs = z.infer<typeof stored>;

/** Reads what an earlier visit chose; anything unreadable counts as not chosen. */
export function readPrefs(text: string | null): Prefs {
  let value: unknown = {};
  try {
    value = JSON.parse(text ?? '{}');
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  const parsed = stored.safeParse(value);
  return parsed.success
    ? parsed.data
    : { theme: 'system', zone: 'utc', locale: 'en', project: null };
}

function applyTheme(theme: Prefs['theme']): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

interface PrefsStore extends Prefs {
  set(change: Partial<Prefs>): void;
}

/** Small choices of this browser. Never anything from the helper but the id of the open project. */
export const usePrefs = create<PrefsStore>()((set, get) => ({
  ...readPrefs(localStorage.getItem(KEY)),
  set: (change) => {
    set(change);
    const { theme, zone, locale, project } = get();
    localStorage.setItem(KEY, JSON.stringify({ theme, zone, locale, project }));
    applyTheme(theme);
  },
}));
