import { randomBytes } from 'node:crypto';
import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { DirHandle, errnoOf } from '../../../shared/node/open-at.ts';
import type { CageBackend, CagedProcess, CageLimits, CageMount } from '../port.ts';
import { WorkerChannel } from './channel.ts';
import type { CagedWorker, WorkerGrants, WorkerOp, WorkerOps } from './port.ts';
import { canonicalPath, isWithin } from './project-path.ts';

const MiB = 1024 * 1024;
const ROOT_INSIDE = '/project';
const NODE_INSIDE = '/opt/akios/node';
const BUNDLE_INSIDE = '/opt/akios/worker.mjs';
const MAX_RESTARTS = 3;

export interface WorkerOptions {
  /** Host path of the bundled program (dist/worker/main.mjs). */
  workerBundle: string;
  /** Host path of the Node binary that runs it. */
  nodePath: string;
  /** The run's limits; raised where Node itself needs more to live (see `workerLimits`). */
  limits: CageLimits;
  /** Milliseconds one operation may take; default 30 s for files, 60 s for documents. */
  timeouts?: { fs: number; doc: number };
  /** Ends the worker and rejects what waits. */
  signal?: AbortSignal;
  /** Names the cage; a random name when absent. */
  id?: string;
}

/**
 * Limits of the worker process. It lives as long as the run, so wall and CPU time are those of
 * many operations (each has its own time limit), and its answers are capped frame by frame.
 * Measured: the V8 heap of 384 MiB needs about 640 MiB of data segment.
 */
export function workerLimits(limits: CageLimits): CageLimits {
  return {
    ...limits,
    wallMs: Math.max(limits.wallMs, 24 * 3_600_000),
    cpuSeconds: Math.max(limits.cpuSeconds, 3600),
    memoryBytes: Math.max(limits.memoryBytes, 1024 * MiB),
    pids: Math.max(limits.pids, 32),
    openFiles: Math.max(limits.openFiles, 256),
    fileBytes: Math.max(limits.fileBytes, 96 * MiB),
    outputBytes: Number.MAX_SAFE_INTEGER,
    tmpBytes: Math.max(limits.tmpBytes, MiB),
  };
}

/** Walks to a granted place below the project name by name; a link on the way is refused. */
function grantedPath(projectDir: string, grant: string, make: boolean): string | null {
  const open: DirHandle[] = [DirHandle.open(projectDir)];
  const names = grant === '.' ? [] : grant.split('/');
  try {
    for (const [index, name] of names.entries()) {
      const parent = open.at(-1)!;
      try {
        const stats = parent.lstat(name);
        if (!make && index === names.length - 1 && stats.isFile() && stats.nlink === 1) break;
      } catch (thrown) {
        if (errnoOf(thrown) !== 'ENOENT') throw thrown;
        if (!make) return null;
        mkdirSync(parent.at(name), 0o755);
      }
      open.push(parent.child(name));
    }
    return [projectDir, ...names].join('/');
  } catch (thrown) {
    if (thrown instanceof AkiosError) throw thrown;
    throw new AkiosError('DENIED', `The granted folder ${grant} is a link or not a folder.`, {
      hint: 'A grant must be a real folder of the project.',
      cause: thrown,
    });
  } finally {
    for (const handle of open) handle.close();
  }
}

/**
 * The mounts of a set of grants below `rootInside`: outer folders first; what does not exist is
 * simply not there. A link in a grant is refused (DENIED).
 */
export function grantMounts(grants: WorkerGrants, rootInside: string): CageMount[] {
  const projectDir = realpathSync(grants.projectDir);
  const write = [...new Set(grants.write.map(canonicalPath))];
  const read = [...new Set(grants.read.map(canonicalPath))].filter(
    (path) => !write.some((folder) => isWithin(path, folder)),
  );
  const wanted: { path: string; mode: 'ro' | 'rw' }[] = [
    ...read.map((path) => ({ path, mode: 'ro' as const })),
    ...write.map((path) => ({ path, mode: 'rw' as const })),
  ].sort((a, b) => (a.path === '.' ? -1 : b.path === '.' ? 1 : a.path < b.path ? -1 : 1));
  const mounts: CageMount[] = [];
  for (const { path, mode } of wanted) {
    const host = grantedPath(projectDir, path, mode === 'rw');
    const inside = path === '.' ? rootInside : `${rootInside}/${path}`;
    if (host !== null) mounts.push({ host, inside, mode });
  }
  return mounts;
}

