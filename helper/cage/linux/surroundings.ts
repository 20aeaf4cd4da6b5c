import { randomBytes } from 'node:crypto';
import type { CageEnd, CageLimits, CageSpec } from '../port.ts';
import type { RunSupport, Usage } from './caged-process.ts';
import { createLeaf } from './cgroup/base.ts';
import { diskOf } from './cgroup/device.ts';
import type { Leaf } from './cgroup/leaf.ts';
import type { Host } from './host.ts';
import type { RunFacts } from './launch/assemble-launch.ts';
import { printable } from './launch/program.ts';
import type { Lease } from './ownership.ts';
import { syscallName } from './seccomp/filter.ts';
import { SocketWatch } from './watch/new-sockets.ts';
import { Poll } from './watch/poll.ts';

/** Everything around one run that is not the run itself: uid, group, limits, evidence. */
export function surround(spec: CageSpec, host: Host): Surroundings {
  return new Surroundings(spec, host);
}

const MIB = 1024 * 1024;

/** The disks that a program may write to; some block devices take no limit (ENODEV, EOPNOTSUPP). */
function limitDisks(spec: CageSpec, group: Leaf): void {
  const writable = (spec.mounts ?? []).filter((m) => m.mode === 'rw').map((m) => m.host);
  if (spec.workDir !== undefined) writable.push(spec.workDir);
  for (const disk of new Set(writable.map(diskOf))) {
    if (disk === null) continue;
    try {
      group.limitDisk(disk, spec.limits.diskBytesPerSecond);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENODEV' && code !== 'EOPNOTSUPP') throw error;
    }
  }
}

export class Surroundings implements RunSupport, RunFacts {
  readonly limits: CageLimits;
  readonly user: number | null;
  readonly leaf: string | null;
  readonly hardMemory: boolean;
  readonly #spec: CageSpec;
  readonly #host: Host;
  readonly #group: Leaf | null;
  readonly #leases: Lease[] = [];
  readonly #sockets: SocketWatch;

  constructor(spec: CageSpec, host: Host) {
    this.#spec = spec;
    this.#host = host;
    const shown = (spec.mounts ?? []).map((mount) => mount.host);
    this.#sockets = new SocketWatch(spec.workDir === undefined ? shown : [...shown, spec.workDir]);
    this.limits = spec.limits;
    this.hardMemory = host.cgroup.hard;
    const name = `run-${randomBytes(6).toString('hex')}`;
    this.#group = createLeaf(host.cgroup, name, spec.limits, spec.egressSocket !== undefined);
    if (this.#group !== null && host.cgroup.io) limitDisks(spec, this.#group);
    this.leaf = this.#group?.path ?? null;
    this.user = host.identities?.take() ?? null;
  }

  watch(init: number, end: (end: CageEnd, detail: string) => void): { stop(): Promise<Usage> } {
    const poll = new Poll({
      limits: this.limits,
      init,
      workDir: this.#spec.workDir ?? null,
      sockets: this.#sockets,
      softMemory: !this.hardMemory,
      refused: () => this.#group?.events().pidsRefused ?? null,
      end,
    });
    return {
      stop: async () => {
        const polled = await poll.stop();
        if (this.#group === null || !this.hardMemory) return polled;
        const peak = this.#group.peakBytes();
        return { cpuMs: this.#group.cpuMs(), maxRssBytes: peak ?? polled.maxRssBytes };
      },
    };
  }

  killTree(): void {
    this.#group?.kill();
  }

  async evidence(signal: string | null): Promise<{ end: CageEnd; detail: string } | null> {
    const events = this.#group?.events();
    if (events !== undefined && events.oomKills > 0 && signal === 'SIGKILL') {
      const most = Math.round(this.limits.memoryBytes / MIB);
      const detail = `The kernel ended it: its processes passed ${most} MiB of memory (oom_kill ${events.oomKills}).`;
      return { end: 'memory', detail };
    }
    const forbidden = await this.#forbidden(signal === 'SIGSYS');
    if (signal === 'SIGSYS') {
      return {
        end: 'seccomp',
        detail: `The kernel ended it for a forbidden system call${forbidden}.`,
      };
    }
    if (forbidden !== '' && signal === null) {
      const detail = `The program ended by itself; the kernel ended one of its processes for a forbidden system call${forbidden}.`;
      return { end: 'exit', detail };
    }
    if (events !== undefined && events.pidsRefused > 0 && signal === null) {
      const detail = `The program ended by itself; ${events.pidsRefused} new processes were refused (limit ${this.limits.pids}).`;
      return { end: 'exit', detail };
    }
    return null;
  }

  /** ": mount (by python3)" where the kernel log tells it; only a per-run uid tells runs apart. */
  async #forbidden(expected: boolean): Promise<string> {
    const { kernelLog, architecture } = this.#host;
    const untold = expected ? ' (this system does not tell which)' : '';
    if (kernelLog === null || this.user === null) return untold;
    const calls = await kernelLog.take(this.user, expected);
    if (calls.length === 0) return untold;
    const names = calls.map((call) => {
      const name =
        call.arch === architecture.audit
          ? (syscallName(architecture, call.syscall) ?? `number ${call.syscall}`)
          : `number ${call.syscall} of a foreign architecture`;
      return `${name} (by ${printable(call.comm)})`;
    });
    return `: ${[...new Set(names)].slice(0, 5).join(', ')}`;
  }

  /** Hands over what its file system cannot show under the run's uid, until release. */
  lend(paths: readonly string[]): void {
    if (this.user === null) return;
    for (const path of paths) this.#leases.push(this.#host.lender.lend(path, this.user));
  }

  async release(): Promise<void> {
    for (const lease of this.#leases) lease.restore();
    await this.#group?.remove();
    if (this.user !== null) this.#host.identities?.free(this.user);
  }
}
