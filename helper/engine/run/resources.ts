import { AkiosError } from '../../../shared/domain/errors.ts';
import type { EgressPolicy, EgressRule } from '../../cage/egress/port.ts';
import type { CageBackend, CagedProcess, CageLimits, CageSpec } from '../../cage/port.ts';
import type { CagedWorker, WorkerOp, WorkerOps } from '../../cage/worker/port.ts';
import type { Config } from '../../core/config/fields.ts';
import { READ_FOLDERS } from '../../core/policy/builtin.ts';
import type { ProjectRuntime } from '../port.ts';

const MIB = 1_048_576;
/** After this the helper no longer waits for a worker to say goodbye. */
const DISPOSE_MS = 2_000;

/**
 * What a run holds while it is on: one caged worker (started at first use) and every caged process
 * its effects start. `killAll` leaves none of them.
 */
export class RunResources {
  readonly worker: CagedWorker;
  readonly cage: CageBackend;
  private readonly open: () => Promise<CagedWorker>;
  private readonly live = new Set<CagedProcess>();
  private started: Promise<CagedWorker> | null = null;
  private closed = false;

  constructor(project: ProjectRuntime, run: string, outputDir: string) {
    this.open = () =>
      project.openWorker(run, {
        projectDir: project.dir,
        read: READ_FOLDERS,
        // Its own folder only: no run can put a link into the folder of another.
        write: [outputDir],
      });
    this.worker = {
      call: async <O extends WorkerOp>(op: O, input: WorkerOps[O]['in']) =>
        await (await this.begin()).call(op, input),
      dispose: async () => await this.killAll(),
    };
    this.cage = this.tracked(project.cage);
  }

  /** Ends the worker and every process; resolves when they are gone. Nothing starts afterwards. */
  async killAll(): Promise<void> {
    this.closed = true;
    const ends: Promise<unknown>[] = [...this.live].map((process) =>
      process.kill('killed', 'The run was stopped.'),
    );
    if (this.started) {
      ends.push(
        this.started.then(
          (worker) => worker.dispose(),
          // A worker that never started has nothing to end; its start already failed the step.
          () => undefined,
        ),
      );
    }
    await Promise.race([Promise.allSettled(ends), timeout(DISPOSE_MS)]);
  }

  private begin(): Promise<CagedWorker> {
    if (this.closed) return Promise.reject(stopped());
    this.started ??= this.open();
    return this.started;
  }

  private tracked(inner: CageBackend): CageBackend {
    return {
      name: inner.name,
      probe: () => inner.probe(),
      dispose: () => this.killAll(),
      spawn: async (spec: CageSpec) => {
        if (this.closed) throw stopped();
        const process = await inner.spawn(spec);
        this.live.add(process);
        void process.exited.then(() => this.live.delete(process));
        if (this.closed) {
          await process.kill('killed', 'The run was stopped.');
          throw stopped();
        }
        return process;
      },
    };
  }
}

/** Limits of one caged program of a run. */
export function limitsOf(config: Config, timeoutMs: number): CageLimits {
  return {
    wallMs: timeoutMs,
    memoryBytes: config.memory_limit_mb * MIB,
    pids: config.pids_limit,
    cpus: config.cpu_limit,
    cpuSeconds: Math.max(1, Math.ceil((timeoutMs / 1000) * Math.max(1, config.cpu_limit))),
    openFiles: config.max_open_files,
    fileBytes: config.max_file_size_mb * MIB,
    diskBytes: config.max_file_size_mb * MIB * 10,
    diskEntries: 10_000,
    diskBytesPerSecond: 256 * MIB,
    outputBytes: 10 * MIB,
    tmpBytes: 64 * MIB,
  };
}

/** Where the http agent and its like may go; nowhere unless the settings say so. */
export function egressPolicyOf(config: Config, run: string): EgressPolicy {
  const rules: EgressRule[] = config.network_access_allowed
    ? config.allowed_domains.map((entry) => {
        const [host = entry, port = '443'] = entry.split(':');
        return {
          host,
          ports: [Number(port)],
          ...(config.allow_private_addresses ? { allowPrivate: true } : {}),
        };
      })
    : [];
  // Both count over the whole run, not at one time.
  return { run, rules, maxConnections: 10_000, maxBytes: 100 * MIB };
}

function stopped(): AkiosError {
  return new AkiosError('RUN_KILLED', 'The run was stopped.');
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
