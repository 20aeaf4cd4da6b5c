import { defineConfig } from '@playwright/test';

/** Debian's Chromium; nothing is downloaded, and the browser resolves no outside name. */
export default defineConfig({
  testDir: '.',
  testMatch: '**/*.journey.ts',
  fullyParallel: false,
  workers: 1,
  retries: 0,
  // Bounds of a hang, not of speed: a busy machine may leave a process waiting for seconds.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  outputDir: '../test-results',
  reporter: [
    ['list'],
    ...(process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] ? [['json'] as ['json']] : []),
  ],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--no-first-run',
        '--no-default-browser-check',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--disable-default-apps',
        '--disable-extensions',
        '--disable-domain-reliability',
        '--no-pings',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-quic',
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ],
    },
  },
});
