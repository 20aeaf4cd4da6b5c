import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './console.ts';

test('a developer raises the cage, runs the sample, sees it live and lowers the cage', async ({
  akios,
  page,
}) => {
  await akios.open(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Down');

  await page.getByRole('button', { name: 'Raise cage' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Up');
  const rows = page.getByRole('table', { name: 'Protections' }).getByRole('row');
  await expect(rows).toHaveCount(8);
  await expect(rows.filter({ hasText: 'Proved' }).filter({ hasNotText: 'Protection' })).toHaveCount(
    7,
  );
  await page.screenshot({ path: 'test-results/developer-up.png' });

  await page.getByRole('button', { name: 'Run workflow…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('combobox', { name: 'Workflow' })).toContainText('Document review');
  await dialog.getByRole('button', { name: /^Run/ }).click();
  await expect(page.getByText('Done', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('letter').first()).toBeVisible();
  await page.screenshot({ path: 'test-results/developer-run.png' });

  await page.getByRole('link', { name: 'Dashboard', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Runs today' })).toContainText('Document review');
  await page.getByRole('button', { name: 'Lower cage…' }).click();
  await expect(page.getByRole('alertdialog')).toContainText('data/output');
  await page.screenshot({ path: 'test-results/developer-lower.png' });
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /Lower|Erase/ })
    .last()
    .click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Down');
  const status = await akios.machine.akios(['cage', 'status', '--json'], { cwd: akios.project });
  expect(JSON.parse(status.stdout)).toMatchObject({ state: 'down' });
});

/** A time to wait that no other program of this machine waits. */
const WAIT = `50.${process.pid}`;
const SLOW =
  'name: Slow\ndescription: Waits\nsteps:\n  - step: 1\n    name: wait\n    agent: tool_executor\n    action: run\n    config:\n      allowed_commands: [sleep]\n    parameters:\n      command: sleep\n      args: ["WAIT"]\n'.replace(
    'WAIT',
    WAIT,
  );

/** Programs that wait so long, by their command lines; one that ends meanwhile is none. */
function waiting(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch (cause) {
        if (['ENOENT', 'ESRCH'].includes((cause as NodeJS.ErrnoException).code ?? '')) return [];
        throw cause;
      }
    })
    .filter((command) => command.includes(WAIT));
}

/** Puts a workflow that waits into the project and allows its command. */
function slowWorkflow(project: string): void {
  writeFileSync(join(project, 'workflows', 'slow.yml'), SLOW);
  const config = join(project, 'config.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('  - wc\n', '  - wc\n  - sleep\n'));
}

test('a run that is killed says so and leaves no process', async ({ akios, page }) => {
  const { machine, project } = akios;
  slowWorkflow(project);
  await akios.raise();
  await akios.open(page);
  const run = machine.akios(['run', 'workflows/slow.yml', '--json'], { cwd: project });
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'Slow' });
  await expect(row).toContainText('Running');
  await row.getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Slow');
  await expect.poll(waiting).not.toEqual([]);
  await expect(page.getByRole('button', { name: /Kill/ }).first()).toBeVisible();
  await page.keyboard.press('Control+.');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('wrong workflow');
  await dialog
    .getByRole('button', { name: /Kill|Stop/ })
    .last()
    .click();
  await expect(page.getByText(/Killed/).first()).toBeVisible();
  const ended = await run;
  expect(waiting()).toEqual([]);
  expect(JSON.parse(ended.stdout).run.state).toBe('killed');
  expect(ended.code).toBe(130);
});

test('everything is stopped from any screen by keyboard, in two steps, and what was stopped is named', async ({
  akios,
  page,
}) => {
  const { machine, project } = akios;
  slowWorkflow(project);
  await akios.raise();
  await akios.open(page);
  const run = machine.akios(['run', 'workflows/slow.yml', '--json'], { cwd: project });
  await page.keyboard.press('Control+2');
  await expect(page.getByRole('row').filter({ hasText: 'Slow' })).toContainText('Running');
  await page.keyboard.press('Control+3');
  await page.keyboard.press('Control+Shift+Period');
  const ask = page.getByRole('alertdialog', { name: 'Stop everything now' });
  await expect(ask).toContainText('of every project of this helper');
  await page.keyboard.press('Escape');
  await expect(ask).toHaveCount(0);
  await page.keyboard.press('Control+Shift+Period');
  await page.keyboard.type('drill');
  await page.keyboard.press('Enter');
  const done = page.getByRole('dialog', { name: '1 run stopped' });
  await expect(done).toContainText('claims-intake');
  await page.screenshot({ path: 'test-results/developer-stopped.png' });
  const ended = await run;
  const { id, state } = (JSON.parse(ended.stdout) as { run: { id: string; state: string } }).run;
  expect(state).toBe('killed');
  await expect(done).toContainText(id);
  await done.getByRole('button', { name: 'Close' }).last().click();

  await page.getByRole('button', { name: 'Stop all…' }).click();
  await page.getByRole('button', { name: 'Stop all', exact: true }).click();
  await expect(page.getByRole('dialog', { name: 'Nothing was running' })).toBeVisible();
});
