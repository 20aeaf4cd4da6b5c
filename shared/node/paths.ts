import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AkiosError } from '../domain/errors.ts';

/**
 * Where state lives outside any project: keys, trust roots, receipts, the helper's socket.
 * `AKIOS_STATE_DIR` overrides it (tests, several helpers on one machine).
 */
export function stateDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env['AKIOS_STATE_DIR']) return resolve(env['AKIOS_STATE_DIR']);
  const base = env['XDG_STATE_HOME'] || join(homeDir(), '.local', 'state');
  return resolve(base, 'akios');
}

/**
 * The user's home folder.
 * @throws AkiosError USAGE when HOME is not set and the user has no entry that names one
 */
export function homeDir(): string {
  try {
    return homedir();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw cause;
    throw new AkiosError('USAGE', 'This user has no home folder, and HOME is not set.', {
      hint: 'Set AKIOS_STATE_DIR to a folder of your own.',
      cause,
    });
  }
}

/** Room below the kernel's 107 bytes for the egress sockets that lie beside the helper's. */
const LONGEST_SOCKET = 80;

/**
 * The helper's Unix socket. `AKIOS_SOCKET` overrides it. The kernel allows 107 bytes, so for a deep
 * state folder it lies in a short private folder of this user, named by a digest of the state folder.
 */
export function socketPath(env: NodeJS.ProcessEnv = process.env): string {
  if (env['AKIOS_SOCKET']) return resolve(env['AKIOS_SOCKET']);
  const state = stateDir(env);
  const near = join(state, 'run', 'helper.sock');
  if (Buffer.byteLength(near) <= LONGEST_SOCKET) return near;
  const digest = createHash('sha256').update(state).digest('hex').slice(0, 16);
  return join('/tmp', `akios-${process.getuid?.() ?? 'user'}`, digest, 'helper.sock');
}
