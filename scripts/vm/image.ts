import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { planFiles } from '../../cli/install/plan.ts';

/** Debian packages inside the VM. */
const INCLUDE =
  'systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,bubblewrap,procps,kmod,util-linux,perl-base';
const RELEASE = 'bookworm';
const MODULES = ['virtio_pci', 'virtio_blk', 'virtio_rng', 'ext4'];
const DISK_BYTES = 3 * 1024 ** 3;

export function must(program: string, args: readonly string[], cwd?: string): string {
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (done.status !== 0) {
    const said = `${done.stderr ?? ''}${done.stdout ?? ''}`.trim().split('\n').slice(-5).join('\n');
    throw new Error(
      `${program} ${args.slice(0, 3).join(' ')} failed: ${said || done.error?.message}`,
    );
  }
  return done.stdout;
}

/** The Debian tree, built once. */
export function rootTree(cache: string): string {
  const tree = join(cache, 'rootfs');
  const done = join(cache, 'rootfs.done');
  if (existsSync(done) && readFileSync(done, 'utf8') === INCLUDE) return tree;
  rmSync(tree, { recursive: true, force: true });
  must('mmdebstrap', ['--variant=minbase', `--include=${INCLUDE}`, RELEASE, tree]);
  writeFileSync(done, INCLUDE);
  return tree;
}

/** The cloud kernel's files, unpacked and never installed on this machine. */
export function kernelTree(cache: string): { image: string; modules: string } {
  const folder = join(cache, 'kernel');
  const out = join(folder, 'out');
  if (!existsSync(out)) {
    mkdirSync(folder, { recursive: true });
    const depends = must('apt-cache', ['depends', 'linux-image-cloud-amd64']);
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (name === undefined) throw new Error('no cloud kernel in the package lists: apt-get update');
    must('apt-get', ['download', name], folder);
    const deb = readdirSync(folder).find((f) => f.endsWith('.deb'));
    if (deb === undefined) throw new Error('the kernel package did not arrive');
    const partial = join(folder, 'partial');
    rmSync(partial, { recursive: true, force: true });
    must('dpkg', ['-x', join(folder, deb), partial]);
    renameSync(partial, out);
  }
  const version = readdirSync(join(out, 'lib/modules'))[0] ?? '';
  const modules = join(out, 'lib/modules', version);
  if (!existsSync(join(modules, 'modules.dep'))) must('depmod', ['-b', out, version]);
  return { image: join(out, 'boot', `vmlinuz-${version}`), modules };
}

/** Modules in the order in which they can be loaded. */
function moduleFiles(modules: string): string[] {
  const depends = new Map<string, string[]>();
  for (const line of readFileSync(join(modules, 'modules.dep'), 'utf8').split('\n')) {
    const [file = '', rest = ''] = line.split(':');
    if (file !== '') depends.set(file, rest.split(' ').filter(Boolean));
  }
  const files = [...depends.keys()];
  const named = (name: string): string | undefined =>
    files.find(
      (f) =>
        basename(f)
          .replace(/\.ko.*$/, '')
          .replaceAll('-', '_') === name,
    );
  const order: string[] = [];
  const add = (file: string): void => {
    for (const other of depends.get(file) ?? []) add(other);
    if (!order.includes(file)) order.push(file);
  };
  for (const name of [...MODULES, 'crc32c_generic']) {
    const file = named(name);
    if (file !== undefined) add(file);
  }
  return order;
}

/** An initial RAM disk of busybox and the disk's modules that switches to the real root. */
export function initialDisk(work: string, modules: string): string {
  const tree = join(work, 'initrd');
  for (const dir of ['bin', 'proc', 'sys', 'dev', 'mnt', 'm']) {
    mkdirSync(join(tree, dir), { recursive: true });
  }
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'));
  chmodSync(join(tree, 'bin/busybox'), 0o755);
  symlinkSync('busybox', join(tree, 'bin/sh'));
  const order = moduleFiles(modules);
  for (const file of order) copyFileSync(join(modules, file), join(tree, 'm', basename(file)));
  const load = order.map((file) => `b insmod /m/${basename(file)}`).join('\n');
  const init = `#!/bin/sh
b() { /bin/busybox "$@"; }
b mount -t proc proc /proc; b mount -t sysfs sysfs /sys; b mount -t devtmpfs dev /dev
${load}
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && break; b sleep 1; done
b mount -t ext4 /dev/vda /mnt || { echo "VM-RESULT FAIL boot root: no disk"; b poweroff -f; }
exec /bin/busybox switch_root /mnt /sbin/init
`;
  writeFileSync(join(tree, 'init'), init, { mode: 0o755 });
  const out = join(work, 'initrd.gz');
  must('sh', ['-c', `find . | cpio -o -H newc --quiet | gzip -1 > '${out}'`], tree);
  return out;
}

