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
  await expect(state).toHaveText('Unknown', { timeout: 5_600 });
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
