import { constants } from 'node:os';
import type { CageEnd } from '../port.ts';

/** The usual name comes first in the table, aliases (SIGIOT, SIGPOLL) after it. */
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, n]) => [n, name]),
);
const ERRNO_TEXT: Readonly<Record<number, string>> = {
  2: 'no such program in the cage',
  7: 'the argument list is too long',
  8: 'not a program this system can execute',
  13: 'not executable, or its interpreter is not readable in the cage',
  20: 'a part of its path is not a folder',
  40: 'its path is a loop of links',
};

export interface WaitStatus {
  code: number | null;
  signal: string | null;
}

/** Decodes a wait status as waitpid gives it. */
export function decodeWait(wait: number): WaitStatus {
  const signal = wait & 0x7f;
  if (signal === 0) return { code: (wait >> 8) & 0xff, signal: null };
  return { code: null, signal: SIGNALS.get(signal) ?? `SIG${signal}` };
}

/** What a signal that ended the program says about the cause. */
export function endOfSignal(signal: string | null): { end: CageEnd; detail: string } {
  if (signal === null) return { end: 'exit', detail: 'The program ended by itself.' };
  if (signal === 'SIGSYS') {
    return { end: 'seccomp', detail: 'The kernel ended it for a forbidden system call.' };
  }
  if (signal === 'SIGXCPU') {
    return { end: 'timeout', detail: 'It used up its processor seconds (SIGXCPU).' };
  }
  if (signal === 'SIGXFSZ') {
    return { end: 'disk', detail: 'It wrote a file past the size limit (SIGXFSZ).' };
  }
  return { end: 'exit', detail: `A signal ended the program (${signal}).` };
}

export function notExecutedText(what: string): string {
  const errno = Number(what);
  const why = Number.isInteger(errno) ? (ERRNO_TEXT[errno] ?? `errno ${errno}`) : what;
  return `The program could not be started: ${why}.`;
}

/** What a shell answers: 127 where there is no such program, 126 where it cannot be executed. */
export function notExecutedStatus(what: string): number {
  return what === '2' || what === '20' ? 127 : 126;
}
