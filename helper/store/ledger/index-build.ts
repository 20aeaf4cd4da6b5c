import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AkiosError, type ErrorValue } from '../../../shared/domain/errors.ts';
import { unavailable } from './faults.ts';

/** What the process that builds is told. Rows. */
export interface BuildOrder {
  logDir: string;
  slice: number;
  /** So close behind the log it hands over to the helper. */
  near: number;
  /** Rest after each slice. */
  pauseMs: number;
}

export type BuildReport =
  | { kind: 'progress'; indexed: number; of: number }
  | { kind: 'done' }
  | { kind: 'fault'; fault: ErrorValue };

/** Of the helper's environment it gets what loading itself needs, and no secret. */
const ENV = ['PATH', 'TMPDIR', 'SQLITE_TMPDIR', 'LD_LIBRARY_PATH', 'ELECTRON_RUN_AS_NODE'];

/** One running build of the search index; `ended` is called once, with null when it is complete. */
export class IndexBuild {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #indexed: number;
  #outcome: 'running' | AkiosError | null = 'running';
  #stopped = false;

  constructor(order: BuildOrder, indexed: number, ended: (fault: AkiosError | null) => void) {
    this.#indexed = indexed;
    this.#child = fork(program(), [JSON.stringify(order)], {
      execArgv: [],
      env: Object.fromEntries(ENV.flatMap((name) => pair(name, process.env[name]))),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (report) => this.#hear(report as BuildReport));
    const exit = new Promise<string>((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) => resolve(`ended with ${signal ?? code}`));
    });
    // Its last words may arrive after its end.
    const heard = new Promise<void>((resolve) => this.#child.once('disconnect', () => resolve()));
    this.#gone = exit.then(async (how) => {
      if (this.#child.connected) await heard;
      if (this.#stopped) return;
      ended(this.#outcome === 'running' ? notBuilt(how) : this.#outcome);
    });
    // Neither the process nor its channel keeps a helper alive that has nothing else to do.
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Rows that are in the index. */
  get indexed(): number {
    return this.#indexed;
  }

  #hear(report: BuildReport): void {
    if (report.kind === 'progress') this.#indexed = report.indexed;
    else this.#outcome = report.kind === 'done' ? null : AkiosError.fromValue(report.fault);
  }

  /** Ends it where it is; what it has written stays. Resolves when its process is gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await this.#gone;
  }
}

function notBuilt(how: string): AkiosError {
  return unavailable(`The search index was not built: its process ${how}.`);
}

function pair(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

function program(): string {
  const built = join(import.meta.dirname, 'index-child.mjs');
  return existsSync(built) ? built : join(import.meta.dirname, 'index-child.ts');
}
