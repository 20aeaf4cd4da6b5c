import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** One forbidden call, as the kernel's audit record tells it. */
export interface ForbiddenCall {
  uid: number;
  syscall: number;
  /** AUDIT_ARCH of the caller. */
  arch: number;
  comm: string;
}

const RECORD =
  /audit: type=1326 .*? uid=(\d+) .*?comm=("[^"]*"|[0-9A-Fa-f]+) .*?sig=31 arch=([0-9a-f]+) syscall=(\d+)/;

/** Reads one kernel log line; null when it is not a seccomp kill. */
export function parseSeccompRecord(line: string): ForbiddenCall | null {
  const found = RECORD.exec(line);
  if (found === null) return null;
  const [, uid, comm = '', arch = '', syscall] = found;
  const name = comm.startsWith('"')
    ? comm.slice(1, -1)
    : Buffer.from(comm, 'hex').toString('latin1');
  return {
    uid: Number(uid),
    syscall: Number(syscall),
    arch: Number.parseInt(arch, 16),
    comm: name,
  };
}

/**
 * The kernel's message buffer from now on. Needs the right to read it (root, or an open
 * dmesg_restrict) and a kernel with audit, and no audit daemon that takes the records away.
 */
export class KernelLog {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(8192);
  #calls: ForbiddenCall[] = [];

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Null where this user may not read the kernel log. */
  static open(path = '/dev/kmsg'): KernelLog | null {
    try {
      const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const log = new KernelLog(fd);
      log.#drain();
      log.#calls = [];
      return log;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM' || code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Takes the records of a uid; waits briefly, since the kernel writes them a moment later. */
  async take(uid: number, expected: boolean): Promise<ForbiddenCall[]> {
    for (let wait = 1; ; wait *= 2) {
      this.#drain();
      const own = this.#calls.filter((c) => c.uid === uid);
      if (own.length > 0 || !expected || wait > 64) {
        this.#calls = this.#calls.filter((c) => c.uid !== uid).slice(-256);
        return own;
      }
      await sleep(wait);
    }
  }

  /** One read gives one record; EPIPE tells that older ones were overwritten. */
  #drain(): void {
    for (;;) {
      let bytes: number;
      try {
        bytes = readSync(this.#fd, this.#buffer);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPIPE') continue;
        if (code === 'EAGAIN') return;
        throw error;
      }
      if (bytes === 0) return;
      const call = parseSeccompRecord(this.#buffer.toString('latin1', 0, bytes));
      if (call !== null) this.#calls.push(call);
    }
  }

  dispose(): void {
    closeSync(this.#fd);
  }
}
