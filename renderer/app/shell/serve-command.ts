import type { ConsoleApi } from '../../client/api.ts';

/**
 * The line that makes this very window work again: a browser window belongs to its port, and only
 * a console on the same one can go on in it. The shell has no port and starts its helper itself.
 */
export function serveCommand(via: ConsoleApi['via'], port = location.port): string {
  return via === 'browser' && port !== '' ? `akios serve --port ${port}` : 'akios serve';
}
