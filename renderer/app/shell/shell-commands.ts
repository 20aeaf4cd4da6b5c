import { useNavigate } from '@tanstack/react-router';
import type { CallName } from '../../../shared/contract/table.ts';
import { mayCall, useSession } from '../api-context.ts';
import { type Command, useCommands } from '../commands/registry.ts';
import { useT } from '../i18n/use-t.ts';
import { useLive } from '../live/store.ts';
import { usePrefs } from '../prefs.ts';
import { SCREENS } from '../screens.ts';
import { useUi } from '../ui-state.ts';

export function focusFilter(): void {
  document.querySelector<HTMLInputElement>('[data-filter]')?.focus();
}

/** Commands that exist on every screen: places, the chief actions, and how things look. */
export function useShellCommands(): void {
  const t = useT();
  const navigate = useNavigate();
  const setPrefs = usePrefs((p) => p.set);
  const setLayer = useUi((u) => u.setLayer);
  const tryNow = useLive((l) => l.tryNow);
  const commands: Command[] = SCREENS.map((screen, i) => ({
    id: `go.${screen.path}`,
    group: 'go',
    label: t('command.go', { screen: t(screen.label) }),
    shortcut: `Ctrl ${i + 1}`,
    run: () => void navigate({ to: screen.path }),
  }));
  const role = useSession().role;
  const act = (id: string, label: string, call: CallName, run: () => void): Command => ({
    id,
    label,
    group: 'act',
    run,
    disabledReason: mayCall(role, call) ? undefined : t('error.role', { role }),
  });
  const lower = (): void => void navigate({ to: '/', search: { dialog: 'lower' } });
  const start = (): void => void navigate({ to: '/runs', search: { dialog: 'start' } });
  const panic = (): void => setLayer('panic');
  const verify = (): void => void navigate({ to: '/audit', search: {} });
  commands.push(
    act('cage.up', t('command.raise'), 'cage.up', () => void navigate({ to: '/' })),
    act('cage.down', t('dash.lower'), 'cage.down', lower),
    act('run.start', t('runs.start'), 'run.start', start),
    act('audit.verify', t('audit.v.start'), 'audit.records', verify),
    { ...act('panic', t('panic.command'), 'panic', panic), shortcut: 'Ctrl Shift .' },
  );
  const view = (id: string, label: string, run: () => void, shortcut?: string): Command => ({
    id,
    label,
    group: 'view',
    run,
    ...(shortcut === undefined ? {} : { shortcut }),
  });
  commands.push(
    view('filter', t('command.filter'), focusFilter, '/'),
    view('theme.system', t('command.theme.system'), () => setPrefs({ theme: 'system' })),
    view('theme.light', t('command.theme.light'), () => setPrefs({ theme: 'light' })),
    view('theme.dark', t('command.theme.dark'), () => setPrefs({ theme: 'dark' })),
    view('zone.utc', t('command.zone.utc'), () => setPrefs({ zone: 'utc' })),
    view('zone.local', t('command.zone.local'), () => setPrefs({ zone: 'local' })),
    view('locale.en', t('command.locale.en'), () => setPrefs({ locale: 'en' })),
    view('locale.pseudo', t('command.locale.pseudo'), () => setPrefs({ locale: 'en-XA' })),
    view('stream', t('command.tryNow'), () => tryNow?.()),
    view('shortcuts', t('command.shortcuts'), () => setLayer('shortcuts'), '?'),
  );
  useCommands('shell', commands);
}
