/** Every benchmark in turn, each in a process of its own; what one fails at ends the whole with 1. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ALL = ['gate.ts', 'cage.ts', 'audit.ts', 'console.ts', join('pii', 'main.ts')];

for (const file of ALL) {
  process.stdout.write(`\n== ${file}\n`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file)], {
    stdio: 'inherit',
  });
  if (status !== 0) {
    process.stderr.write(`${file} ended with ${status ?? 'a signal'}\n`);
    process.exitCode = 1;
  }
}
