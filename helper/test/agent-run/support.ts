import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');

export interface Ran {
  code: number | null;
  signal: string | null;
  out: Buffer;
  err: string;
}

interface How {
  input?: Buffer | string;
  env?: Record<string, string>;
  cwd?: string;
  work?: string;
  policy?: string;
}

/** The real command, as a person starts it outside any project, with a state folder of its own. */
export class Console {
  readonly root = mkdtempSync(join(tmpdir(), 'akios-agent-run-'));
  readonly state = join(this.root, 'state');
  readonly work = join(this.root, 'work');
  readonly socket = join(this.state, 'run', 'helper.sock');

  constructor() {
    mkdirSync(this.work);
  }

  async close(): Promise<void> {
    await this.akios(['helper', 'stop']);
    rmSync(this.root, { recursive: true, force: true });
  }

  start(args: readonly string[], how: How = {}, fds: readonly number[] = []): ChildProcess {
    return spawn(process.execPath, [MAIN, ...args], {
      cwd: how.cwd ?? '/',
      env: { ...process.env, AKIOS_STATE_DIR: this.state, NO_COLOR: '1', ...how.env },
      stdio: ['pipe', 'pipe', 'pipe', ...fds],
    });
  }

  async akios(args: readonly string[], how: How = {}, fds: readonly number[] = []): Promise<Ran> {
    const child = this.start(args, how, fds);
    child.stdin?.on('error', () => child.stdin?.destroy());
    child.stdin?.end(how.input ?? '');
    return ended(child);
  }

  words(argv: readonly string[], how: How = {}): string[] {
    const policy = how.policy === undefined ? [] : ['--policy', how.policy];
    return ['agent', 'run', '--work', how.work ?? this.work, ...policy, '--', ...argv];
  }

  run(argv: readonly string[], how: How = {}, fds: readonly number[] = []): Promise<Ran> {
    return this.akios(this.words(argv, how), how, fds);
  }

  python(
    source: string,
    args: readonly string[] = [],
    how: How = {},
    fds: readonly number[] = [],
  ): Promise<Ran> {
    return this.run(['python3', '-c', source, ...args], how, fds);
  }

  /** A program that has said `up` on stdout. */
  async running(argv: readonly string[], how: How = {}): Promise<ChildProcess> {
    const child = this.start(this.words(argv, how), how);
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('up')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`ended with ${code} before it was up`)));
    });
    return child;
  }

  /** Process id of the helper, from its own answer. */
  helperPid(): number {
    const asked = spawnSync('curl', [
      ...['-s', '--unix-socket', this.socket, 'http://helper/api/v1/health'],
    ]);
    const pid = (JSON.parse(asked.stdout.toString()) as { pid?: number }).pid;
    if (pid === undefined) throw new Error(`no pid in ${asked.stdout}`);
    return pid;
  }

  policy(name: string, text: string): string {
    const path = join(this.root, name);
    writeFileSync(path, text);
    return path;
  }
}

export function ended(child: ChildProcess): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = [];
    let err = '';
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, out: Buffer.concat(out), err }));
  });
}

/** Seconds to sleep that nobody else on this machine sleeps: they tell a process apart. */
export const ownMark = (): string => `${randomInt(1e8, 1e9)}`;

/** Processes of this machine whose arguments hold `mark`. */
export function processesWith(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`).toString().split('\0');
        return words.includes(mark) && !words.includes('agent');
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return false;
        throw error;
      }
    });
}

export async function untilGone(mark: string): Promise<void> {
  while (processesWith(mark).length > 0) await new Promise((done) => setTimeout(done, 20));
}

export async function untilSeen(mark: string): Promise<void> {
  while (processesWith(mark).length === 0) await new Promise((done) => setTimeout(done, 20));
}
