import { expect, test } from 'vitest';
import { socketPath } from './paths.ts';
import { chooseSocket, SERVICE, type SocketFacts } from './system-service.ts';

const HOME = { XDG_STATE_HOME: '/home/ann/.local/state' };
const OWN = { socket: socketPath(HOME as NodeJS.ProcessEnv), system: false };
const SYSTEM = { socket: SERVICE.socket, system: true };

function facts(env: Record<string, string>, systemOpen: boolean, runs: boolean): SocketFacts {
  return {
    env: { ...HOME, ...env },
    systemOpen: () => systemOpen,
    userListens: (socket) => runs && socket === OWN.socket,
  };
}

test.each([
  ['nothing runs', {}, false, false, OWN],
  ['only the system helper is open', {}, true, false, SYSTEM],
  ['the own one runs as well', {}, true, true, OWN],
  ['the own one alone runs', {}, false, true, OWN],
  ['asked for the own one', { AKIOS_HELPER: 'user' }, true, false, OWN],
  ['asked for the system one, although closed', { AKIOS_HELPER: 'system' }, false, true, SYSTEM],
  ['the system socket by name', { AKIOS_SOCKET: SERVICE.socket }, false, true, SYSTEM],
])('%s', (_name, env, systemOpen, runs, chosen) => {
  expect(chooseSocket(facts(env as Record<string, string>, systemOpen, runs))).toEqual(chosen);
});

test('a named state folder or socket is never answered by the system helper', () => {
  const state = chooseSocket(facts({ AKIOS_STATE_DIR: '/s' }, true, false));
  expect(state).toEqual({ socket: '/s/run/helper.sock', system: false });
  const socket = chooseSocket(facts({ AKIOS_SOCKET: '/s/h' }, true, false));
  expect(socket).toEqual({ socket: '/s/h', system: false });
});

test('another word is refused', () => {
  expect(() => chooseSocket(facts({ AKIOS_HELPER: 'root' }, true, false))).toThrow(
    /user or system/,
  );
});
