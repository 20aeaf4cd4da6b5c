/** The shell serves the console from its own scheme: no file: page, no loopback port. */
export const APP_SCHEME = 'akios-app';
export const APP_HOST = 'console';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const START_URL = `${APP_ORIGIN}/index.html`;

/** True only for a URL of our own page. An empty or about:blank URL is not ours. */
export function isAppUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return protocol === `${APP_SCHEME}:` && host === APP_HOST && username === '' && password === '';
}

/** Documentation hosts a person may open in the system browser; https and exact host only. */
const EXTERNAL_HOSTS: readonly string[] = ['www.rfc-editor.org', 'c2sp.org', 'www.kernel.org'];

export function mayOpenExternally(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, port, username, password } = new URL(url);
  return (
    protocol === 'https:' &&
    port === '' &&
    username === '' &&
    password === '' &&
    EXTERNAL_HOSTS.includes(hostname)
  );
}
