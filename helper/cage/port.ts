import type { Readable, Writable } from 'node:stream';
import type { Probe } from '../../shared/contract/cage.ts';
import type { CageLevel } from '../../shared/domain/states.ts';

/** Hard where the kernel allows it; `soft` in the probe report names what is only polled. */
export interface CageLimits {
  wallMs: number;
  /** Tree memory. */
  memoryBytes: number;
  pids: number;
  /** 1.0 = one core. */
  cpus: number;
  cpuSeconds: number;
  openFiles: number;
  fileBytes: number;
  /** Work folder total and entries. */
  diskBytes: number;
  diskEntries: number;
  /** Bytes a second read from, and written to, the disk of each writable folder; see `device.ts`. */
  diskBytesPerSecond: number;
  /** stdout plus stderr; the process is ended past it. */
  outputBytes: number;
  tmpBytes: number;
}

export interface CageMount {
  /** Absolute host path; resolved without following links by the launcher. */
  host: string;
  inside: string;
  mode: 'ro' | 'rw';
}

export interface CageSpec {
  /** Run or program id; names the cgroup leaf and the temporary files. */
  id: string;
  argv: readonly [string, ...string[]];
  /** Bound read-write at /workspace (its current directory), or none. */
  workDir?: string;
  mounts?: readonly CageMount[];
  /** Added to the fixed clean environment; names like LD_* and NODE_OPTIONS are refused. */
  env?: Readonly<Record<string, string>>;
  limits: CageLimits;
  stdin: 'none' | 'pipe';
  /** Host path of an egress proxy socket to bind in, or none: no way out at all. */
  egressSocket?: string;
  /** `quiet` answers EPERM where `kill` ends the process (debuggers, some JITs). */
  seccomp: 'kill' | 'quiet';
  /** File mode creation mask of the program; absent: the helper's own (only the owner may). */
  umask?: number;
}

export type CageEnd =
  | 'exit'
  | 'timeout'
  | 'memory'
  | 'pids'
  | 'output'
  | 'disk'
  | 'killed'
  | 'seccomp'
  | 'start-failed';

export interface CageExit {
  end: CageEnd;
  code: number | null;
  signal: string | null;
  /** One plain sentence for a person, e.g. which syscall ended it where the kernel tells. */
  detail: string;
  usage: { wallMs: number; cpuMs: number | null; maxRssBytes: number | null };
}

export interface CagedProcess {
  readonly id: string;
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once no process of the tree exists; never rejects. */
  readonly exited: Promise<CageExit>;
  /** Ends the whole tree; resolves when it is gone. */
  kill(end: CageEnd, detail: string): Promise<CageExit>;
}

export interface ProbeReport {
  level: CageLevel;
  backend: string;
  probes: Probe[];
  /** What is limited by polling only, each with its reason. */
  soft: string[];
  /** Short names of what was proved, for ledger rows. */
  features: string[];
  at: string;
}

export interface CageBackend {
  readonly name: string;
  /** Runs P1..P10 inside a throw-away cage. Never throws: a failure is a report with level refuse. */
  probe(): Promise<ProbeReport>;
  /** Throws CAGE_FAILED / CAGE_UNPROVED / INPUT_INVALID; never runs anything uncaged. */
  spawn(spec: CageSpec): Promise<CagedProcess>;
  /** Kills everything this back end started and removes what it left on disk. */
  dispose(): Promise<void>;
}
