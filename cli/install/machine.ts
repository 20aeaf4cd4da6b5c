import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { AkiosError } from '../../shared/domain/errors.ts';

export interface Ran {
  status: number;
  out: string;
  err: string;
}

/** The programs of the machine that an installation uses; a test has a fake in its place. */
export interface Machine {
  isRoot(): boolean;
  hasSystemd(): boolean;
  run(program: string, args: readonly string[]): Ran;
}

const PLACES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** By full path and with a clean environment: what runs as root is not chosen by a variable. */
export const thisMachine: Machine = {
  isRoot: () => process.getuid?.() === 0,
  hasSystemd: () => existsSync('/run/systemd/system'),
  run(program, args) {
    const place = PLACES.find((folder) => existsSync(`${folder}/${program}`));
    if (place === undefined) return { status: 127, out: '', err: `${program} is not installed` };
    const done = spawnSync(`${place}/${program}`, args, {
      encoding: 'utf8',
      cwd: '/',
      env: { PATH: PLACES.join(':'), LANG: 'C.UTF-8' },
    });
    return { status: done.status ?? 1, out: done.stdout ?? '', err: done.stderr ?? '' };
  },
};

/** @throws AkiosError STEP_FAILED with the program's own last line */
export function must(machine: Machine, program: string, args: readonly string[]): string {
  const done = machine.run(program, args);
  if (done.status === 0) return done.out;
  const said = `${done.err}\n${done.out}`.trim().split('\n').at(-1) ?? '';
  throw new AkiosError('STEP_FAILED', `${program} ${args.join(' ')} failed: ${said}`, {
    hint: 'Nothing else was changed after this step; repair the cause and run it again.',
  });
}

/** @throws AkiosError UNSUPPORTED without systemd, USAGE without root (exit 2 both) */
export function requireSystem(machine: Machine, what: string): void {
  if (!machine.hasSystemd()) {
    throw new AkiosError('UNSUPPORTED', 'This machine does not run systemd; there is no service.', {
      hint: 'Nothing needs it: every command starts a helper of your own user by itself.',
    });
  }
  if (machine.isRoot()) return;
  throw new AkiosError('USAGE', `Only root may ${what} the system service.`, {
    hint: `sudo akios helper ${what}`,
  });
}
