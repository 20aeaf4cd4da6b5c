import type { CageLimits } from '../../cage/port.ts';
import type { Config } from '../../core/config/fields.ts';

const MiB = 1024 * 1024;

/** Limits of one caged program under the settings of a project. */
export function limitsOf(config: Config): CageLimits {
  return {
    wallMs: config.run_timeout_seconds * 1000,
    memoryBytes: config.memory_limit_mb * MiB,
    pids: config.pids_limit,
    cpus: config.cpu_limit,
    cpuSeconds: Math.min(config.run_timeout_seconds, 3600),
    openFiles: config.max_open_files,
    fileBytes: config.max_file_size_mb * MiB,
    diskBytes: 1024 * MiB,
    diskEntries: 100_000,
    diskBytesPerSecond: 256 * MiB,
    outputBytes: 10 * MiB,
    tmpBytes: 64 * MiB,
  };
}

/** Default policy of `akios agent run` outside a project: roomy, and still bounded. */
export const AGENT_LIMITS: CageLimits = {
  wallMs: 24 * 3_600_000,
  memoryBytes: 2048 * MiB,
  pids: 512,
  cpus: 2,
  cpuSeconds: 24 * 3600,
  openFiles: 1024,
  fileBytes: 1024 * MiB,
  diskBytes: 4096 * MiB,
  diskEntries: 500_000,
  diskBytesPerSecond: 256 * MiB,
  outputBytes: 4096 * MiB,
  tmpBytes: 256 * MiB,
};