class RunWorker implements CagedWorker {
  private readonly backend: CageBackend;
  private readonly grants: WorkerGrants;
  private readonly options: WorkerOptions;
  private current: { process: CagedProcess; channel: WorkerChannel } | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private starts = 0;
  private disposed = false;

  constructor(backend: CageBackend, grants: WorkerGrants, options: WorkerOptions) {
    this.backend = backend;
    this.grants = grants;
    this.options = options;
  }

  async start(): Promise<{ process: CagedProcess; channel: WorkerChannel }> {
    if (this.current?.channel.usable) return this.current;
    if (this.starts > MAX_RESTARTS) {
      throw new AkiosError('STEP_FAILED', 'The caged worker failed too often in this run.');
    }
    this.starts += 1;
    const { options } = this;
    const process = await this.backend.spawn({
      id: `${options.id ?? `worker-${randomBytes(6).toString('hex')}`}-${this.starts}`,
      argv: [
        NODE_INSIDE,
        '--max-old-space-size=384',
        '--max-semi-space-size=16',
        '--disallow-code-generation-from-strings',
        '--disable-proto=delete',
        '--no-addons',
        BUNDLE_INSIDE,
        ROOT_INSIDE,
      ],
      mounts: [
        { host: realpathSync(options.nodePath), inside: NODE_INSIDE, mode: 'ro' },
        { host: realpathSync(options.workerBundle), inside: BUNDLE_INSIDE, mode: 'ro' },
        ...grantMounts(this.grants, ROOT_INSIDE),
      ],
      env: { UV_THREADPOOL_SIZE: '1' },
      limits: workerLimits(options.limits),
      stdin: 'pipe',
      seccomp: 'kill',
    });
    return this.attach(process);
  }

  private attach(process: CagedProcess): { process: CagedProcess; channel: WorkerChannel } {
    if (process.stdin === null) throw new AkiosError('INTERNAL', 'The worker has no input pipe.');
    // Whatever it prints on stderr is a hostile program's text: drained, never shown.
    process.stderr.resume();
    const channel = new WorkerChannel(process.stdin, process.stdout, (why) => {
      void process.kill('killed', why);
    });
    void process.exited.then((exit) => {
      channel.fail(new AkiosError('STEP_FAILED', `The caged worker ended: ${exit.detail}`));
    });
    this.current = { process, channel };
    return this.current;
  }

  call<O extends WorkerOp>(op: O, input: WorkerOps[O]['in']): Promise<WorkerOps[O]['out']> {
    const turn = this.queue.then(() => this.perform(op, input));
    // The next call waits for this one, whatever became of it; its caller has the failure in `turn`.
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  private async perform<O extends WorkerOp>(
    op: O,
    input: WorkerOps[O]['in'],
  ): Promise<WorkerOps[O]['out']> {
    if (this.disposed || this.options.signal?.aborted) {
      throw new AkiosError('CANCELLED', 'The run has ended; its worker takes no more work.');
    }
    const { channel } = await this.start();
    const limit = op.startsWith('fs.')
      ? (this.options.timeouts?.fs ?? 30_000)
      : (this.options.timeouts?.doc ?? 60_000);
    const timer = setTimeout(() => {
      channel.fail(
        new AkiosError('TIMEOUT', `The file operation took longer than ${limit} ms and was ended.`),
      );
    }, limit);
    try {
      return await channel.request(op, input);
    } finally {
      clearTimeout(timer);
    }
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    const current = this.current;
    if (current === null) return;
    current.channel.fail(new AkiosError('CANCELLED', 'The worker was ended with its run.'));
    await current.process.kill('killed', 'The run ended.');
  }
}

/**
 * Starts the caged worker of one run. `fs.*` and `doc.*` calls are served one after another; a
 * hostile document that ends the process fails its own call, and the next call gets a fresh one.
 * Throws CAGE_FAILED / CAGE_UNPROVED when no cage can be had and DENIED for a grant that is a link.
 */
export async function startWorker(
  backend: CageBackend,
  grants: WorkerGrants,
  options: WorkerOptions,
): Promise<CagedWorker> {
  for (const file of [options.workerBundle, options.nodePath]) {
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
      throw new AkiosError('CAGE_FAILED', 'A part of the caged worker is missing.', {
        hint: 'Build the product first: npm run build.',
      });
    }
  }
  const worker = new RunWorker(backend, grants, options);
  await worker.start();
  options.signal?.addEventListener('abort', () => void worker.dispose(), { once: true });
  return worker;
}
