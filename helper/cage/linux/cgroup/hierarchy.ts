import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const WANTED = ['memory', 'pids', 'cpu'] as const;
/** Taken where it is offered; systemd does not delegate it to ordinary users by itself. */
export const OPTIONAL = ['io'] as const;

/** Where cgroup v2 is mounted and where this process sits in it. */
export interface Hierarchy {
  mount: string;
  /** Absolute folder of this process's own group. */
  own: string;
  /** Controllers that the root of the hierarchy offers. */
  controllers: string[];
}

export function words(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split(/\s+/).filter(Boolean);
}

/** Null where no cgroup v2 is mounted. */
export function findHierarchy(): Hierarchy | null {
  const mount = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2 /.test(line))
    .map((line) => line.split(' ')[4] ?? '')
    .find((path) => path !== '');
  const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  if (mount === undefined || own === undefined || own.startsWith('/..')) return null;
  return {
    mount,
    own: join(mount, own),
    controllers: words(join(mount, 'cgroup.controllers')),
  };
}

/** The wanted controllers that a group does not have. */
export function lacking(controllers: readonly string[]): string[] {
  return WANTED.filter((name) => !controllers.includes(name));
}
