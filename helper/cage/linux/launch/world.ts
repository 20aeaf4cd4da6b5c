import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface World {
  /** bwrap arguments of the read-only system, the same for every cage on this host. */
  system: string[];
  /** bwrap arguments that cover kernel files, after --proc. */
  kernel: string[];
  /** Contents of the cage's own files below /etc. */
  etc: Readonly<Record<string, Uint8Array>>;
}

const ROOT_FOLDERS = ['bin', 'sbin', 'lib', 'lib64', 'lib32', 'libx32'];
/** Copied into the cage's own /etc: each mount costs more than a small file. */
const ETC_COPIED = [
  'ld.so.cache',
  'localtime',
  'mime.types',
  'services',
  'protocols',
  'ssl/openssl.cnf',
];
const ETC_BOUND = ['alternatives', 'ssl/certs'];
/** Names of /proc that tell about the host to anyone who may read them. */
const TELLING_PROC = [
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
  '/proc/interrupts',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/timer_stats',
];
const OTHERS_MAY = 0o006;

/** What of this host a cage may see at all; looked up once. */
export function findWorld(): World {
  const system = ['--ro-bind', '/usr', '/usr'];
  for (const name of ROOT_FOLDERS) {
    const path = `/${name}`;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) system.push('--symlink', readlinkSync(path), path);
    else if (stat?.isDirectory()) system.push('--ro-bind', path, path);
  }
  // Debian's Java keeps its settings there and does not start without them.
  const java = readdirSync('/etc').filter((name) => /^java-\d+-openjdk$/.test(name));
  for (const name of [...ETC_BOUND, ...java]) {
    const path = `/etc/${name}`;
    if (existsSync(path)) system.push('--ro-bind', path, path);
  }
  // Sysctls; and pressure files, which the kernel lets everybody write to.
  const kernel: string[] = [];
  for (const path of ['/proc/sys', '/proc/pressure']) {
    if (existsSync(path)) kernel.push('--ro-bind', path, path);
  }
  for (const path of TELLING_PROC) {
    // The others belong to the host's root alone, whom no process of a cage can become.
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && (stat.mode & OTHERS_MAY) !== 0) {
      kernel.push('--ro-bind', '/dev/null', path);
    }
  }
  return { system, kernel, etc: { ...ETC_MADE, ...copies() } };
}

function copies(): Record<string, Uint8Array> {
  const present = ETC_COPIED.filter((name) => existsSync(`/etc/${name}`));
  return Object.fromEntries(present.map((name) => [name, readFileSync(`/etc/${name}`)]));
}

/** Files of /etc made for the cage; no host name, user or resolver shows. */
const ETC_MADE: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  Object.entries({
    passwd: 'root:x:0:0:root:/:/usr/sbin/nologin\ncage:x:1000:1000:cage:/workspace:/bin/sh\n',
    group: 'root:x:0:\ncage:x:1000:\n',
    hosts: '127.0.0.1 localhost cage\n::1 localhost\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  }).map(([name, text]) => [name, Buffer.from(text)]),
);
