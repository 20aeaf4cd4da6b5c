import { readFileSync } from 'node:fs';

export interface HelperProcess {
  pid: number;
  isAlive(): boolean;
}

/**
 * The helper with this process number, told from a later process of the same number by its start.
 * Null when that number is no Node program here, as in another name space of processes.
 */
export function processOf(pid: number): HelperProcess | null {
  const started = startOf(pid);
  if (started === null || !commandOf(pid).includes('daemon')) return null;
  return { pid, isAlive: () => startOf(pid) === started };
}

/** Ticks from boot to its start; null when it is gone, or dead and not yet collected. */
function startOf(pid: number): string | null {
  const stat = readProc(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, also spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return stat === '' || state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
}

function commandOf(pid: number): string {
  return readProc(`/proc/${pid}/cmdline`);
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return '';
    throw error;
  }
}
