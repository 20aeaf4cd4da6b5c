/**
 * A person's way through the real Electron shell, where its binary exists: the window opens, the
 * page has no more than its bridge, nothing leads away, and a helper that dies comes back by itself.
 *   bin/node e2e/electron/journey.ts      (needs a display; Xvfb is one)
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { _electron, type Page } from '@playwright/test';
import { newMachine, ROOT } from '../command.ts';

const WAIT = { timeout: 30_000 };

const state = (page: Page, word: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name: word, exact: true }).waitFor(WAIT);

async function nothingLeadsAway(page: Page): Promise<void> {
  const own = page.url();
  const inside = await page.evaluate(async () => {
    const reach = (url: string): Promise<boolean> =>
      fetch(url).then(
        () => true,
        () => false,
      );
    return {
      bridge: Object.keys((window as unknown as { akios: object }).akios).sort(),
      node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis),
      opened: window.open('https://example.org/') !== null,
      reached: await Promise.all(['https://example.org/', 'file:///etc/passwd'].map(reach)),
    };
  });
  assert.deepEqual(inside, {
    bridge: ['call', 'subscribe'],
    node: [],
    opened: false,
    reached: [false, false],
  });
  await page.evaluate(() => {
    location.href = 'https://example.org/';
  });
  await page.waitForTimeout(500);
  assert.equal(page.url(), own);
}

const machine = newMachine();
const project = join(machine.state, 'claims-intake');
const made = await machine.akios(['init', project]);
assert.equal(made.code, 0, made.stderr);
const app = await _electron.launch({
  executablePath: join(ROOT, 'node_modules', 'electron', 'dist', 'electron'),
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ROOT],
  env: { ...process.env, AKIOS_STATE_DIR: machine.state } as Record<string, string>,
});
try {
  const page = await app.firstWindow();
  await state(page, 'Down');
  assert.match(page.url(), /^akios-app:\/\/console\//);
  await nothingLeadsAway(page);
  await page.getByRole('button', { name: 'Raise cage' }).first().click();
  await state(page, 'Up');

  const { stdout } = await machine.akios(['helper', 'status', '--json']);
  process.kill((JSON.parse(stdout) as { pid: number }).pid, 'SIGKILL');
  // Nobody does anything: the shell starts the helper again and the window goes on.
  await state(page, 'Down');
  process.stdout.write('Electron journey: passed\n');
} finally {
  await app.close();
  await machine.dispose();
}
