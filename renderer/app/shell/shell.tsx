import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import type { Ablation } from '../../../shared/domain/states.ts';
import { Button } from '../../ui/button.tsx';
import { age, clock, zoneWord } from '../../ui/format.ts';
import { AblationStrip, CommandLine, Notice } from '../../ui/notice.tsx';
import { useCall, useSession } from '../api-context.ts';
import { intentOf, isTyping } from '../commands/keys.ts';
import { useRegistry } from '../commands/registry.ts';
import { useT } from '../i18n/use-t.ts';
import { useLive } from '../live/store.ts';
import { usePrefs } from '../prefs.ts';
import { SCREENS } from '../screens.ts';
import { useUi } from '../ui-state.ts';
import { Rail } from './rail.tsx';
import { serveCommand } from './serve-command.ts';
import s from './shell.module.css';
import { focusFilter, useShellCommands } from './shell-commands.ts';
import { StatusBar } from './status-bar.tsx';
import { TitleBar } from './title-bar.tsx';

const Layers = lazy(() => import('../commands/layers.tsx'));

/** The frame of every screen: who holds what, where you are, what can be done. */
export function Shell() {
  const t = useT();
  const layer = useUi((u) => u.layer);
  const said = useUi((u) => u.said);
  useShellCommands();
  useShellKeys();
  useHeadingFocus();
  const ablations = useLive((l) => l.data.cage?.ablations) ?? [];
  return (
    <div className={s.app}>
      <button type="button" className={s.skip} onClick={focusMain}>
        {t('app.skip')}
      </button>
      <TitleBar />
      <Rail />
      <main className={s.main} id="main" tabIndex={-1} data-region="main">
        {ablations.map((a: Ablation) => (
          <AblationStrip key={a}>{t('ablation.line', { what: t(`ablation.${a}`) })}</AblationStrip>
        ))}
        <StreamNotice />
        <div className={s.screen}>
          <Outlet />
        </div>
      </main>
      <StatusBar />
      <div className="visually-hidden" role="status" aria-live="polite">
        {said}
      </div>
      <Suspense fallback={null}>{layer !== null && <Layers />}</Suspense>
    </div>
  );
}

function focusMain(): void {
  document.getElementById('main')?.focus();
}

/** Shown within two seconds of silence, with the time of what is still on the screen. */
function StreamNotice() {
  const t = useT();
  const zone = usePrefs((p) => p.zone);
  const { fresh, lastEventAt, now, nextTryAt, tryNow } = useLive();
  const { api } = useSession();
  const health = useCall('health', {}, { every: 10_000 });
  if (fresh === 'live' || fresh === 'connecting') return null;
  if (health.error?.code === 'UNAUTHENTICATED') {
    return (
      <Notice tone="warn" glyph="unknown" flat live="polite">
        <b>{t('live.signedOut.title')}</b> {t('live.signedOut.body')}
        <CommandLine command={serveCommand(api.via)} />
      </Notice>
    );
  }
  const iso = lastEventAt === null ? null : new Date(lastEventAt).toISOString();
  const time = iso === null ? '' : `${clock(iso, zone)} ${zoneWord(iso, zone)}`;
  const body =
    iso === null ? 'live.never.body' : fresh === 'stale' ? 'live.stale.body' : 'live.silent.body';
  const seconds = nextTryAt === null ? null : Math.max(0, Math.ceil((nextTryAt - now) / 1000));
  return (
    <Notice
      tone="warn"
      glyph="unknown"
      flat
      live="polite"
      action={
        tryNow !== null && (
          <Button small onPress={tryNow}>
            {t('live.tryNow')}
          </Button>
        )
      }
    >
      {lastEventAt !== null && <b>{t('live.stale.title', { age: age(now - lastEventAt) })} </b>}
      {t(body, { time })}
      {seconds !== null && ` ${t('live.next', { seconds })}`}
    </Notice>
  );
}

/** After a change of screen the focus is on its heading, so that it is announced. */
function useHeadingFocus(): void {
  const path = useRouterState({ select: (r) => r.resolvedLocation?.pathname });
  useEffect(() => {
    if (path === undefined) return;
    let tries = 20;
    const timer = setInterval(() => {
      const heading = document.querySelector<HTMLElement>('main h1[tabindex]');
      tries -= 1;
      if (heading !== null && document.activeElement === document.body) heading.focus();
      if (heading !== null || tries === 0) clearInterval(timer);
    }, 50);
    return () => clearInterval(timer);
  }, [path]);
}

function cycleRegion(back: boolean): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(
    (r) => r.offsetParent !== null,
  );
  const at = regions.findIndex((r) => r.contains(document.activeElement));
  const next = regions[(at + (back ? -1 : 1) + regions.length) % regions.length];
  const inside = next?.querySelector<HTMLElement>(
    'a[href], button, input, [tabindex="0"], [tabindex="-1"]',
  );
  (inside ?? next)?.focus();
}

function runCommand(id: string): void {
  for (const list of useRegistry.getState().byOwner.values()) {
    const found = list.find((c) => c.id === id);
    if (found !== undefined && found.disabledReason === undefined) found.run();
  }
}

function useShellKeys(): void {
  const navigate = useNavigate();
  const setLayer = useUi((u) => u.setLayer);
  useEffect(() => {
    const onKey = (e: KeyboardEvent): void => {
      const intent = intentOf(e, isTyping(e.target));
      if (intent === null) return;
      const modal = document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;
      if (modal && intent.kind !== 'palette' && intent.kind !== 'panic') return;
      const screen = intent.kind === 'screen' ? SCREENS[intent.index - 1] : undefined;
      if (intent.kind === 'screen' && screen === undefined) return;
      e.preventDefault();
      if (intent.kind === 'palette')
        setLayer(useUi.getState().layer === 'palette' ? null : 'palette');
      else if (intent.kind === 'shortcuts') setLayer('shortcuts');
      else if (intent.kind === 'filter') focusFilter();
      else if (intent.kind === 'region') cycleRegion(intent.back);
      else if (intent.kind === 'kill') runCommand('run.kill');
      else if (intent.kind === 'panic') runCommand('panic');
      else if (screen !== undefined) void navigate({ to: screen.path });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, setLayer]);
}
