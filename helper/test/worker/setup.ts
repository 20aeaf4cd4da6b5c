import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CageBackend, CageLimits } from '../../cage/port.ts';
import { bundleWorker } from '../../cage/worker/bundle.ts';
import type { CagedWorker, WorkerGrants } from '../../cage/worker/port.ts';
import { startWorker, type WorkerOptions } from '../../cage/worker/worker.ts';
import { plainBackend } from './plain-backend.ts';

export const LIMITS: CageLimits = {
  wallMs: 60_000,
  memoryBytes: 512 * 1024 * 1024,
  pids: 32,
  cpus: 1,
  cpuSeconds: 60,
  openFiles: 64,
  fileBytes: 100_000_000,
  diskBytes: 1_000_000_000,
  diskEntries: 10_000,
  diskBytesPerSecond: 1_000_000_000,
  outputBytes: 1_000_000,
  tmpBytes: 10_000_000,
};

export interface Bench {
  base: string;
  project: string;
  bundle: string;
  file(path: string, content: string | Uint8Array): string;
  /** A worker as a plain child (no cage) unless a back end is given. */
  worker(
    grants?: Partial<WorkerGrants>,
    backend?: CageBackend,
    over?: Partial<WorkerOptions>,
  ): Promise<CagedWorker>;
  /** Starts `program` (JavaScript) in place of the worker. */
  hostile(program: string, over?: Partial<WorkerOptions>): Promise<CagedWorker>;
  dispose(): Promise<void>;
}

/** A project in a temporary folder, the bundled worker, and a list of what to end afterwards. */
export async function openBench(): Promise<Bench> {
  const base = mkdtempSync(join(tmpdir(), 'akios-worker-'));
  const project = join(base, 'project');
  const bundle = join(base, 'worker.mjs');
  for (const folder of ['data/input', 'data/output/run_1']) {
    mkdirSync(join(project, folder), { recursive: true });
  }
  await bundleWorker(bundle);
  const workers: CagedWorker[] = [];
  const file = (path: string, content: string | Uint8Array): string => {
    const full = join(project, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    return path;
  };
  const start = async (
    backend: CageBackend,
    grants: Partial<WorkerGrants>,
    over: Partial<WorkerOptions>,
  ) => {
    const worker = await startWorker(
      backend,
      { projectDir: project, read: ['data/input'], write: ['data/output/run_1'], ...grants },
      { workerBundle: bundle, nodePath: process.execPath, limits: LIMITS, ...over },
    );
    workers.push(worker);
    return worker;
  };
  return {
    base,
    project,
    bundle,
    file,
    worker: (grants = {}, backend = plainBackend(project, process.execPath), over = {}) =>
      start(backend, grants, over),
    hostile: (program, over = {}) => {
      const path = join(base, `hostile-${workers.length}.mjs`);
      writeFileSync(path, program);
      return start(plainBackend(project, process.execPath, path), {}, over);
    },
    dispose: async () => {
      await Promise.all(workers.map((worker) => worker.dispose()));
      rmSync(base, { recursive: true, force: true });
    },
  };
}
