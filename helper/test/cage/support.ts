import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinuxCage } from '../../cage/linux/backend.ts';
import { DEFAULT_LIMITS } from '../../cage/linux/limits.ts';
import type { CageBackend, CageExit, CageLimits, CageSpec } from '../../cage/port.ts';

export const PYTHON = '/usr/bin/python3';

/** Generous time: a busy machine must not turn a contained attack into a timeout. */
export const LIMITS: CageLimits = { ...DEFAULT_LIMITS, wallMs: 60_000 };

export interface Ran {
  exit: CageExit;
  stdout: string;
  stderr: string;
}

type Change = Partial<Omit<CageSpec, 'limits'>> & { limits?: Partial<CageLimits>; input?: string };

/** A real cage with a folder of its own for one test file. */
export class Ground {
  readonly root = mkdtempSync(join(tmpdir(), 'akios-attack-'));
  readonly work = join(this.root, 'work');
  readonly stateDir = join(this.root, 'state');
  readonly cage: CageBackend;
  #files = 0;

  constructor() {
    mkdirSync(this.work, { mode: 0o700 });
    this.cage = createLinuxCage({ stateDir: this.stateDir });
  }

  async close(): Promise<void> {
    await this.cage.dispose();
    this.#erase(this.root);
  }

  /** With rm: attacks nest folders deeper than Node's own removal can follow. */
  #erase(path: string): void {
    const done = spawnSync('rm', ['-rf', '--', path], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`rm: ${done.stderr}`);
  }

  /** Empties the work folder. */
  tidy(): void {
    for (const name of readdirSync(this.work)) this.#erase(join(this.work, name));
  }

  spec(argv: readonly string[], change: Change = {}): CageSpec {
    const { limits, input, ...rest } = change;
    return {
      id: 'attack',
      argv: argv as [string, ...string[]],
      workDir: this.work,
      limits: { ...LIMITS, ...limits },
      stdin: input === undefined ? 'none' : 'pipe',
      seccomp: 'kill',
      ...rest,
    };
  }

  /** Runs a program in the cage to its end. */
  async inside(argv: readonly string[], change: Change = {}): Promise<Ran> {
    const run = await this.cage.spawn(this.spec(argv, change));
    if (change.input !== undefined) run.stdin?.end(change.input);
    const [exit, stdout, stderr] = await Promise.all([
      run.exited,
      textOf(run.stdout),
      textOf(run.stderr),
    ]);
    return { exit, stdout, stderr };
  }

  /** Puts a program into the work folder; gives its path on the host. */
  file(name: string, text: string): string {
    this.#files += 1;
    const path = join(this.work, `${this.#files}-${name}`);
    writeFileSync(path, text, { mode: 0o755 });
    return path;
  }

  /** Compiles C into the work folder. */
  compile(text: string, ...flags: string[]): string {
    const source = this.file('attack.c', text);
    const program = source.replace(/\.c$/, '');
    const made = spawnSync('gcc', [...flags, '-o', program, source], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`gcc: ${made.stderr}`);
    return program;
  }

  async python(source: string, args: readonly string[] = [], change: Change = {}): Promise<Ran> {
    return this.inside([PYTHON, this.file('attack.py', source), ...args], change);
  }

  /** The same program without a cage: the control that shows it would have succeeded. */
  outside(source: string, args: readonly string[] = []): string {
    const path = this.file('control.py', source);
    const { stdout, stderr } = spawnSync(PYTHON, [path, ...args], {
      encoding: 'utf8',
      cwd: this.work,
      timeout: 30_000,
    });
    return stdout || stderr;
  }
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
