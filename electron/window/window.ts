import type { BrowserWindow, BrowserWindowConstructorOptions, WebContents } from 'electron';
import type { Electron } from '../facade.ts';
import { START_URL } from '../security/origin.ts';

/** The canvas colours of the design tokens: set before first paint, so nothing flashes. */
const GROUND = { light: '#F5F6F7', dark: '#0E1216' } as const;

/** The one factory of window options. Nothing here may be relaxed by a caller. */
export function windowOptions(
  preload: string,
  dark: boolean,
  development: boolean,
): BrowserWindowConstructorOptions {
  return {
    width: 1440,
    height: 900,
    minWidth: 720,
    minHeight: 600,
    show: false,
    title: 'AKIOS Console',
    backgroundColor: dark ? GROUND.dark : GROUND.light,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: development,
    },
  };
}

const MAX_RELOADS = 3;

/** Opens the console window; a renderer that dies is reloaded at most three times in a minute. */
export function openWindow(
  electron: Electron,
  preload: string,
  route: string,
  log: (line: string) => void,
  admit: (contents: WebContents) => void,
): BrowserWindow {
  const window = new electron.BrowserWindow(
    windowOptions(preload, electron.nativeTheme.shouldUseDarkColors, !electron.app.isPackaged),
  );
  // Before the page can run: a message of a page that was not admitted is refused.
  admit(window.webContents);
  const load = (): void => {
    window.loadURL(`${START_URL}${route}`).catch((error: unknown) => {
      log(`the console page did not load: ${String(error)}`);
    });
  };
  let deaths: number[] = [];
  window.webContents.on('render-process-gone', (_event, details) => {
    const now = Date.now();
    deaths = [...deaths.filter((at) => now - at < 60_000), now];
    log(`the console page ended (${details.reason}), ${deaths.length} in a minute`);
    if (deaths.length <= MAX_RELOADS && !window.isDestroyed()) load();
  });
  window.once('ready-to-show', () => window.show());
  load();
  return window;
}
