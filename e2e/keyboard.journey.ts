import { expect, test } from './console.ts';

test('every command is in the palette and runs by keyboard alone', async ({ akios, page }) => {
  await akios.open(page);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Commands' });
  await expect(palette).toBeVisible();
  for (const command of [
    /Dashboard/,
    /Runs/,
    /Preview/,
    /Audit/,
    /^Raise cage/,
    /^Lower cage/,
    /^Run workflow/,
    /^Verify all/,
    /^Test all now/,
    /^Stop every run now/,
    /filter/i,
    /shortcuts/i,
    /UTC/,
  ]) {
    await expect(palette.getByRole('menuitem', { name: command }).first()).toBeAttached();
  }
  await page.keyboard.type('verify');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(palette).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: 'Audit' })).toBeAttached();
  await page.keyboard.press('Control+1');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Down');
});

test('screens, filter, lists, layers and regions answer to keys', async ({ akios, page }) => {
  await akios.raise();
  await akios.open(page);
  const places = ['Up', 'Runs', 'Prompt preview', 'Audit'];
  for (const [i, place] of places.entries()) {
    await page.keyboard.press(`Control+${i + 1}`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(place);
  }
  const grid = page.getByRole('grid', { name: 'Records' });
  await expect(grid.getByRole('row').nth(2)).toContainText(/\d/);
  await grid.focus();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(grid.locator('[aria-selected="true"]')).toHaveCount(1);
  await expect(page.getByRole('region', { name: 'Record', exact: true })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(grid).not.toBeFocused();

  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  const filter = page.getByRole('textbox', { name: /filter/i });
  await expect(filter).toBeFocused();
  await page.keyboard.type('type:cage.*');
  await expect(grid.getByRole('row').filter({ hasText: 'project.init' })).toHaveCount(0);
  await expect(grid.getByRole('row').filter({ hasText: 'cage.up' })).not.toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(filter).not.toBeFocused();

  await page.keyboard.press('?');
  const help = page.getByRole('dialog');
  await expect(help).toContainText('Ctrl K');
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);

  const seen = new Set<string>();
  for (let i = 0; i < 6; i += 1) {
    await page.keyboard.press('F6');
    seen.add(
      await page.evaluate(
        () => document.activeElement?.closest('[data-region]')?.getAttribute('data-region') ?? '',
      ),
    );
  }
  expect([...seen].sort()).toEqual(expect.arrayContaining(['rail', 'title']));
  expect(seen.size).toBeGreaterThan(3);
});
