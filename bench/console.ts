import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from '@playwright/test';
import { makeLedger } from '../helper/store/ledger/bulk.ts';
import { AkiosError } from '../shared/domain/errors.ts';
import { projectId, trustHome } from '../shared/node/ledger-places.ts';
import { makeSha256 } from '../shared/proof/sha256.ts';
import { sampleDraft } from './make-ledger.ts';

/**
 * The console's figures on a real ledger, in Chromium, through the helper: first load, the audit
 * list (jump, filter, scroll) and the verification of every row in the browser's worker.
 *   bench/console.ts [--events N] [--keep DIR] [--verify]
 * DIR is made once and used again; with --verify only the verification is measured.
 */
const ROOT = join(import.meta.dirname, '..');
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const EVENTS = Number(option('--events') ?? 1_000_000);
const KEEP = option('--keep');
const ONLY_VERIFY = process.argv.includes('--verify');
const home = KEEP ?? mkdtempSync(join(tmpdir(), 'akios-bench-console-'));
const state = join(home, 'state');
const project = join(home, 'project');
const env = { ...process.env, AKIOS_STATE_DIR: state };

const say = (name: string, value: string, target = ''): void => {
  process.stdout.write(`${name.padEnd(46)} ${value.padEnd(34)} ${target}\n`);
};

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (q: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN).toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (n=${sorted.length})`;
}

function akios(args: readonly string[], cwd = home): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(ROOT, 'bin', 'akios'), args, { cwd, env, stdio: 'ignore' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
}

/** The helper that made the project may hold its ledger for a moment after it said goodbye. */
async function whenFree<T>(work: () => T): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof AkiosError) || error.code !== 'LEDGER_LOCKED' || tries > 40)
        throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

async function makeProject(): Promise<void> {
  await akios(['init', project]);
  await akios(['helper', 'stop']);
  const began = performance.now();
  const rows = await whenFree(() =>
    makeLedger({
      paths: { logDir: join(project, 'audit'), ...trustHome(state, projectId(project)) },
      events: EVENTS,
      sealEvery: 1000,
      salt: 'console',
      more: true,
      draft: (seq) => sampleDraft('console', seq),
    }),
  );
  say('ledger made', `${rows.rows} rows in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** The first reader of a ledger from elsewhere waits for its search index, once. */
async function indexed(): Promise<void> {
  const began = performance.now();
  while ((await akios(['logs', '--json'], project)) !== 0) {
    if (performance.now() - began > 300_000) throw new Error('The helper does not get ready.');
  }
  say('ledger opened and indexed', `${((performance.now() - began) / 1000).toFixed(1)} s`);
}

function serve(): Promise<{ url: string; child: ChildProcess }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(ROOT, 'bin', 'akios'), ['serve', '--json'], {
      cwd: project,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('}\n')) resolve({ url: (JSON.parse(text) as { url: string }).url, child });
    });
    child.on('close', (code) => reject(new Error(`akios serve ended with ${code}`)));
  });
}

/** Gzip bytes of every script and style sheet that was fetched before anything was clicked. */
function firstLoadBytes(urls: readonly string[]): { js: number; css: number } {
  const sum = { js: 0, css: 0 };
  const folder = join(ROOT, 'dist', 'renderer');
  const files = new Set(readdirSync(folder, { recursive: true }).map(String));
  for (const url of urls) {
    const name = new URL(url).pathname.slice(1);
    if (!files.has(name) || !/\.(js|css)$/.test(name)) continue;
    sum[name.endsWith('.js') ? 'js' : 'css'] += gzipSync(readFileSync(join(folder, name))).length;
  }
  return sum;
}

async function firstLoad(browser: Browser, page: Page): Promise<void> {
  const storage = await page.context().storageState();
  const times: number[] = [];
  let bytes = { js: 0, css: 0 };
  for (let i = 0; i < 5; i++) {
    const context = await browser.newContext({ storageState: storage });
    const fresh = await context.newPage();
    const urls: string[] = [];
    fresh.on('request', (request) => urls.push(request.url()));
    await fresh.addInitScript(() => {
      const ready = (): void => {
        const button = document.querySelector('main button:not([disabled])');
        const state = document.querySelector('main h1')?.textContent ?? 'Unknown';
        if (button === null || state === 'Unknown') requestAnimationFrame(ready);
        else document.documentElement.dataset['readyAt'] = String(performance.now());
      };
      requestAnimationFrame(ready);
    });
    await fresh.goto(new URL(page.url()).origin);
    await fresh.waitForSelector('html[data-ready-at]');
    times.push(await fresh.evaluate(() => Number(document.documentElement.dataset['readyAt'])));
    bytes = firstLoadBytes(urls);
    await context.close();
  }
  const kib = (n: number): string => `${(n / 1024).toFixed(1)} KiB`;
  say('first load, gzip', `${kib(bytes.js)} scripts, ${kib(bytes.css)} styles`, 'target 260 KiB');
  say('navigation to interactive dashboard', spread(times), 'target 600 ms');
}

