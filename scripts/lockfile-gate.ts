import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A registry that does not show some platform's exact version makes npm drop that entry from the
 * lockfile, and then `npm ci` refuses it, or users of that platform get no binding.
 */
const NATIVE: Record<string, readonly string[]> = {
  '@biomejs/cli': ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'],
  '@rolldown/binding': [
    'linux-x64-gnu',
    'linux-arm64-gnu',
    'darwin-x64',
    'darwin-arm64',
    'win32-x64-msvc',
  ],
  '@koromix/koffi': ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'],
  lightningcss: [
    'linux-x64-gnu',
    'linux-arm64-gnu',
    'darwin-x64',
    'darwin-arm64',
    'win32-x64-msvc',
  ],
  '@napi-rs/canvas': ['linux-x64-gnu', 'linux-arm64-gnu', 'darwin-arm64', 'win32-x64-msvc'],
  node: ['linux-x64', 'linux-arm64', 'darwin-x64', 'win-x64'],
};

interface Lockfile {
  packages: Record<string, { resolved?: string }>;
}

/** Problems of the lockfile, in words; empty when it holds. */
export function lockfileProblems(lock: Lockfile): string[] {
  const problems: string[] = [];
  for (const [family, platforms] of Object.entries(NATIVE)) {
    for (const platform of platforms) {
      if (!lock.packages[`node_modules/${family}-${platform}`]) {
        problems.push(`${family}-${platform} is not in package-lock.json`);
      }
    }
  }
  for (const [name, entry] of Object.entries(lock.packages)) {
    if (entry.resolved !== undefined && /^https?:/.test(entry.resolved)) {
      problems.push(`${name} records a download address`);
    }
  }
  return problems;
}

/** Asks npm itself, from an empty folder, whether the lockfile can be installed as it is. */
export function npmCiAccepts(root: string): { ok: boolean; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'akios-lock-'));
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      copyFileSync(join(root, file), join(folder, file));
    }
    const npm = process.env['npm_execpath'];
    const [command, prefix] =
      npm && /npm-cli\.[cm]?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []];
    const done = spawnSync(
      command,
      [...prefix, 'ci', '--dry-run', '--ignore-scripts', '--no-audit', '--loglevel=error'],
      { cwd: folder, encoding: 'utf8' },
    );
    return { ok: done.status === 0, output: `${done.stdout ?? ''}${done.stderr ?? ''}`.trim() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function readLockfile(root: string): Lockfile {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lockfile;
}
