import { accessSync, constants, readFileSync } from 'node:fs';
import { AkiosError } from '../domain/errors.ts';
import { socketPath } from './paths.ts';

/** Names and places of the system service; made by `akios helper install`, fixed on purpose. */
export const SERVICE = {
  user: 'akios',
  group: 'akios',
  unit: 'akios-helper.service',
  unitFile: '/etc/systemd/system/akios-helper.service',
  program: '/usr/lib/akios',
  command: '/usr/local/bin/akios',
  state: '/var/lib/akios',
  run: '/run/akios',
  socket: '/run/akios/helper.sock',
  /** Where the service and the members of its group can both write. */
  projects: '/srv/akios',
} as const;

/** What the choice of a socket depends on. */
export interface SocketFacts {
  env: Readonly<Record<string, string | undefined>>;
  /** True when the system socket is there and this user may connect to it. */
  systemOpen(): boolean;
  /** True when this user's own helper listens now. */
  userListens(socket: string): boolean;
}

export interface ChosenSocket {
  socket: string;
  system: boolean;
}

/**
 * Which helper a client speaks to, first match: AKIOS_SOCKET or AKIOS_STATE_DIR (a helper of that
 * place), AKIOS_HELPER=user|system, this user's own helper when it runs, the system helper when this
 * user may connect to it, else this user's own, which is started.
 * @throws AkiosError USAGE for another value of AKIOS_HELPER
 */
export function chooseSocket(facts: SocketFacts): ChosenSocket {
  const { env } = facts;
  const own = { socket: socketPath(env as NodeJS.ProcessEnv), system: false };
  const system = { socket: SERVICE.socket, system: true };
  if (env['AKIOS_SOCKET'] === SERVICE.socket) return system;
  if (env['AKIOS_SOCKET'] || env['AKIOS_STATE_DIR']) return own;
  const wanted = env['AKIOS_HELPER'];
  if (wanted === 'system') return system;
  if (wanted === 'user') return own;
  if (wanted) {
    throw new AkiosError('USAGE', `AKIOS_HELPER is user or system, not ${JSON.stringify(wanted)}.`);
  }
  return facts.systemOpen() && !facts.userListens(own.socket) ? system : own;
}

/** The choice of this process on this machine. */
export function socketHere(env: NodeJS.ProcessEnv = process.env): ChosenSocket {
  return chooseSocket({ env, systemOpen, userListens });
}

function systemOpen(): boolean {
  try {
    accessSync(SERVICE.socket, constants.W_OK);
    return true;
  } catch {
    // Not there, or not for this user, who is no member of the group.
    return false;
  }
}

/** A helper that was killed leaves its file behind; the kernel's own list knows who listens. */
function userListens(socket: string): boolean {
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .some((line) => line.endsWith(` ${socket}`));
}