/**
 * Acts in the page and counts the ms until the row is in view with its cells drawn, by the frame
 * that shows it.
 */
async function jump(page: Page, row: number, act: { key?: string; top?: number }): Promise<number> {
  const wait = page.evaluate(
    ({ row, act }) =>
      new Promise<number>((resolve) => {
        const grid = document.querySelector<HTMLElement>('[data-grid]')!;
        let began = 0;
        const look = (): void => {
          const box = grid.getBoundingClientRect();
          const found = grid.querySelector(`[aria-rowindex="${row + 2}"]`);
          const at = found?.getBoundingClientRect();
          const drawn = (found?.textContent ?? '') !== '';
          if (drawn && at !== undefined && at.bottom > box.top && at.top < box.bottom)
            resolve(performance.now() - began);
          else requestAnimationFrame(look);
        };
        grid.focus();
        began = performance.now();
        if (act.key !== undefined)
          grid.dispatchEvent(new KeyboardEvent('keydown', { key: act.key, bubbles: true }));
        if (act.top !== undefined) grid.scrollTop = act.top;
        requestAnimationFrame(look);
      }),
    { row, act },
  );
  return wait;
}

async function jumps(page: Page): Promise<void> {
  const rows = await page.evaluate(
    () => Number(document.querySelector('[data-grid]')!.getAttribute('aria-rowcount')) - 1,
  );
  const keys: number[] = [];
  for (let i = 0; i < 10; i++) {
    keys.push(await jump(page, rows - 1, { key: 'End' }));
    keys.push(await jump(page, 0, { key: 'Home' }));
  }
  say(`jump by End and Home, ${rows} rows`, spread(keys), 'target 100 ms');
  const drags: number[] = [];
  for (let i = 0; i < 20; i++) {
    const row = Math.floor(((i * 7919 + 13) % 1000) * (rows / 1000));
    drags.push(await jump(page, row, { top: row * 32 }));
  }
  say('jump by the scroll bar to places never seen', spread(drags), 'target 100 ms');
  const addresses: number[] = [];
  for (let i = 0; i < 20; i++) {
    const seq = Math.floor(((i * 6007 + 71) % 1000) * (rows / 1000));
    addresses.push(
      await page.evaluate(
        ({ seq, index }) =>
          new Promise<number>((resolve) => {
            const began = performance.now();
            location.hash = `#/audit?seq=${seq}`;
            const look = (): void => {
              const found = document.querySelector(`[data-grid] [aria-rowindex="${index + 2}"]`);
              const heading = document.querySelector('[data-region="details"] h2')?.textContent;
              const right = heading?.replace(/\D/g, '') === String(seq);
              if (right && (found?.textContent ?? '') !== '') resolve(performance.now() - began);
              else requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
          }),
        { seq, index: rows - 1 - seq },
      ),
    );
  }
  say('jump by address to a record', spread(addresses), 'target 100 ms');
}

const FILTERS = [
  'is:denied',
  'type:llm.call',
  'type:net.fetch rule:rule-3',
  'cost:>0.000500',
  'subject:data/input/report-77.txt',
  'überprüft',
  '-is:denied',
  'type:tool.call OR type:fs.read',
];

async function filters(page: Page): Promise<void> {
  const measure = (q: string): Promise<number> =>
    page.evaluate(
      (q) =>
        new Promise<number>((resolve) => {
          const title = (): string => document.querySelector('main section h2')?.textContent ?? '';
          const before = title();
          const began = performance.now();
          location.hash = `#/audit?q=${encodeURIComponent(q)}`;
          const look = (): void => {
            const row = document.querySelector('[data-grid] [aria-rowindex="2"]');
            if (title() !== before && /[1-9]/.test(title()) && (row?.textContent ?? '') !== '')
              resolve(performance.now() - began);
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        }),
      q,
    );
  const first: number[] = [];
  for (const q of FILTERS) {
    const ms = await measure(q);
    first.push(ms);
    say(`filter ${q}`, `${ms.toFixed(0)} ms`, 'target 300 ms');
  }
  say('filter, first time each', spread(first), 'target 300 ms');
  await page.evaluate(() => {
    location.hash = '#/audit';
  });
  await page.waitForSelector('[data-grid] [aria-rowindex="2"]');
}

/** Time between frames while the list is wheeled, and the longest gap. */
async function scrolling(page: Page): Promise<void> {
  const gaps = await page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const grid = document.querySelector<HTMLElement>('[data-grid]')!;
        const out: number[] = [];
        let last = performance.now();
        const frame = (now: number): void => {
          out.push(now - last);
          last = now;
          grid.scrollTop += 120;
          if (out.length < 200) requestAnimationFrame(frame);
          else resolve(out.slice(1));
        };
        requestAnimationFrame(frame);
      }),
  );
  say('frame while scrolling', `${spread(gaps)}, longest ${Math.max(...gaps).toFixed(0)} ms`);
}

