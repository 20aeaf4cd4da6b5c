import { PROXY_SOCKET, WORKSPACE } from './program.ts';
import type { World } from './world.ts';

/** Where bubblewrap finds one thing to bind: a staged path, or an open descriptor. */
export type BindSource = { path: string } | { fd: number };

export interface Binding {
  source: BindSource;
  inside: string;
  mode: 'ro' | 'rw';
}

export interface CageLayout {
  world: World;
  env: readonly (readonly [string, string])[];
  work: BindSource | null;
  /** Host spelling of the work folder, for programs that were given absolute names in it. */
  workAliases: readonly string[];
  mounts: readonly Binding[];
  /** Paths inside that show an empty device instead: sockets of this machine. */
  covered: readonly string[];
  proxy: BindSource | null;
  tmpBytes: number;
  /** False where the launcher made the IPC namespace itself. */
  unshareIpc: boolean;
  fds: { status: number; seccomp: number; etc: Readonly<Record<string, number>> };
}

const SHM_BYTES = 67_108_864;

function bind(source: BindSource, mode: 'ro' | 'rw', inside: string): string[] {
  const verb = mode === 'ro' ? '--ro-bind' : '--bind';
  return 'fd' in source ? [`${verb}-fd`, String(source.fd), inside] : [verb, source.path, inside];
}

/** The words for `bwrap --args FD`. Order matters: later mounts cover earlier ones. */
export function bwrapArguments(layout: CageLayout): string[] {
  const { fds } = layout;
  const words = [
    '--unshare-user',
    '--unshare-pid',
    '--unshare-net',
    ...(layout.unshareIpc ? ['--unshare-ipc'] : []),
    '--unshare-uts',
    '--unshare-cgroup',
    ...['--disable-userns', '--uid', '1000', '--gid', '1000', '--hostname', 'cage'],
    ...['--die-with-parent', '--new-session', '--as-pid-1', '--cap-drop', 'ALL', '--clearenv'],
    ...['--json-status-fd', String(fds.status)],
  ];
  for (const [name, value] of layout.env) words.push('--setenv', name, value);
  words.push(...['--perms', '0755', '--dir', '/etc'], ...layout.world.system);
  for (const name of Object.keys(layout.world.etc)) {
    words.push('--perms', '0444', '--file', String(fds.etc[name]), `/etc/${name}`);
  }
  words.push('--proc', '/proc', '--dev', '/dev', ...layout.world.kernel);
  words.push('--size', String(SHM_BYTES), '--perms', '1777', '--tmpfs', '/dev/shm');
  words.push('--size', String(layout.tmpBytes), '--perms', '1777', '--tmpfs', '/tmp');
  if (layout.work !== null) words.push(...bind(layout.work, 'rw', WORKSPACE));
  for (const mount of layout.mounts) words.push(...bind(mount.source, mount.mode, mount.inside));
  for (const path of layout.covered) words.push('--ro-bind', '/dev/null', path);
  if (layout.proxy !== null) words.push(...bind(layout.proxy, 'ro', PROXY_SOCKET));
  for (const alias of layout.workAliases) words.push('--symlink', WORKSPACE, alias);
  words.push('--chdir', layout.work === null ? '/tmp' : WORKSPACE);
  words.push('--add-seccomp-fd', String(fds.seccomp));
  // The device folder is a tmpfs without a size: its files stay, but none can be added.
  words.push('--remount-ro', '/dev', '--remount-ro', '/');
  return words;
}
