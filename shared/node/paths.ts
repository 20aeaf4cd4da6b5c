import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where state lives outside any project: keys, trust roots, receipts, the helper's socket.
 * `AKIOS_STATE_DIR` overrides it (tests, several helpers on one machine).
 */
export function stateDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env['AKIOS_STATE_DIR']) return env['AKIOS_STATE_DIR'];
  const base = env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
  return join(base, 'akios');
}

/** The helper's Unix socket. `AKIOS_SOCKET` overrides it. The kernel allows 107 bytes. */
export function socketPath(env: NodeJS.ProcessEnv = process.env): string {
  return env['AKIOS_SOCKET'] || join(stateDir(env), 'run', 'helper.sock');
}