const CPU_KINDS = {
  renderer: '--type=renderer',
  network: '--type=utility',
  helper: 'helper/daemon',
};
const TICKS = 100;

interface Process {
  parent: string;
  command: string;
  seconds: number;
  ours: boolean;
}

/** What /proc says of a process; null when it ended meanwhile or is another user's. */
function processOf(pid: string): Process | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return {
      parent: fields[1]!,
      command: readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
      seconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
      ours: readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`AKIOS_STATE_DIR=${state}\0`),
    };
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (['ENOENT', 'ESRCH', 'EACCES'].includes(code)) return null;
    throw cause;
  }
}

/** Seconds of processor time used so far by the helper and by the browser this bench started. */
function processorSeconds(): Record<string, number> {
  const all = new Map<string, Process>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const found = processOf(pid);
    if (found !== null) all.set(pid, found);
  }
  const started = (pid: string): boolean =>
    pid === String(process.pid) || (all.has(pid) && started(all.get(pid)!.parent));
  const out: Record<string, number> = { renderer: 0, network: 0, helper: 0 };
  for (const [pid, { command, seconds, ours }] of all) {
    const kind = Object.entries(CPU_KINDS).find(([, mark]) => command.includes(mark))?.[0];
    if (kind !== undefined && (kind === 'helper' ? ours : started(pid))) out[kind]! += seconds;
  }
  return out;
}

async function verifying(page: Page): Promise<void> {
  await page.evaluate(() => {
    const gaps: number[] = [];
    let last = performance.now();
    const frame = (now: number): void => {
      gaps.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    Object.assign(window, { gaps });
  });
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await button('Verify all').click();
  await page.waitForTimeout(1000);
  const stopped = performance.now();
  await button('Stop').click();
  await button('Verify again').waitFor();
  say('verification stopped after', `${(performance.now() - stopped).toFixed(0)} ms`);
  const before = processorSeconds();
  const began = performance.now();
  await button('Verify again').click();
  await button('Stop').waitFor();
  await button('Verify again').waitFor({ timeout: 180_000 });
  const ms = performance.now() - began;
  const words = await page.locator('main [role="status"]').first().innerText();
  say(
    `verify ${EVENTS} rows in the browser`,
    `${(ms / 1000).toFixed(1)} s: ${words}`,
    'target 10 s',
  );
  const used = Object.entries(processorSeconds())
    .map(([kind, seconds]) => `${kind} ${(seconds - (before[kind] ?? 0)).toFixed(1)} s`)
    .join(', ');
  say('processor time of it', used);
  const gaps = await page.evaluate(() => (window as unknown as { gaps: number[] }).gaps);
  say('longest frame meanwhile', `${Math.max(...gaps.slice(1)).toFixed(0)} ms`);
}

/** What this machine gives just now: the same hashing as the worker's, over as many bytes. */
function rawHashing(): void {
  const sha256 = makeSha256();
  const body = new Uint8Array(800).fill(7);
  const rounds = 100_000;
  const began = performance.now();
  for (let i = 0; i < rounds; i++) sha256(body);
  const ms = ((performance.now() - began) * EVENTS) / rounds;
  say('raw hashing of as many bodies, this thread', `${(ms / 1000).toFixed(1)} s`);
}

async function main(): Promise<void> {
  mkdirSync(home, { recursive: true });
  if (!readdirSync(home).includes('project')) await makeProject();
  await indexed();
  const { url, child } = await serve();
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(url);
    await page.waitForSelector('main h1');
    if (!ONLY_VERIFY) await firstLoad(browser, page);
    await page.evaluate(() => {
      location.hash = '#/audit';
    });
    await page.waitForSelector('[data-grid] [aria-rowindex="2"]', { timeout: 180_000 });
    if (!ONLY_VERIFY) {
      await filters(page);
      await jumps(page);
      await scrolling(page);
    }
    rawHashing();
    await verifying(page);
  } finally {
    await browser.close();
    child.kill('SIGINT');
    await akios(['helper', 'stop']);
    if (KEEP === undefined) rmSync(home, { recursive: true, force: true });
  }
}

await main();
