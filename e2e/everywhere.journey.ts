import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './console.ts';

const SCREENS = ['#/', '#/runs', '#/preview', '#/audit'];

const DEEPER = ['#/audit?seq=3', '#/?dialog=lower', '#/runs?dialog=start'];

async function show(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
}

/** Elements with text that reach beyond the window, and whether the page scrolls sideways. */
const overflow = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wrong: string[] = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) wrong.push(`page ${root.scrollWidth}`);
    for (const box of document.querySelectorAll<HTMLElement>('main, header, footer, nav')) {
      if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== 'visible') {
        wrong.push(`${box.tagName} ${box.scrollWidth} > ${box.clientWidth}`);
      }
    }
    for (const control of document.querySelectorAll<HTMLElement>(
      'button, a[href], input, select',
    )) {
      const { left, right, width } = control.getBoundingClientRect();
      if (width <= 1 || control.closest('.visually-hidden') || !control.checkVisibility()) continue;
      if (left < -1 || right > innerWidth + 1) {
        wrong.push(`${control.tagName} "${control.textContent}" ${left}..${right}`);
      }
    }
    for (const text of document.querySelectorAll<HTMLElement>('h1, h2, p, dt, dd')) {
      if (!text.checkVisibility() || text.closest('.visually-hidden')) continue;
      if (text.getBoundingClientRect().right > innerWidth + 1)
        wrong.push(`text ${text.textContent}`);
    }
    return wrong;
  });

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no screen has a serious accessibility fault, ${colorScheme}`, async ({ akios, page }) => {
    test.slow();
    await akios.raise();
    await akios.machine.akios(['run', 'workflows/sample.yml'], { cwd: akios.project });
    await akios.open(page);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const screen of [...SCREENS, ...DEEPER]) {
      await show(page, screen);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations
        .filter((v) => v.impact === 'serious' || v.impact === 'critical')
        .map((v) => `${screen}: ${v.id} ${v.nodes[0]?.html}`);
      expect(serious).toEqual([]);
    }
  });
}

test('nothing scrolls sideways or leaves the window, small or enlarged', async ({
  akios,
  page,
}) => {
  await akios.raise();
  const { stdout } = await akios.machine.akios(['run', 'workflows/sample.yml', '--json'], {
    cwd: akios.project,
  });
  const run = (JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '{}') as { run: { id: string } })
    .run;
  await akios.open(page);
  const sizes = [
    { width: 960, height: 640 },
    { width: 720, height: 640 },
    // 1280 x 800 at 200 % zoom has this many CSS pixels.
    { width: 640, height: 400 },
  ];
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const screen of [...SCREENS, `#/runs/${run.id}`, ...DEEPER]) {
      await show(page, screen);
      expect(await overflow(page), `${screen} at ${size.width}`).toEqual([]);
    }
  }
});

test('an empty project says what will appear and the command that makes it appear', async ({
  akios,
  page,
}) => {
  await akios.open(page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Down');
  await expect(page.getByRole('main')).toContainText('No runs today');
  await show(page, '#/runs');
  await expect(page.getByRole('main')).toContainText('akios run workflows/sample.yml');
  await show(page, '#/audit');
  await expect(page.getByRole('row').filter({ hasText: 'project.init' })).toBeVisible();
});
