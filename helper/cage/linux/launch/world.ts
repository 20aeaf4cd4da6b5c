import { existsSync, lstatSync, readlinkSync } from 'node:fs';

export interface World {
  /** bwrap arguments of the read-only system, the same for every cage on this host. */
  system: string[];
  /** bwrap arguments that cover kernel files, after --proc. */
  kernel: string[];
}

const ROOT_FOLDERS = ['bin', 'sbin', 'lib', 'lib64', 'lib32', 'libx32'];
const ETC = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'ssl/certs',
  'localtime',
  'mime.types',
];
const READ_ONLY_PROC = ['/proc/sys', '/proc/irq', '/proc/bus', '/proc/fs'];
const HIDDEN_PROC = [
  '/proc/kcore',
  '/proc/keys',
  '/proc/key-users',
  '/proc/kallsyms',
  '/proc/timer_list',
  '/proc/sysrq-trigger',
  '/proc/kmsg',
  '/proc/cmdline',
  '/proc/kpagecount',
  '/proc/kpageflags',
];

/** What of this host a cage may see at all; looked up once. */
export function findWorld(): World {
  const system = ['--ro-bind', '/usr', '/usr'];
  for (const name of ROOT_FOLDERS) {
    const path = `/${name}`;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) system.push('--symlink', readlinkSync(path), path);
    else if (stat?.isDirectory()) system.push('--ro-bind', path, path);
  }
  for (const name of ETC) {
    const path = `/etc/${name}`;
    if (existsSync(path)) system.push('--ro-bind', path, path);
  }
  const kernel: string[] = [];
  for (const path of READ_ONLY_PROC) {
    if (existsSync(path)) kernel.push('--ro-bind', path, path);
  }
  for (const path of HIDDEN_PROC) {
    if (existsSync(path)) kernel.push('--ro-bind', '/dev/null', path);
  }
  return { system, kernel };
}

/** Files of /etc made for the cage; no host name, user or resolver shows. */
export const ETC_FILES: Readonly<Record<string, string>> = {
  passwd: 'root:x:0:0:root:/:/usr/sbin/nologin\ncage:x:1000:1000:cage:/workspace:/bin/sh\n',
  group: 'root:x:0:\ncage:x:1000:\n',
  hosts: '127.0.0.1 localhost cage\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
};
