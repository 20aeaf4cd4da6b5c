/**
 * Pictures of a running console, for looking at it with critical eyes.
 * `bin/node renderer/dev/shots.ts URL OUT_DIR ROUTE... [--width 1440,960] [--theme light,dark] [--scale 1]`
 * Prints console errors, policy violations and axe findings of every route.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from '@playwright/test';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '1440,960' },
    theme: { type: 'string', default: 'light,dark' },
    scale: { type: 'string', default: '1' },
    press: { type: 'string' },
    click: { type: 'string', multiple: true, default: [] },
    wait: { type: 'string', default: '1200' },
    locale: { type: 'string', default: 'en' },
    name: { type: 'string', default: '' },
  },
});
const [url = '', out = '.', ...routes] = positionals;
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--headless',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-extensions',
  ],
});
// A one-time address signs in once; the session is kept for the next call in the output folder.
const kept = join(out, 'session.json');
const origin = new URL(url).origin;
if (url.includes('#token=')) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForTimeout(1500);
  await context.storageState({ path: kept });
  await context.close();
}
for (const width of values.width.split(',').map(Number)) {
  for (const theme of values.theme.split(',') as ('light' | 'dark')[]) {
    const context = await browser.newContext({
      viewport: { width, height: width > 1000 ? 900 : 640 },
      colorScheme: theme,
      deviceScaleFactor: Number(values.scale),
      permissions: ['clipboard-write'],
      ...(existsSync(kept) ? { storageState: kept } : {}),
    });
    await context.addInitScript((locale) => {
      localStorage.setItem('akios.prefs', JSON.stringify({ locale }));
      document.addEventListener('securitypolicyviolation', (e) =>
        console.error(`CSP ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`),
      );
    }, values.locale);
    const page = await context.newPage();
    page.on('console', (m) => {
      if (m.type() === 'error' || m.type() === 'warning')
        process.stdout.write(`  ${m.type()}: ${m.text()}\n`);
    });
    page.on('pageerror', (e) => process.stdout.write(`  page error: ${e.message}\n`));
    await page.goto(origin);
    for (const route of routes) {
      await page.evaluate((r) => {
        location.hash = r;
      }, route);
      await page.waitForTimeout(Number(values.wait));
      for (const selector of values.click) {
        await page.click(selector, { timeout: 3000 });
        await page.waitForTimeout(400);
      }
      if (values.press !== undefined) await page.keyboard.press(values.press);
      if (values.press !== undefined) await page.waitForTimeout(700);
      const slug = `${values.name}${route.replace(/\W+/g, '_') || '_'}-${width}-${theme}`;
      await page.screenshot({ path: join(out, `${slug}.png`) });
      if (theme === 'light' || width > 1000) {
        const axe = await new AxeBuilder({ page }).analyze();
        for (const v of axe.violations) {
          process.stdout.write(
            `  axe ${slug}: ${v.id} x${v.nodes.length}: ${v.nodes[0]?.html.slice(0, 160)}\n`,
          );
        }
      }
      process.stdout.write(`${slug}\n`);
    }
    await context.close();
  }
}
await browser.close();
