import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './console.ts';

const filesOf = (project: string, folder: string): string[] =>
  readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

test('lowering erases what the dialog named, the ledger included, and keeps the rest', async ({
  akios,
  page,
}) => {
  const { machine, project } = akios;
  await akios.raise();
  await machine.akios(['run', 'workflows/sample.yml'], { cwd: project });
  const inputs = filesOf(project, 'data/input');
  expect(filesOf(project, 'data/output')).toContain('report.md');
  expect(filesOf(project, 'audit')).toContain('audit.db');
  await akios.open(page);
  await page.keyboard.press('Control+4');
  await page.getByRole('button', { name: 'Verify all' }).click();
  await expect(page.getByText('Verified', { exact: true }).first()).toBeVisible();
  await page.keyboard.press('Control+1');
  await page.getByRole('button', { name: 'Lower cage…' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('data/output of every run, and the audit ledger');
  await expect(dialog).toContainText('can no longer be read or verified');
  await dialog.getByRole('button', { name: 'Lower cage and erase session data' }).click();
  const done = page.getByRole('dialog');
  await expect(done).toContainText('The cage is down');
  const receipt = await done.getByText(/receipt-\d+\.note/).innerText();
  expect(filesOf(project, 'data/input')).toEqual(inputs);
  expect(filesOf(project, 'data/output')).toEqual([]);
  expect(receipt.startsWith(project)).toBe(false);
  const stats = await machine.akios(['audit', 'log', '--json'], { cwd: project });
  expect(stats.stdout).not.toContain('report.md');

  // The next ledger has a key of its own: named, and neither called verified nor broken.
  await done.getByRole('button', { name: 'Close' }).last().click();
  await akios.raise();
  await page.keyboard.press('Control+4');
  await page.getByRole('button', { name: /Verify/ }).click();
  await expect(page.getByText(/Another key than the ledger seen here/)).toBeVisible();
  await expect(page.getByText('Consistent, unanchored')).toBeVisible();
});

test('a setting that keeps the ledger is named in the dialog, and the ledger stays', async ({
  akios,
  page,
}) => {
  const { machine, project } = akios;
  appendFileSync(join(project, 'config.yaml'), '\naudit_on_cage_down: keep\n');
  await akios.raise();
  await machine.akios(['run', 'workflows/sample.yml'], { cwd: project });
  await akios.open(page);
  await page.getByRole('button', { name: 'Lower cage…' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('the ledger (audit_on_cage_down)');
  await expect(dialog).not.toContainText('can no longer be read');
  await dialog.getByRole('button', { name: 'Lower cage and erase session data' }).click();
  await expect(page.getByRole('dialog')).toContainText('The cage is down');
  expect(filesOf(project, 'data/output')).toEqual([]);
  const log = await machine.akios(['audit', 'log', '--json'], { cwd: project });
  expect(log.stdout).toContain('report.md');
});
