// Debian packages by purpose. Plain JavaScript: it runs before the product's own Node exists.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

// perl-base, which the cage uses too, is essential on Debian: it is always there.
const FOR_START = [{ name: 'bubblewrap', why: 'the cage' }];

const FOR_TEST = [
  ...FOR_START,
  { name: 'chromium', why: 'browser journeys' },
  { name: 'fonts-dejavu-core', why: 'browser journeys' },
  { name: 'python3', why: 'attack programs and the independent verifier' },
  { name: 'perl', why: 'attack programs' },
  { name: 'gcc', why: 'attack programs in C' },
  { name: 'libc6-dev', why: 'attack programs in C' },
  { name: 'openssl', why: 'the independent verifier and test certificates' },
  { name: 'strace', why: 'injected disk faults' },
];

export function wanted(purpose) {
  return purpose === 'check' ? FOR_TEST : FOR_START;
}

export function isDebian() {
  return existsSync('/usr/bin/dpkg-query') && existsSync('/usr/bin/apt-get');
}

/** Names of packages of this purpose that dpkg does not know as installed. */
export function missing(purpose) {
  return wanted(purpose).filter(({ name }) => {
    const query = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' });
    return !(query.status === 0 && query.stdout.endsWith(' installed'));
  });
}

export function sudoLine(names) {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

/** As root only. Returns null, or what went wrong. */
export function install(names, log) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const lock = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  const steps = [
    ['apt-get', [...lock, 'update']],
    ['apt-get', [...lock, 'install', '-y', '--no-install-recommends', ...names]],
  ];
  for (const [command, args] of steps) {
    const done = spawnSync(command, args, { env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    if (done.status !== 0) {
      const last = `${done.stderr ?? ''}${done.stdout ?? ''}`
        .trim()
        .split('\n')
        .slice(-3)
        .join(' ');
      return `${command} ${args.at(-1)} failed: ${last || done.error?.message || 'no output'}`;
    }
    log(`${command} ${args.includes('update') ? 'update' : 'install'} done`);
  }
  return null;
}

export function osName() {
  try {
    return (
      /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ??
      process.platform
    );
  } catch (error) {
    if (error.code === 'ENOENT') return process.platform;
    throw error;
  }
}
