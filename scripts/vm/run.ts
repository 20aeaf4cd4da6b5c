/**
 * `npm run test:vm`: boots a small Debian with cgroup v2 and a systemd user manager under QEMU and
 * proves level Full there, as the system service and as an ordinary user without sudo: the back end
 * from its sources, then the built product, installed and removed by its own commands.
 * Everything comes from Debian packages; what is built is kept in .cache/vm.
 *   [service] [user] [product]  only these parts
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskImage, initialDisk, kernelTree, rootTree } from './image.ts';

const root = join(import.meta.dirname, '../..');
const cache = join(root, '.cache', 'vm');
const NEEDED: Readonly<Record<string, string>> = {
  '/usr/bin/qemu-system-x86_64': 'qemu-system-x86',
  '/usr/bin/mmdebstrap': 'mmdebstrap',
  '/bin/busybox': 'busybox-static',
  '/usr/bin/cpio': 'cpio',
  '/sbin/mke2fs': 'e2fsprogs',
  '/sbin/depmod': 'kmod',
};
const MINUTE = 60_000;
const LIMIT_MS = 30 * MINUTE;
const PARTS = ['service', 'user', 'product'];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function machine(
  accel: readonly string[],
  disk: string,
  kernel: string,
  initrd: string,
  log: string,
): string[] {
  return [
    ...accel,
    ...['-machine', 'q35', '-smp', '2', '-m', '1536', '-nodefaults', '-no-user-config'],
    ...['-no-reboot', '-display', 'none', '-kernel', kernel, '-initrd', initrd],
    '-append',
    'console=ttyS0 quiet panic=-1 systemd.unified_cgroup_hierarchy=1 systemd.show_status=0 root=/dev/vda rw',
    ...['-drive', `file=${disk},if=none,id=d0,format=raw,cache=unsafe`],
    ...[
      '-device',
      'virtio-blk-pci,drive=d0',
      '-device',
      'virtio-rng-pci',
      '-serial',
      `file:${log}`,
    ],
  ];
}

const TCG = ['-accel', 'tcg,thread=multi', '-cpu', 'max'];
const KVM = ['-accel', 'kvm', '-cpu', 'host'];

const textOf = (log: string): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');

/** Runs the machine until it powers off, `until` holds, or time is up; gives its console. */
async function boot(
  args: readonly string[],
  log: string,
  limitMs: number,
  until: RegExp,
): Promise<string> {
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => {
    qemu.once('exit', () => resolve());
    qemu.once('error', () => resolve());
  });
  let shown = 0;
  const watch = setInterval(() => {
    const lines = textOf(log)
      .split('\n')
      .filter((line) => line.includes('VM-'));
    for (const line of lines.slice(shown)) say(`  ${line.trim()}`);
    shown = lines.length;
    if (until.test(textOf(log))) qemu.kill('SIGKILL');
  }, 500);
  const timer = setTimeout(() => qemu.kill('SIGKILL'), limitMs);
  await ended;
  clearInterval(watch);
  clearTimeout(timer);
  return textOf(log);
}

/** /dev/kvm can be there and yet hang at the first instruction: only a boot tells. */
async function accelerator(
  disk: string,
  kernel: string,
  initrd: string,
  work: string,
): Promise<readonly string[]> {
  if (!existsSync('/dev/kvm')) return TCG;
  const log = join(work, 'kvm.log');
  const args = machine(KVM, disk, kernel, initrd, log).map((arg) => arg.replace(' quiet', ''));
  const text = await boot([...args, '-snapshot'], log, 10_000, /Linux version/);
  return text.includes('Linux version') ? KVM : TCG;
}

function judge(console: string, parts: readonly string[]): number {
  const results = console.match(/VM-RESULT (ok|FAIL) .*/g) ?? [];
  const bad = results.filter((line) => line.startsWith('VM-RESULT FAIL'));
  const done = parts.filter((mode) => new RegExp(`VM-DONE ${mode} \\d+`).test(console));
  say(`VM test: ${results.length - bad.length} passed, ${bad.length} failed`);
  for (const line of bad) say(`  ${line}`);
  const enough = results.length > 12 * parts.length;
  if (done.length === parts.length && bad.length === 0 && enough) return 0;
  if (bad.length > 0 || done.length < parts.length) {
    say(`  finished parts: ${done.join(', ') || 'none'}; the end of the console:`);
    say(console.slice(-8000));
  }
  return 1;
}

function build(): void {
  const done = spawnSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: 'inherit' });
  if (done.status !== 0) throw new Error('the product could not be built');
}

async function main(): Promise<number> {
  const named = process.argv.slice(2);
  const parts = named.length > 0 ? PARTS.filter((part) => named.includes(part)) : PARTS;
  const lacking = Object.entries(NEEDED).filter(([path]) => !existsSync(path));
  if (process.getuid?.() !== 0 || process.arch !== 'x64' || lacking.length > 0) {
    const why =
      lacking.length > 0
        ? `missing: apt-get install ${lacking.map(([, name]) => name).join(' ')}`
        : 'building the image needs root on x86-64';
    say(`NOT RUN: VM test: ${why}`);
    return 1;
  }
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'akios-vm-'));
  try {
    say('Debian tree and kernel (built once, then kept)');
    const tree = rootTree(cache);
    const kernel = kernelTree(cache);
    say('disk image with the product');
    build();
    const disk = diskImage(root, tree, work, parts);
    const initrd = initialDisk(work, kernel.modules);
    const accel = await accelerator(disk, kernel.image, initrd, work);
    say(`booting (${accel === KVM ? 'KVM' : 'emulated processor: this takes minutes'})`);
    const log = join(work, 'console.log');
    const args = machine(accel, disk, kernel.image, initrd, log);
    return judge(await boot(args, log, LIMIT_MS, /VM-END/), parts);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

process.exit(await main());
