/** `akios`: finds the command, loads only what it needs, and ends with its exit code. */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { stateDir } from '../shared/node/paths.ts';
import { findCommand } from './commands.ts';
import { fail, terminal } from './io.ts';

const argv = process.argv.slice(2);
const io = terminal(argv, process.env);
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader went away; there is nobody left to tell.
    process.exit(error.code === 'EPIPE' ? 141 : 1);
  });
}
try {
  // Parsing our own files again at each start would cost more than running them. Not with the rights
  // of root over a folder that may be another user's (sudo can keep HOME).
  if (process.getuid?.() !== 0 || argv[0] !== 'helper') {
    const cache = join(stateDir(), 'cache');
    // Node makes the folder itself, and never comes back when that is impossible below /proc.
    if (existsSync(dirname(cache))) enableCompileCache(join(cache, 'compile'));
  }
  const command = findCommand(argv);
  process.exitCode = await command.run(command.rest, io);
} catch (error) {
  process.exitCode = fail(io, error);
}
