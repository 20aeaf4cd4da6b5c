import { AkiosError } from '../../../../shared/domain/errors.ts';
import { bytesOfText } from '../../../../shared/node/raw-text.ts';
import type { Architecture } from '../seccomp/assemble.ts';

/** A thing of the host that the launcher hands to bubblewrap. */
export interface Tree {
  path: string;
  kind: 'dir' | 'file';
  /** Owner on disk; its files are the run's own inside. Null: no id map (owner already changed). */
  owner: { uid: number; gid: number } | null;
  /** File system it lies on. */
  device: number;
}

export interface LaunchPlan {
  parent: number;
  /** cgroup folder to join, or null. */
  leaf: string | null;
  /** The run's own uid when the helper is root; null: the helper's own user. */
  user: number | null;
  /** Make the IPC namespace here, with System V limits. Root only. */
  ipc: boolean;
  /** Root: staged at /tmp/0, /tmp/1, ... in a mount namespace of the launcher. */
  trees: readonly Tree[];
  /** Ordinary user: opened at the given descriptor numbers. */
  plain: readonly { path: string; fd: number }[];
  /** Highest descriptor that bubblewrap is meant to have. */
  lastFd: number;
  exec: readonly string[];
}

const CALLS = [
  'openat2',
  'unshare',
  'mount',
  'open_tree',
  'mount_setattr',
  'move_mount',
  'prctl',
  'setgroups',
  'setresgid',
  'setresuid',
  'capset',
  'dup',
  'dup3',
  'close_range',
  'rt_sigprocmask',
  'rt_sigtimedwait',
  'clone3',
];

export function callNumber(architecture: Architecture, name: string): number {
  const found = architecture.numbers.find(([n]) => n === name);
  if (found === undefined) throw new AkiosError('CAGE_FAILED', `No number for the call ${name}.`);
  return found[1];
}

const HIGHEST = 0xffffffff;

/**
 * Lines for uid_map (or gid_map) of the namespace an idmapped mount takes its map from: `owner` on
 * disk and `run` in the cage trade places, every other id stays itself.
 */
export function swapMap(owner: number, run: number, everyId: boolean): string {
  if (!everyId) return `${owner} ${run} 1\n`;
  const [low, high] = owner < run ? [owner, run] : [run, owner];
  const lines: string[] = [];
  const keep = (from: number, to: number) => {
    if (to > from) lines.push(`${from} ${from} ${to - from}`);
  };
  keep(0, low);
  lines.push(`${low} ${high} 1`);
  keep(low + 1, high);
  if (high !== low) lines.push(`${high} ${low} 1`);
  keep(high + 1, HIGHEST);
  return `${lines.join('\n')}\n`;
}

/** NUL-separated words for the launcher's first program. */
export function encodePlan(plan: LaunchPlan, architecture: Architecture, everyId: boolean): Buffer {
  const words: string[] = [];
  for (const name of CALLS) {
    words.push('call', name, String(callNumber(architecture, name)));
  }
  words.push('parent', String(plan.parent));
  if (plan.leaf !== null) words.push('leaf', plan.leaf);
  if (plan.user !== null) {
    words.push('user', String(plan.user));
    if (plan.ipc) words.push('ipc');
    for (const tree of plan.trees) {
      const key = tree.owner === null ? '' : `${tree.owner.uid}:${tree.owner.gid}`;
      if (tree.owner !== null) {
        const { uid, gid } = tree.owner;
        words.push('map', key, swapMap(uid, plan.user, everyId), swapMap(gid, plan.user, everyId));
      }
      words.push('tree', tree.path, tree.kind, key);
    }
  }
  for (const { path, fd } of plan.plain) words.push('bind', path, String(fd));
  words.push('last', String(plan.lastFd), 'exec', ...plan.exec);
  if (words.some((w) => w.includes('\0'))) {
    throw new AkiosError('INPUT_INVALID', 'A path or argument holds a NUL character.');
  }
  return bytesOfText(`${words.join('\0')}\0`);
}
