/** Builds what the journeys drive, then runs them: all, or those whose names the arguments hold. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const run = (args: readonly string[]): number =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;

const built = run([join(root, 'scripts', 'build.ts')]);
process.exitCode =
  built === 0
    ? run([
        join(root, 'node_modules', '@playwright', 'test', 'cli.js'),
        ...['test', '-c', join(root, 'e2e')],
        ...process.argv.slice(2),
      ])
    : built;
