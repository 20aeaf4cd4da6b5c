import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fchownSync } from 'node:fs';
import { Socket } from 'node:net';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import { libc } from '../native/libc.ts';
import { MemoryFile } from './files.ts';
import { OUTER_SCRIPT } from './outer-script.ts';

export const PERL = '/usr/bin/perl';
/** Numbers the scripts and the argument list agree on. */
export const FD = { plan: 3, args: 4, seccomp: 5, status: 6, init: 7, etc: 8 } as const;

export interface LaunchInput {
  plan: Buffer;
  args: readonly string[];
  seccomp: MemoryFile;
  /** In the order of the descriptors from FD.etc on. */
  etc: readonly MemoryFile[];
  stdin: boolean;
  /** The uid that must be able to reopen its own stdio (/dev/stdout), when it is not ours. */
  user: number | null;
}

export interface Launched {
  monitor: ChildProcess;
  status: Socket;
  stdin: Socket | null;
  stdout: Socket;
  stderr: Socket;
}

class Descriptors {
  readonly #open = new Set<number>();

  keep(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  release(fd: number): number {
    this.#open.delete(fd);
    return fd;
  }

  closeAll(): void {
    for (const fd of this.#open) closeSync(fd);
    this.#open.clear();
  }
}

/** Real pipes: Node's own are socket pairs, on which /dev/stdout cannot be opened. */
function pipeFor(user: number | null, ours: Descriptors): { read: number; write: number } {
  const ends = libc().pipe();
  ours.keep(ends.read);
  ours.keep(ends.write);
  if (user !== null) fchownSync(ends.read, user, user);
  return ends;
}

/** Starts the chain launcher -> bubblewrap -> process 1. Nothing is judged here. */
export function launch(input: LaunchInput): Launched {
  const ours = new Descriptors();
  const args = new MemoryFile('args', Buffer.from(input.args.map((a) => `${a}\0`).join('')));
  const plan = new MemoryFile('plan', input.plan);
  try {
    const status = pipeFor(null, ours);
    const stdout = pipeFor(input.user, ours);
    const stderr = pipeFor(input.user, ours);
    const stdin = input.stdin ? pipeFor(input.user, ours) : null;
    const stdio = [
      ...[stdin === null ? ('ignore' as const) : stdin.read, stdout.write, stderr.write],
      ...[plan, args, input.seccomp].map((file) => ours.keep(file.reader())),
      // bubblewrap closes its own in the cage: process 1 has a second one.
      ...[status.write, status.write],
      ...input.etc.map((file) => ours.keep(file.reader())),
    ];
    const monitor = spawn(PERL, ['-f', '-e', OUTER_SCRIPT], {
      cwd: '/',
      env: {},
      detached: true,
      stdio,
    });
    // Reported by the 'error' event, which the caller listens to.
    const reading = (fd: number) =>
      new Socket({ fd: ours.release(fd), readable: true, writable: false });
    return {
      monitor,
      status: reading(status.read),
      stdout: reading(stdout.read),
      stderr: reading(stderr.read),
      stdin:
        stdin === null
          ? null
          : new Socket({ fd: ours.release(stdin.write), readable: false, writable: true }),
    };
  } catch (error) {
    throw new AkiosError('CAGE_FAILED', 'The cage could not be started.', { cause: error });
  } finally {
    ours.closeAll();
    args.dispose();
    plan.dispose();
  }
}
