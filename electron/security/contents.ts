import type { WebContents } from 'electron';
import type { Electron } from '../facade.ts';
import { isAppUrl, mayOpenExternally } from './origin.ts';

/** Every page of every window, also ones a library would open, stays on our own origin. */
export function hardenContents(electron: Electron, log: (line: string) => void): void {
  electron.app.on('web-contents-created', (_event, contents) => {
    denyNavigation(contents, log);
    contents.setWindowOpenHandler(({ url }) => {
      if (mayOpenExternally(url)) {
        electron.shell.openExternal(url).catch((error: unknown) => {
          log(`could not open ${new URL(url).host} in the browser: ${String(error)}`);
        });
      } else log('a page asked to open a window; denied');
      return { action: 'deny' };
    });
  });
}

function denyNavigation(contents: WebContents, log: (line: string) => void): void {
  const guard = (event: { preventDefault(): void }, url: string, what: string): void => {
    if (isAppUrl(url)) return;
    event.preventDefault();
    log(`${what} away from the console was denied`);
  };
  contents.on('will-navigate', (event) => guard(event, event.url, 'navigation'));
  contents.on('will-redirect', (event) => guard(event, event.url, 'redirect'));
  contents.on('will-frame-navigate', (event) => guard(event, event.url, 'frame navigation'));
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
    log('a webview was denied');
  });
}
