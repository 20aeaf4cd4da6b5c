import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './console.ts';

const workflow = (name: string, step: string): string =>
  `name: ${name}\ndescription: Reaches for what it may not have\nsteps:\n  - step: 1\n    name: reach\n${step}`;

const READS_PASSWD = workflow(
  'Reads passwords',
  '    agent: tool_executor\n    action: run\n    config:\n      allowed_commands: [cat]\n    parameters:\n      command: cat\n      args: ["/etc/shadow"]\n',
);
const CALLS_OUT = workflow(
  'Calls out',
  '    agent: http\n    action: get\n    parameters:\n      url: "https://collector.example/x"\n',
);

test('a denied step shows its rule and leads to its ledger record', async ({ akios, page }) => {
  const { machine, project } = akios;
  writeFileSync(join(project, 'workflows', 'out.yml'), CALLS_OUT);
  await akios.raise();
  const run = await machine.akios(['run', 'workflows/out.yml', '--json'], { cwd: project });
  const { run: made } = JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '{}') as {
    run: { steps: { verdict: { rule: string } }[] };
  };
  const rule = made.steps[0]?.verdict.rule ?? '';
  expect(rule).not.toBe('');
  await akios.open(page);
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'Calls out' }).getByRole('link').first().click();
  const step = page.getByRole('treegrid').getByRole('row').filter({ hasText: 'reach' });
  await expect(step).toContainText('Denied');
  await expect(step).toContainText(rule);
  const link = step.getByRole('link');
  const seq = await link.innerText();
  await link.click();
  await expect(page.getByRole('heading', { name: `Record ${seq}` })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Record', exact: true })).toContainText('deny');
  await expect(page.getByText('Proof ends in the signed root')).toBeVisible();
});

test('a program that reaches for the password file gets nothing, and the run says so', async ({
  akios,
  page,
}) => {
  writeFileSync(join(akios.project, 'workflows', 'passwd.yml'), READS_PASSWD);
  await akios.raise();
  await akios.open(page);
  const run = await akios.machine.akios(['run', 'workflows/passwd.yml'], { cwd: akios.project });
  expect(run.code, `${run.stdout}${run.stderr}`).toBe(1);
  expect(run.stdout).not.toContain('root:');
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'Reads passwords' });
  await expect(row).toContainText(/Denied|Failed/);
  await row.getByRole('link').first().click();
  await expect(page.getByRole('main')).not.toContainText('root:');
});

test('the plan shows verdicts and cost and changes nothing', async ({ akios, page }) => {
  const { machine, project } = akios;
  writeFileSync(join(project, 'workflows', 'out.yml'), CALLS_OUT);
  await akios.raise();
  await akios.open(page);
  const runs = async (): Promise<unknown> => {
    const stats = await machine.akios(['audit', 'stats', '--json'], { cwd: project });
    const { events } = JSON.parse(stats.stdout) as { events: number };
    expect(events).toBeGreaterThan(0);
    return { events, outputs: readdirSync(join(project, 'data', 'output')) };
  };
  const before = await runs();
  await page.getByRole('button', { name: 'Run workflow…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox').selectOption('workflows/sample.yml');
  await expect(dialog.getByRole('row').filter({ hasText: 'letter' })).toContainText('Allowed');
  await expect(dialog).toContainText('$0.000000');
  await dialog.getByRole('combobox').selectOption('workflows/out.yml');
  await expect(dialog.getByRole('row').filter({ hasText: 'reach' })).toContainText('Denied');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await expect(page.getByRole('main')).toContainText('akios run workflows/sample.yml');
  expect(await runs()).toEqual(before);
});

test('a switched-off protection is a red strip on every screen, until the cage is lowered', async ({
  akios,
  page,
}) => {
  const { machine, project } = akios;
  await machine.akios(['cage', 'up', '--no-pii'], { cwd: project });
  await akios.open(page);
  const strip = page.getByRole('alert').filter({ hasText: '--no-pii' });
  for (const key of ['1', '2', '3', '4']) {
    await page.keyboard.press(`Control+${key}`);
    await expect(strip).toBeVisible();
    await expect(strip.getByRole('button')).toHaveCount(0);
  }
  const [r = 0, g = 255, b = 255] = await strip.evaluate((el) =>
    (getComputedStyle(el).backgroundColor.match(/\d+/g) ?? []).map(Number),
  );
  expect(r - Math.max(g, b)).toBeGreaterThan(60);
  await page.reload();
  await expect(strip).toBeVisible();
  await machine.akios(['cage', 'down', '--keep-data'], { cwd: project });
  await expect(strip).toHaveCount(0);
});
