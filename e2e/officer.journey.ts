import { existsSync, readdirSync, utimesSync } from 'node:fs';
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

test('a ledger whose key was changed verifies, and its records have proofs before and after', async ({
  akios,
  page,
}) => {
  const { machine, project } = akios;
  await akios.raise();
  await machine.akios(['helper', 'stop']);
  // The key is replaced when it is older than a day and the ledger is opened.
  const [ledger = ''] = readdirSync(join(machine.state, 'ledgers')).filter((id) =>
    existsSync(join(machine.state, 'ledgers', id, 'secret', 'key.pem')),
  );
  const old = new Date(Date.now() - 2 * 86_400_000);
  utimesSync(join(machine.state, 'ledgers', ledger, 'secret', 'key.pem'), old, old);
  await akios.raise();
  await akios.open(page);
  await page.keyboard.press('Control+4');
  await page.getByRole('button', { name: 'Verify all' }).click();
  await expect(page.getByText('Verified', { exact: true }).first()).toBeVisible();

  const rows = page.getByRole('grid', { name: 'Records' }).getByRole('row');
  for (const type of ['project.init', 'log.key_rotate', 'cage.up']) {
    await rows.filter({ hasText: type }).first().click();
    await expect(page.getByRole('region', { name: 'Record', exact: true })).toContainText(type);
    await expect(page.getByText('Checkpoint is signed by the ledger key')).toBeVisible();
    await expect(page.getByText('Proof ends in the signed root')).toBeVisible();
  }

  // A filter counts over the whole ledger, lives in the address and gives the line that exports it.
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type('type:log.key_rotate');
  await expect(rows).toHaveCount(2);
  await expect(page).toHaveURL(/q=type/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: /^1 of \d+$/ })).toBeVisible();
  await page.screenshot({ path: 'test-results/officer-rotated.png' });
  const exported = await machine.akios(
    [
      'audit',
      'export',
      '--format',
      'jsonl',
      '--output',
      'audit.jsonl',
      '--filter',
      'type:log.key_rotate',
    ],
    { cwd: project },
  );
  expect(exported.code, exported.stderr).toBe(0);
});
