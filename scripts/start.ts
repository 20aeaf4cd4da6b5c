/**
 * `npm start`: a sample project with a real run in it, then the console.
 *   --once       no console; ends with the run's exit status
 *   --no-window  print the one-time address instead of opening a window
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUsd } from '../shared/domain/money.ts';

const root = join(import.meta.dirname, '..');
const akios = join(root, 'bin', 'akios');
const sample = join(root, 'sample');
const once = process.argv.includes('--once');
const noWindow = process.argv.includes('--no-window');
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Ran {
  code: number;
  stdout: string;
}

let current: ChildProcess | undefined;

/** Runs one CLI command; what it says to people goes straight to this terminal. */
function command(args: readonly string[], show: 'stdout' | 'stderr' = 'stderr'): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(akios, args, {
      cwd: existsSync(sample) ? sample : root,
      stdio: ['ignore', show === 'stdout' ? 'inherit' : 'pipe', 'inherit'],
    });
    current = child;
    let stdout = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      current = undefined;
      resolve({ code: code ?? 1, stdout });
    });
  });
}

/** A command whose answer we read. Ends this program with its status when it fails. */
async function answerOf<T>(what: string, args: readonly string[]): Promise<T> {
  const { code, stdout } = await command([...args, '--json']);
  if (code !== 0) {
    say(`${what} failed (status ${code}).`);
    const { error } = JSON.parse(stdout || '{}') as { error?: { message: string; hint?: string } };
    if (error) say(`  ${error.message}${error.hint ? `\n  ${error.hint}` : ''}`);
    await finish(code);
  }
  return JSON.parse(stdout) as T;
}

interface StepLine {
  index: number;
  name: string;
  agent: string;
  action: string;
  state: string;
  ms: number | null;
  redacted: Record<string, number>;
}
interface RunAnswer {
  id: string;
  state: string;
  costMicros: number;
  budgetMicros: number;
  redacted: number;
  steps: StepLine[];
  exit_code: number;
}
interface CageAnswer {
  level: string;
  levelLabel: string;
  posture: string;
  soft: string[];
}
interface VerifyAnswer {
  ok: boolean;
  size?: number;
  root?: string;
  anchored: boolean;
}

function redactions(steps: readonly StepLine[]): string {
  const all: Record<string, number> = {};
  for (const step of steps) {
    for (const [type, n] of Object.entries(step.redacted)) all[type] = (all[type] ?? 0) + n;
  }
  const parts = Object.entries(all).sort((a, b) => b[1] - a[1]);
  return parts.length === 0 ? 'nothing' : parts.map(([type, n]) => `${type} ${n}`).join(', ');
}

function summary(cage: CageAnswer, run: RunAnswer, verify: VerifyAnswer): void {
  say('');
  say(`Cage      ${cage.levelLabel}, ${cage.posture}`);
  for (const soft of cage.soft) say(`          soft: ${soft}`);
  say(`Run       ${run.id} ${run.state}`);
  for (const s of run.steps) {
    const ms = s.ms === null ? '' : `${s.ms} ms`;
    say(
      `          ${String(s.index).padStart(2)}  ${s.state.padEnd(10)} ${`${s.agent} ${s.action}`.padEnd(24)} ${ms.padStart(8)}  ${s.name}`,
    );
  }
  say(`Redacted  ${redactions(run.steps)}`);
  say(`Spent     ${formatUsd(run.costMicros, 6)} of ${formatUsd(run.budgetMicros)}`);
  const anchor = verify.anchored ? '' : ' (no outside anchor yet)';
  say(
    verify.ok
      ? `Ledger    verified, ${verify.size} records${anchor}, root ${verify.root}`
      : 'Ledger    NOT VERIFIED: akios audit verify says where',
  );
  say('');
}

let startedHelper = false;
let server: ChildProcess | undefined;
let window: ChildProcess | undefined;
let profile: string | undefined;
let finishing = false;

const END_LIMIT_MS = 5_000;

/** Asks a process to end and waits for it; one that does not listen is killed. */
function ended(child: ChildProcess | undefined, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
    child.once('exit', () => {
      clearTimeout(limit);
      resolve();
    });
    child.kill(signal);
  });
}

/** Stops what this command started, then ends. */
async function finish(code: number): Promise<never> {
  // The window ends too while this goes on, and must not cut it short.
  if (finishing) return new Promise<never>(() => undefined);
  finishing = true;
  await Promise.all([ended(window, 'SIGTERM'), ended(server, 'SIGINT')]);
  if (startedHelper) await command(['helper', 'stop']);
  if (profile !== undefined) rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
}

/** Opens the loopback console and keeps it open until this command ends. */
function serveConsole(): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(akios, ['serve', '--json'], {
      cwd: sample,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    server = child;
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('}\n')) resolve((JSON.parse(text) as { url: string }).url);
    });
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`akios serve ended with status ${code}`)));
  });
}

/** Electron where its binary exists, else a Chromium window where there is a display, else the address. */
async function openConsole(): Promise<void> {
  const electron = join(root, 'node_modules', 'electron', 'dist', 'electron');
  const display = process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'];
  const asRoot = process.getuid?.() === 0;
  if (!noWindow && display && !asRoot && existsSync(electron)) {
    window = spawn(electron, [root], { stdio: 'ignore' });
    say('The console is open (Electron). Ctrl-C stops it and the helper.');
  } else {
    const url = await serveConsole();
    if (!noWindow && display && !asRoot && existsSync('/usr/bin/chromium')) {
      profile = mkdtempSync(join(tmpdir(), 'akios-window-'));
      window = spawn(
        '/usr/bin/chromium',
        [
          `--app=${url}`,
          `--user-data-dir=${profile}`,
          '--no-first-run',
          '--disable-sync',
          '--disable-background-networking',
          '--window-size=1440,900',
        ],
        { stdio: 'ignore' },
      );
      say('The console is open (Chromium). Ctrl-C stops it and the helper.');
    } else {
      say(`Console: ${url}`);
      say('Open it in a browser within 60 seconds; it works once. Ctrl-C stops the helper.');
      if (asRoot && display) say('No window is opened as root.');
    }
  }
  const held = setInterval(() => undefined, 60_000);
  window?.on('exit', () => {
    clearInterval(held);
    void finish(0);
  });
}

let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    signals += 1;
    current?.kill('SIGINT');
    if (signals === 1) void finish(130);
  });
}

const before = await command(['helper', 'status', '--json']);
startedHelper = before.code !== 0;
if (!existsSync(join(sample, 'config.yaml'))) {
  say('Making the sample project in sample/');
  await answerOf('Making the sample project', ['init', sample]);
}
say('Raising the cage');
const cage = await answerOf<CageAnswer>('Raising the cage', ['cage', 'up']);
say('Running the sample workflow');
const ran = await command(['run', 'workflows/sample.yml', '--json']);
const { run } = JSON.parse(ran.stdout) as { run: RunAnswer };
const verified = await command(['audit', 'verify', '--json']);
const lastLine = verified.stdout.trimEnd().split('\n').at(-1) ?? '{}';
summary(cage, run, JSON.parse(lastLine) as VerifyAnswer);
if (once) await finish(ran.code);
await openConsole();
