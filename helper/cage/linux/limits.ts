import type { CageLimits } from '../port.ts';

/** RLIMIT_* numbers, the same on x86-64 and arm64. */
const RLIMIT = {
  cpu: 0,
  fsize: 1,
  data: 2,
  core: 4,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
} as const;

/** The bridge to the egress proxy, with a process per connection. */
export const BRIDGE_PROCESSES = 33;

/**
 * Limit triples that process 1 sets on the program. NPROC counts inside the cage's own user
 * namespace, so it is the cage's number of processes, whatever else the user runs.
 * Process 1 and the bridge count there too.
 * @param hardLimits true when a cgroup holds the tree's memory and number of processes
 */
export function rlimitTriples(limits: CageLimits, hardLimits: boolean, bridge: boolean): string {
  const cpu = Math.min(Math.max(1, Math.ceil(limits.cpuSeconds)), Number.MAX_SAFE_INTEGER - 1);
  const both = (n: number): [number, number] => {
    const whole = Math.floor(Math.min(Math.max(n, 0), Number.MAX_SAFE_INTEGER));
    return [whole, whole];
  };
  const all: [number, [number, number]][] = [
    // One byte: too small for a core file, and the one value at which the kernel does not start
    // the host's core handler either (with 0 it would, outside the cage).
    [RLIMIT.core, [1, 1]],
    [RLIMIT.nofile, both(limits.openFiles)],
    [RLIMIT.fsize, both(limits.fileBytes)],
    [RLIMIT.memlock, both(65_536)],
    [RLIMIT.msgqueue, both(65_536)],
    [RLIMIT.sigpending, both(1024)],
    [RLIMIT.rtprio, [0, 0]],
    [RLIMIT.nice, [0, 0]],
    [RLIMIT.cpu, [cpu, cpu + 1]],
    // Where a group counts processes it comes first, and says so in its events.
    [RLIMIT.nproc, both(limits.pids + 1 + (bridge ? BRIDGE_PROCESSES : 0) + (hardLimits ? 64 : 0))],
  ];
  if (!hardLimits) all.push([RLIMIT.data, both(limits.memoryBytes)]);
  return all.map(([what, [soft, hard]]) => `${what} ${soft} ${hard}`).join(',');
}

export const DEFAULT_LIMITS: CageLimits = {
  wallMs: 10_000,
  memoryBytes: 1_610_612_736,
  pids: 128,
  cpus: 2,
  cpuSeconds: 60,
  openFiles: 1024,
  fileBytes: 268_435_456,
  diskBytes: 1_073_741_824,
  diskEntries: 20_000,
  diskBytesPerSecond: 268_435_456,
  outputBytes: 1_048_576,
  tmpBytes: 268_435_456,
};
