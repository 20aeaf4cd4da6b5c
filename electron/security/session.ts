import type { Session } from 'electron';
import { APP_SCHEME } from './origin.ts';

/** The only permission a console page ever gets. */
const ALLOWED_PERMISSION = 'clipboard-sanitized-write';

/** Denies every permission, device and request that is not our own page's own file. */
export function hardenSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => {
    answer(permission === ALLOWED_PERMISSION);
  });
  session.setPermissionCheckHandler((_contents, permission) => permission === ALLOWED_PERMISSION);
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, answer) => {
    const scheme = URL.canParse(details.url) ? new URL(details.url).protocol : '';
    answer({ cancel: scheme !== `${APP_SCHEME}:` && scheme !== 'devtools:' });
  });
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
}
