import type { ConsoleApi } from './api.ts';
import { browserApi } from './browser.ts';
import { electronApi } from './electron.ts';

/** The bridge where the shell put one, else the page's own origin. */
export function pickApi(): ConsoleApi {
  return window.akios === undefined ? browserApi : electronApi(window.akios);
}
