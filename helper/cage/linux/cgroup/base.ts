import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { CageLimits } from '../../port.ts';
import { startTicks } from '../identities.ts';
import { findHierarchy, lacking, OPTIONAL, WANTED, words } from './hierarchy.ts';
import { Leaf, removeTree, writeGroupFile } from './leaf.ts';

const run = promisify(execFile);
const PREFIX = 'akios-cages';
const HELPER = 'helper';

/** A part of the cgroup tree that is ours. */
export interface CgroupBase {
  /** Folder below which one group per run is made. */
  path: string;
  /** memory, pids and cpu are all enabled for the groups: limits are the kernel's. */
  hard: true;
  reason: '';
  /** The io controller is enabled for the groups too. */
  io: boolean;
}

export interface NoCgroup {
  path: null;
  hard: false;
  reason: string;
  io: false;
}

const without = (reason: string): NoCgroup => ({ path: null, hard: false, reason, io: false });

/** A manager that has only just started answers slowly. */
const MANAGER_MS = 30_000;

/** One line; of a program, what it said itself. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { killed, stderr } = error as Error & { killed?: boolean; stderr?: string };
  if (killed === true) return `the systemd manager did not answer within ${MANAGER_MS} ms`;
  const said = (stderr || error.message).trim().split('\n').at(-1) ?? error.name;
  return said.slice(0, 200);
}

/**
 * Finds or makes a delegated subtree: our own group when its unit delegates, a scope of the user's
 * (or the system's) systemd, or, as root without systemd, a group below the root.
 */
export async function acquireBase(): Promise<CgroupBase | NoCgroup> {
  const found = findHierarchy();
  if (found === null) {
    return without('cgroup v2 is not mounted');
  }
  const missing = lacking(found.controllers);
  const root = process.getuid?.() === 0;
  try {
    if (missing.length > 0) return withoutControllers(missing);
    if (root && found.own === found.mount) return await topBase(found.mount);
    if (!existsSync('/run/systemd/system')) {
      if (root) return await topBase(found.mount);
      return without('no systemd manager to delegate a group');
    }
    return await delegatedBase(found.own, root);
  } catch (error) {
    return without(errorText(error));
  }
}

function nameOfOurs(): string {
  const nonce = randomBytes(4).toString('hex');
  return `${PREFIX}-${process.pid}-${startTicks(process.pid) ?? '0'}-${nonce}`;
}

/** Groups of helpers that no longer run. */
async function removeStale(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    const [, pid, ticks] = /^akios-cages-(\d+)-(\d+)-[0-9a-f]+$/.exec(name) ?? [];
    if (pid === undefined || startTicks(Number(pid)) === ticks) continue;
    await removeTree(join(folder, name));
  }
}

async function makeTop(mount: string): Promise<string> {
  await removeStale(mount);
  const path = join(mount, nameOfOurs());
  mkdirSync(path, { recursive: true, mode: 0o755 });
  return path;
}

/** Groups without controllers would hold nothing: process 1 of the cage ends its tree already. */
function withoutControllers(missing: readonly string[]): NoCgroup {
  const v1 = existsSync('/sys/fs/cgroup/memory') ? ': found v1' : '';
  return without(`cgroup v2 controllers not available (${missing.join(', ')})${v1}`);
}

async function topBase(mount: string): Promise<CgroupBase> {
  enable(mount);
  const path = await makeTop(mount);
  return baseAt(path);
}

/** The controllers that its parent passes on, for the groups of runs below it. */
function baseAt(path: string): CgroupBase {
  enable(path);
  const io = words(join(path, 'cgroup.subtree_control')).includes('io');
  return { path, hard: true, reason: '', io };
}

function enable(path: string): void {
  const offered = words(join(path, 'cgroup.controllers'));
  const have = words(join(path, 'cgroup.subtree_control'));
  const wanted = [...WANTED, ...OPTIONAL.filter((name) => offered.includes(name))];
  const add = wanted.filter((name) => !have.includes(name));
  if (add.length === 0) return;
  const line = add.map((name) => `+${name}`).join(' ');
  writeGroupFile(join(path, 'cgroup.subtree_control'), line);
}

async function delegatedBase(own: string, root: boolean): Promise<CgroupBase | NoCgroup> {
  // A second cage of the same helper finds itself where the first one moved it.
  let group = basename(own) === HELPER ? dirname(own) : own;
  if (!(await delegates(basename(group), root)) || !writable(group)) {
    await startScope(root);
    group = findHierarchy()?.own ?? '';
  }
  const missing = lacking(words(join(group, 'cgroup.controllers')));
  if (missing.length > 0) {
    return without(`the delegated group has no ${missing.join(', ')} controller`);
  }
  // A group with controllers for its children may hold no process itself.
  const helper = join(group, HELPER);
  mkdirSync(helper, { recursive: true });
  for (const pid of words(join(group, 'cgroup.procs'))) moveTo(helper, pid);
  enable(group);
  const path = join(group, nameOfOurs());
  await removeStale(group);
  mkdirSync(path, { recursive: true });
  return baseAt(path);
}

function moveTo(group: string, pid: string): void {
  try {
    writeGroupFile(join(group, 'cgroup.procs'), pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function writable(group: string): boolean {
  try {
    for (const file of ['cgroup.procs', 'cgroup.subtree_control', '.']) {
      accessSync(join(group, file), constants.W_OK);
    }
    return true;
  } catch {
    return false;
  }
}

async function delegates(unit: string, root: boolean): Promise<boolean> {
  if (!/\.(service|scope)$/.test(unit)) return false;
  const manager = root ? ['--system'] : ['--user'];
  for (const where of root ? [manager] : [manager, ['--system']]) {
    try {
      const args = [...where, 'show', '--property=Delegate', '--value', unit];
      const { stdout } = await run('systemctl', args, { timeout: MANAGER_MS, env: userEnv() });
      if (stdout.trim() === 'yes') return true;
    } catch {
      // No such manager: the next one, or a scope of our own, decides.
    }
  }
  return false;
}

/** Moves this process into a new scope whose group is ours to divide. */
async function startScope(root: boolean): Promise<void> {
  const unit = `akios-helper-${process.pid}.scope`;
  await run(
    'busctl',
    [
      ...[root ? '--system' : '--user', 'call', 'org.freedesktop.systemd1'],
      ...['/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager', 'StartTransientUnit'],
      ...['ssa(sv)a(sa(sv))', unit, 'fail', '2', 'Delegate', 'b', 'true'],
      ...['PIDs', 'au', '1', String(process.pid), '0'],
    ],
    { timeout: MANAGER_MS, env: userEnv() },
  );
  for (let tries = 0; tries < 100; tries += 1) {
    if (basename(findHierarchy()?.own ?? '') === unit) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('systemd did not move the helper into its scope');
}

/** The user's manager is found by its runtime folder, which a service may not have in its names. */
function userEnv(): NodeJS.ProcessEnv {
  const folder = process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`;
  return { ...process.env, XDG_RUNTIME_DIR: folder };
}

/** One group for one run; null when there is no subtree to make it in. */
export function createLeaf(
  base: CgroupBase | NoCgroup,
  name: string,
  limits: CageLimits,
  bridge: boolean,
): Leaf | null {
  return base.path === null ? null : Leaf.create(base.path, name, limits, bridge);
}

export async function removeBase(base: CgroupBase | NoCgroup): Promise<void> {
  if (base.path !== null) await removeTree(base.path);
}