/** The first has a user manager; the second will be let into the service's group. */
const PEOPLE = { '1000': 'tester', '1001': 'member' };

const TEST_UNIT = `[Unit]
Description=cage test
After=multi-user.target
[Service]
Type=oneshot
Delegate=yes
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
ExecStart=/opt/akios/scripts/vm/guest.sh
ExecStopPost=/usr/bin/systemctl poweroff --force
[Install]
WantedBy=multi-user.target
`;

/** The built product as from a clone, and the sources of the tests that run without it. */
function bringProduct(root: string, tree: string, parts: readonly string[]): void {
  const to = join(tree, 'opt/akios');
  rmSync(to, { recursive: true, force: true });
  const plain = (path: string): boolean => !/\.test\.ts$/.test(path);
  for (const part of ['helper/cage', 'shared', 'scripts/vm']) {
    cpSync(join(root, part), join(to, part), { recursive: true, filter: plain });
  }
  for (const file of planFiles(root, process.execPath)) {
    mkdirSync(dirname(join(to, file.to)), { recursive: true });
    copyFileSync(file.from, join(to, file.to));
    chmodSync(join(to, file.to), file.mode);
  }
  cpSync(join(root, 'node_modules/zod'), join(to, 'node_modules/zod'), { recursive: true });
  writeFileSync(join(to, 'scripts/vm/parts'), `${parts.join('\n')}\n`);
  chmodSync(join(to, 'scripts/vm/guest.sh'), 0o755);
}

function configure(tree: string): void {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  };
  const add = (path: string, name: string, line: string): void => {
    const text = readFileSync(join(tree, path), 'utf8');
    if (!text.includes(`\n${name}:`)) put(path, `${text}${line}\n`);
  };
  for (const [id, name] of Object.entries(PEOPLE)) {
    add('etc/passwd', name, `${name}:x:${id}:${id}::/home/${name}:/bin/sh`);
    add('etc/group', name, `${name}:x:${id}:`);
    // Without this line the user's manager is refused its session.
    add('etc/shadow', name, `${name}:*:19000:0:99999:7:::`);
    must('install', ['-d', '-o', id, '-g', id, join(tree, 'home', name)]);
  }
  put('var/lib/systemd/linger/tester', '');
  put('etc/hostname', 'vm\n');
  put('etc/fstab', '/dev/vda / ext4 rw 0 1\n');
  put('etc/systemd/system/cage-test.service', TEST_UNIT);
  const wants = join(tree, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  const link = join(wants, 'cage-test.service');
  rmSync(link, { force: true });
  symlinkSync('/etc/systemd/system/cage-test.service', link);
  const idle = ['systemd-timesyncd.service', 'apt-daily.timer', 'apt-daily-upgrade.timer'];
  for (const unit of [...idle, 'fstrim.timer', 'e2scrub_all.timer', 'getty@tty1.service']) {
    const path = join(tree, 'etc/systemd/system', unit);
    rmSync(path, { force: true });
    symlinkSync('/dev/null', path);
  }
}

/** A disk image of the Debian tree with the product in it. */
export function diskImage(
  root: string,
  tree: string,
  work: string,
  parts: readonly string[],
): string {
  configure(tree);
  bringProduct(root, tree, parts);
  const image = join(work, 'disk.img');
  must('truncate', ['-s', String(DISK_BYTES), image]);
  must('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-F', '-d', tree, image]);
  if (statSync(image).size !== DISK_BYTES) throw new Error('the disk image has the wrong size');
  return image;
}
