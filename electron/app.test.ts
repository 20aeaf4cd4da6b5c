import { expect, test } from 'vitest';
import { prepare, Shell, type ShellPorts } from './app.ts';
import type { HelperPort } from './bridge/bridge.ts';
import { fakeElectron } from './testing/fake-electron.ts';

const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));

function ports(overrides: Partial<ShellPorts> = {}): ShellPorts & { lines: string[] } {
  const lines: string[] = [];
  const helper: HelperPort = {
    call: async (name) => ({ ok: true, value: name }),
    subscribe: () => () => lines.push('unsubscribed'),
  };
  return {
    lines,
    preload: '/app/preload.cjs',
    icon: '/app/icon.png',
    files: { names: new Set(['index.html']), read: async () => bytes('<!doctype html>') },
    helper,
    control: {
      health: async () => ({ ok: true, value: { status: 'ok', build: 'b', contract: 1 } }),
      ensure: async () => ({ ok: true, value: { status: 'ok', build: 'b', contract: 1 } }),
    },
    clock: { setTimer: () => () => undefined },
    argv: [],
    log: (line) => lines.push(line),
    ...overrides,
  };
}

async function opened(overrides: Partial<ShellPorts> = {}) {
  const fake = fakeElectron();
  const shellPorts = ports(overrides);
  expect(prepare(fake.electron, shellPorts)).toBe(true);
  const shell = new Shell(fake.electron, shellPorts);
  await shell.open();
  return { ...fake, shell, lines: shellPorts.lines, window: fake.record.windows[0]! };
}

test('a second instance quits and opens nothing', () => {
  const { electron, record } = fakeElectron({ firstInstance: false });
  expect(prepare(electron, ports())).toBe(false);
  expect(record.quits).toBe(1);
  expect(record.windows).toEqual([]);
});

test('the window is sandboxed, isolated and without Node, and the whole app is sandboxed', async () => {
  const { record, window } = await opened();
  expect(record.sandboxed).toBe(true);
  expect(record.switches).toContain('disable-crash-reporter');
  expect(record.switches).not.toContain('no-sandbox');
  expect((window.options as { webPreferences: object }).webPreferences).toEqual({
    preload: '/app/preload.cjs',
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
    spellcheck: false,
    devTools: false,
  });
  expect(window.loaded).toEqual(['akios-app://console/index.html']);
});

test('navigation, redirects, frames and webviews away from the console are denied', async () => {
  const { window, lines } = await opened();
  const away = [
    'https://evil.example/',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    'data:text/html,x',
    'about:blank',
    '',
    'akios-app://console.evil/',
    'akios-app://user@console/',
    'javascript:alert(1)',
  ];
  for (const kind of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
    for (const url of away) {
      let denied = false;
      window.webContents.emit(kind, {
        url,
        preventDefault: () => {
          denied = true;
        },
      });
      expect(denied, `${kind} ${url}`).toBe(true);
    }
    let own = false;
    window.webContents.emit(kind, {
      url: 'akios-app://console/index.html#/audit',
      preventDefault: () => {
        own = true;
      },
    });
    expect(own).toBe(false);
  }
  let webview = false;
  window.webContents.emit('will-attach-webview', {
    preventDefault: () => {
      webview = true;
    },
  });
  expect(webview).toBe(true);
  expect(lines.length).toBeGreaterThan(0);
});

test('windows are never opened; only listed https hosts reach the browser', async () => {
  const { window, record } = await opened();
  const open = window.webContents.openHandler!;
  for (const url of [
    'https://c2sp.org.evil.tld/',
    'https://c2sp.org:8443/',
    'http://c2sp.org/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '\\\\host\\share',
    'https://user@c2sp.org/',
  ]) {
    expect(open({ url })).toEqual({ action: 'deny' });
  }
  expect(record.opened).toEqual([]);
  expect(open({ url: 'https://c2sp.org/tlog-tiles' })).toEqual({ action: 'deny' });
  expect(record.opened).toEqual(['https://c2sp.org/tlog-tiles']);
});

test('permissions, devices and foreign requests are denied', async () => {
  const { record } = await opened();
  const { permissionRequest, permissionCheck, devicePermission, beforeRequest } = record.session;
  for (const name of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal']) {
    let answer: unknown;
    permissionRequest({}, name, (granted: unknown) => {
      answer = granted;
    });
    expect(answer, name).toBe(false);
    expect(permissionCheck({}, name)).toBe(false);
  }
  expect(permissionCheck({}, 'clipboard-sanitized-write')).toBe(true);
  expect(devicePermission({})).toBe(false);
  const cancelled = (url: string) => {
    let answer: { cancel?: boolean } = {};
    beforeRequest({ url }, (a: { cancel?: boolean }) => {
      answer = a;
    });
    return answer.cancel;
  };
  expect(cancelled('https://evil.example/x')).toBe(true);
  expect(cancelled('http://127.0.0.1:8080/')).toBe(true);
  expect(cancelled('file:///etc/passwd')).toBe(true);
  expect(cancelled('akios-app://console/app.js')).toBe(false);
  expect(record.session.spellChecker).toBe(false);
});

test('the scheme serves listed names only, with the policy on every answer', async () => {
  const { record } = await opened();
  const serve = record.schemeHandler!;
  const status = async (url: string, method = 'GET') =>
    (await serve(new Request(url, { method }))).status;
  expect(await status('akios-app://console/index.html')).toBe(200);
  for (const path of [
    '',
    'nope.js',
    '../main.cjs',
    '%2e%2e/main.cjs',
    '/etc/passwd',
    'index.html%00',
    'INDEX.HTML',
  ]) {
    expect(await status(`akios-app://console/${path}`), path).toBe(404);
  }
  expect(await status('akios-app://other/index.html')).toBe(404);
  expect(await status('akios-app://console/index.html', 'POST')).toBe(405);
  const answer = await serve(new Request('akios-app://console/index.html'));
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});

test('a renderer that dies is reloaded three times in a minute, then left alone', async () => {
  const { window } = await opened();
  for (let n = 0; n < 6; n += 1) {
    window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
  }
  expect(window.loaded).toHaveLength(4);
});

test('links navigate and never act', async () => {
  const { app, window } = await opened({ argv: ['electron', 'akios://audit/42'] });
  expect(window.loaded).toEqual(['akios-app://console/index.html#/audit?seq=42']);
  app.emit('second-instance', {}, ['x', 'akios://run/run_20260131T101500_3f9a1c2b4d5e']);
  expect(window.loaded.at(-1)).toBe(
    'akios-app://console/index.html#/runs/run_20260131T101500_3f9a1c2b4d5e',
  );
  const before = window.loaded.length;
  for (const bad of [
    'akios://cage/down',
    'akios://run/a/b',
    'akios://audit/1?x=1',
    'akios://run/<script>',
    'http://x/',
  ]) {
    app.emit('second-instance', {}, ['x', bad]);
  }
  expect(window.loaded).toHaveLength(before);
});

test('the tray claims no state of the cage, and its entries only open places', async () => {
  const { window, record } = await opened();
  const menu = record.trayMenus.at(-1) ?? [];
  expect(menu.map((item) => item.label ?? '').join(' ')).not.toMatch(/up|down|unknown|degraded/i);
  const press = (label: string) => menu.find((item) => item.label === label)?.click?.();
  press('Raise cage…');
  expect(window.loaded.at(-1)).toBe('akios-app://console/index.html#/');
  press('Lower cage…');
  expect(window.loaded.at(-1)).toBe('akios-app://console/index.html#/?dialog=lower');
});
