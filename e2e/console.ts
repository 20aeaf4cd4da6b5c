import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import { type Machine, newMachine, ROOT } from './command.ts';

export interface Console {
  machine: Machine;
  /** The project folder, made by `akios init`. */
  project: string;
  /** Raises the cage by the CLI and makes sure that it is up. */
  raise(): Promise<void>;
  /** Opens (or opens again) the console in the page, by its one-time address, which it returns. */
  open(page: Page, options?: readonly string[]): Promise<string>;
  /** Starts `akios serve` in the project; resolves with its one-time address, still unused. */
  serve(options?: readonly string[]): Promise<string>;
  /** Ends `akios serve`, for journeys that stop the helper. */
  close(): void;
}

/** Starts `akios serve` in a project; resolves with its one-time address. */
function serve(
  machine: Machine,
  project: string,
  options: readonly string[],
): Promise<{ url: string; child: ChildProcess }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(ROOT, 'bin', 'akios'), ['serve', '--json', ...options], {
      cwd: project,
      env: { ...process.env, AKIOS_STATE_DIR: machine.state },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('}\n')) resolve({ url: (JSON.parse(text) as { url: string }).url, child });
    });
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`akios serve ended with ${code}: ${text}`)));
  });
}

/** A page that reports anything its content policy had to block; the journey ends by looking. */
export const test = base.extend<{ akios: Console; violations: string[] }>({
  violations: async ({ page }, use) => {
    const seen: string[] = [];
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
      });
    });
    page.on('console', (message) => {
      if (message.text().startsWith('CSP ')) seen.push(message.text());
    });
    page.on('pageerror', (error) => seen.push(`page error: ${error.message}`));
    await use(seen);
    expect(seen).toEqual([]);
  },
  akios: async ({ violations: _ }, use) => {
    const machine = newMachine();
    const project = join(machine.state, 'claims-intake');
    const made = await machine.akios(['init', project, '--json']);
    expect(made.code, made.stderr).toBe(0);
    const children: ChildProcess[] = [];
    const close = (): void => {
      for (const child of children.splice(0)) child.kill('SIGINT');
    };
    const serveHere = async (options: readonly string[] = []): Promise<string> => {
      const { url, child } = await serve(machine, project, options);
      children.push(child);
      return url;
    };
    await use({
      machine,
      project,
      close,
      serve: serveHere,
      async raise() {
        const up = await machine.akios(['cage', 'up'], { cwd: project });
        expect(up.code, `${up.stdout}${up.stderr}`).toBe(0);
      },
      async open(page, options = []) {
        const url = await serveHere(options);
        await page.goto(url);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        return url;
      },
    });
    close();
    await machine.dispose();
  },
});

export { expect };
