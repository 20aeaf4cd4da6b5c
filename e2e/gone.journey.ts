import { expect, test } from './console.ts';

test('a helper that is killed is never shown as up, and the window goes on when it is back', async ({
  akios,
  page,
  context,
}) => {
  const { machine, project } = akios;
  await akios.raise();
  await akios.open(page);
  const state = page.getByRole('heading', { level: 1 });
  await expect(state).toHaveText('Up');
  const port = new URL(page.url()).port;
  const status = await machine.akios(['helper', 'status', '--json']);
  process.kill((JSON.parse(status.stdout) as { pid: number }).pid, 'SIGKILL');
  await expect(state).toHaveText('Unknown');
  await expect(page.getByRole('banner').getByRole('status')).toContainText('Unknown');
  await expect(page.getByRole('contentinfo')).toContainText('no answer');
  const rows = page.getByRole('table', { name: 'Protections' }).getByRole('row');
  await expect(rows.filter({ hasText: ', Proved' })).toHaveCount(0);
  await expect(rows.filter({ hasText: ', Unknown' })).toHaveCount(7);

  akios.close();
  await akios.open(await context.newPage(), ['--port', port]);
  await expect(state).toHaveText('Down');
  const after = await machine.akios(['cage', 'status', '--json'], { cwd: project });
  expect(JSON.parse(after.stdout)).toMatchObject({ state: 'down' });
});

test('a one-time address works once; a reload keeps the session', async ({
  akios,
  page,
  browser,
}) => {
  const url = await akios.open(page);
  expect(page.url()).not.toContain('token');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Down');

  const other = await browser.newContext();
  const second = await other.newPage();
  await second.goto(url);
  await expect(second.getByRole('main')).toContainText('This window is not signed in');
  await expect(second.getByRole('main')).toContainText('akios serve');
  expect(second.url()).not.toContain('token');
  await second.goto(new URL(url).origin);
  await expect(second.getByRole('main')).toContainText('This window is not signed in');
  await other.close();
});

test('after a helper restart the window names the exact command and comes back to its place', async ({
  akios,
  page,
}) => {
  await akios.raise();
  await akios.open(page);
  await page.keyboard.press('Control+4');
  await page.getByRole('row').filter({ hasText: 'project.init' }).click();
  const place = page.url();
  expect(place).toContain('/audit?seq=');
  const { port } = new URL(place);
  akios.close();
  await akios.machine.akios(['helper', 'stop']);
  await expect(page.getByRole('status').filter({ hasText: /silent|Last event/ })).toBeVisible();
  await expect(page.getByRole('heading', { name: /^Record \d/ })).toBeVisible();

  // The same port, so the same window; its session is of the helper before.
  const url = await akios.serve(['--port', port]);
  await expect(page.getByRole('main')).toContainText('does not know this window');
  await expect(page.getByRole('main')).toContainText(`akios serve --port ${port}`);
  await page.screenshot({ path: 'test-results/gone-signed-out.png' });

  // Typed over the old address: only the fragment differs, and the window signs in all the same.
  await page.goto(url);
  await expect(page.getByRole('heading', { name: /^Record \d/ })).toBeVisible();
  expect(page.url()).toBe(place);
  await expect(page.getByRole('main')).not.toContainText('does not know this window');
});
