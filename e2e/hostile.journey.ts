import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './console.ts';

const MARKUP = '<img src=x onerror="globalThis.taken=1"><script>globalThis.taken=1</script>';
const TURNED = 'invoice\u202Efdp.exe';
const HIDDEN = 'in\u200bvisible\u2066\u00ad';
const LONG = 'W'.repeat(600);
const FACES = '\u{1f469}\u200d\u{1f680}\u{1f1e9}\u{1f1ea}';
const STACKED = `e${'\u0301'.repeat(60)}`;

/** What would run, turn or hide: nothing of it may be in the page as it came. */
async function inert(page: Page, where: string): Promise<void> {
  const found = await page.evaluate(() => {
    const wrong: string[] = [];
    if ('taken' in globalThis) wrong.push('a script ran');
    if (document.querySelector('main img, header img, [onerror]')) wrong.push('markup came alive');
    const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent ?? '';
      if (unseen.test(text)) wrong.push(`text ${JSON.stringify(text.slice(0, 80))}`);
    }
    for (const element of document.querySelectorAll('[title], [aria-label]')) {
      for (const name of ['title', 'aria-label']) {
        const value = element.getAttribute(name) ?? '';
        if (unseen.test(value)) wrong.push(`${name} ${JSON.stringify(value.slice(0, 80))}`);
      }
    }
    if (unseen.test(document.title)) wrong.push('the title of the window');
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) wrong.push(`the page is ${root.scrollWidth} wide`);
    for (const control of document.querySelectorAll<HTMLElement>('main button, main a[href]')) {
      const { left, right, width } = control.getBoundingClientRect();
      if (width > 1 && control.checkVisibility() && (left < -1 || right > innerWidth + 1)) {
        wrong.push(`"${control.textContent?.slice(0, 40)}" reaches ${left} to ${right}`);
      }
    }
    return wrong;
  });
  expect(found, where).toEqual([]);
}

const show = async (page: Page, hash: string): Promise<void> => {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
};

test('names, texts and errors of strangers stay text on every screen, and show what they hide', async ({
  akios,
  page,
}) => {
  const { machine, project } = akios;
  const name = `${MARKUP} ${FACES}`.slice(0, 118);
  writeFileSync(
    join(project, 'workflows', 'hostile.yml'),
    `name: ${JSON.stringify(name)}\ndescription: ${JSON.stringify(`${MARKUP} ${STACKED} ${LONG.slice(0, 300)}`)}\nsteps:\n  - step: 1\n    name: ${JSON.stringify(`<b>step</b>${'W'.repeat(90)}`)}\n    agent: tool_executor\n    action: run\n    config:\n      allowed_commands: [wc]\n    parameters:\n      command: wc\n      args: ${JSON.stringify([`${MARKUP}${TURNED}${HIDDEN}\u0007`])}\n`,
  );
  writeFileSync(
    join(project, 'workflows', 'turned.yml'),
    `name: ${JSON.stringify(TURNED)}\nsteps: ${JSON.stringify(`${MARKUP}${TURNED}`)}\n`,
  );
  const input = join(project, 'data', 'input');
  mkdirSync(input, { recursive: true });
  writeFileSync(join(input, `${TURNED}.txt`), 'never read by this name\n');
  writeFileSync(
    join(input, `\u{1f680} <i>x<b> ${'w'.repeat(150)}.txt`),
    `${MARKUP}\n${TURNED} ${HIDDEN}\n${LONG}${LONG}\n\u001b[31mred\u0007 ${STACKED}\nPatient: Rosalind Ferreira, MRN: 00418273\n`,
  );
  appendFileSync(join(input, `plain.txt`), 'nothing here\n');
  await akios.raise();
  await machine.akios(['run', 'workflows/hostile.yml'], { cwd: project });
  await machine.akios(['run', 'workflows/turned.yml'], { cwd: project });
  await akios.open(page);
  for (const width of [1440, 720]) {
    await page.setViewportSize({ width, height: 800 });
    for (const hash of ['#/', '#/runs', '#/runs?dialog=start', '#/audit', '#/audit?seq=6']) {
      await show(page, hash);
      if (hash === '#/runs') await expect(page.getByRole('main')).toContainText('<img src=x');
      await inert(page, `${hash} at ${width}`);
    }
    await show(page, `#/preview?document=data/input/../${encodeURIComponent(TURNED)}`);
    await expect(page.getByRole('alert').first()).toBeVisible();
    await inert(page, `an error at ${width}`);
    await show(page, '#/audit?q=subject:*img*');
    await inert(page, `a filter at ${width}`);
    await show(page, '#/runs');
    await page.getByRole('row').filter({ hasText: '<img' }).getByRole('link').first().click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('<img src=x');
    await page.getByRole('treegrid').getByRole('row').nth(1).click();
    await inert(page, `a run at ${width}`);
    await show(page, '#/preview');
    await page.setViewportSize({ width: 1440, height: 800 });
    // The helper reads no file of such a name; it is listed as what it is.
    await page.getByRole('button', { name: 'invoice\\u{202e}fdp.exe.txt' }).click();
    await expect(page.getByRole('alert')).toContainText('control characters');
    await inert(page, `a name that turns, at ${width}`);
    await page.getByRole('button', { name: /<i>x/ }).click();
    await expect(page.getByText('«MRN»').first()).toBeVisible();
    await page.setViewportSize({ width, height: 800 });
    await inert(page, `the preview at ${width}`);
    await expect(page.getByRole('main')).toContainText('invoice\\u{202e}fdp.exe');
    await expect(page.getByRole('main')).toContainText('\\u{1b}[31mred\\u{7}');
  }
});

test('choosing a text keeps the focus where it was, and no other text stands under its name', async ({
  akios,
  page,
}) => {
  await akios.raise();
  await akios.open(page);
  await page.keyboard.press('Control+3');
  await expect(page.getByText('«').first()).toBeVisible();
  const item = page.getByRole('button', { name: /email-thread/ });
  await item.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('«PASSWORD»').first()).toBeVisible();
  await expect(item).toBeFocused();
  await expect(item).toHaveAttribute('aria-pressed', 'true');
});
