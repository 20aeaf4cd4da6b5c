import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from './console.ts';

/** Changes one byte of one body, as someone with the file in hand would. */
function changeOneByte(project: string, seq: number): void {
  const db = new Database(join(project, 'audit', 'audit.db'));
  const { body } = db.prepare('SELECT body FROM events WHERE idx = ?').get(seq) as { body: string };
  const changed = body.replace(
    /"type":"(.)/,
    (_all, c: string) => `"type":"${c === 'f' ? 'g' : 'f'}`,
  );
  db.prepare('UPDATE events SET body = ? WHERE idx = ?').run(changed, seq);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

test('an officer verifies the audit, follows one proof to the root, then sees a changed byte found', async ({
  akios,
  page,
}) => {
  const { machine, project } = akios;
  await akios.raise();
  const run = await machine.akios(['run', 'workflows/sample.yml', '--json'], { cwd: project });
  expect(run.code, run.stdout).toBe(0);

  await akios.open(page);
  await page.getByRole('link', { name: 'Audit', exact: true }).click();
  await page.getByRole('button', { name: 'Verify all' }).click();
  await expect(page.getByText('Verified', { exact: true }).first()).toBeVisible();
  await page.getByRole('row').filter({ hasText: 'fs.read' }).first().click();
  const proof = page.getByRole('region', { name: 'Proof' });
  await expect(proof).toContainText('Proof path');
  await expect(page.getByText('Proof ends in the signed root')).toBeVisible();
  await proof.getByRole('listbox').focus();
  await page.keyboard.press('ArrowUp');
  await expect(proof.getByRole('option').nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.screenshot({ path: 'test-results/officer-proof.png' });

  const verified = await machine.akios(['audit', 'verify', '--json'], { cwd: project });
  expect(verified.code, verified.stdout).toBe(0);

  akios.close();
  await machine.akios(['helper', 'stop']);
  changeOneByte(project, 7);
  const broken = await machine.akios(['audit', 'verify', '--json'], { cwd: project });
  expect(broken.code).toBe(1);
  const { findings } = JSON.parse(broken.stdout.trimEnd().split('\n').at(-1) ?? '{}') as {
    findings: { code: string; index?: number }[];
  };
  expect(findings).toContainEqual(expect.objectContaining({ code: 'LEAF_MISMATCH', index: 7 }));

  await akios.open(page);
  await page.getByRole('link', { name: 'Audit', exact: true }).click();
  await page.getByRole('button', { name: /Verify/ }).click();
  await expect(page.getByText(/[Bb]roken at record 7/).first()).toBeVisible();
  await page.screenshot({ path: 'test-results/officer-broken.png' });
});
