/** `akios`: finds the command, loads only what it needs, and ends with its exit code. */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { stateDir } from '../shared/node/paths.ts';
import { makePrivateFolder } from '../shared/node/private-folder.ts';
import { findCommand } from './commands.ts';
import { fail, terminal } from './io.ts';

/** Without a cache this only takes longer; Node never comes back from making one below /proc. */
function canMake(folder: string): boolean {
  try {
    makePrivateFolder(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

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
    const cache = join(stateDir(), 'cache', 'compile');
    if (existsSync(stateDir()) && canMake(cache)) enableCompileCache(cache);
  }
  const command = findCommand(argv);
  process.exitCode = await command.run(command.rest, io);
} catch (error) {
  process.exitCode = fail(io, error);
}
