import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

export interface Ran {
  /** -1 when a signal ended it. */
  code: number;
  out: string;
  err: string;
}

export interface TypeOptions {
  /** `home` when absent. */
  cwd?: string;
  /** Written to the standard input, which is then closed; `open` leaves it open. */
  stdin?: string;
  open?: boolean;
  /** Another program than `cli/main.ts`. */
  main?: string;
  /** Called with everything that came so far, at each piece. */
  onOut?: (text: string, child: ChildProcess) => void;
  onErr?: (text: string, child: ChildProcess) => void;
}

/** A command that may still be running, in a state folder of its own below `home`. */
export function type(
  home: string,
  args: readonly string[],
  options: TypeOptions = {},
): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(process.execPath, [options.main ?? MAIN, ...args], {
    cwd: options.cwd ?? home,
    env: { ...process.env, AKIOS_STATE_DIR: join(home, 'state'), NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
    options.onOut?.(out, child);
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
    options.onErr?.(err, child);
  });
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, out, err }));
  });
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.write(options.stdin ?? '');
  if (options.open !== true) child.stdin.end();
  return { child, ended };
}
