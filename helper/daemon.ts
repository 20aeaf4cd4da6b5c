/**
 * The helper: the only part with authority. Started by the first client that needs it, one per
 * socket, and ends in good order on SIGTERM or when asked to.
 */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { AkiosError } from '../shared/domain/errors.ts';
import { socketPath, stateDir } from '../shared/node/paths.ts';
import { makePrivateFolder } from '../shared/node/private-folder.ts';
import { peerCredentials } from './cage/linux/native/peer.ts';
import { Grounds } from './grounds.ts';
import { takeHelperLock } from './helper-lock.ts';
import { BrowserServers } from './http/browser/browser-servers.ts';
import { listenUnix } from './http/unix-server.ts';
import { faultFacts, log, rotateLog } from './log.ts';
import { findProduct } from './product.ts';
import { accountName, sharedGroup } from './shared-group.ts';
import { type Wired, wire } from './wiring.ts';

const STOP_LIMIT_MS = 20_000;

async function main(): Promise<void> {
  // Set by the unit of the system service alone: its group shares the socket and the projects.
  const shared = sharedGroup(process.env['AKIOS_SOCKET_GROUP']);
  process.umask(0o077);
  const state = stateDir();
  const socket = socketPath();
  prepareState(state);
  const lock = takeHelperLock(`${socket}.lock`);
  if (lock === null) {
    log('info', 'another helper answers this socket');
    return;
  }
  rotateLog(state);
  // From here on: the lock file is for nobody else to open.
  if (shared) process.umask(0o027);
  const product = findProduct(import.meta.dirname);
  let stopping = false;
  const stop = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    log('info', 'stopping', { reason });
    // The answer that announced it goes out first.
    setTimeout(() => void end(), 30);
  };
  const wired = wire({
    product,
    stateDir: state,
    socket,
    env: process.env,
    shared,
    serve: () => browsers,
    stop,
  });
  const browsers = new BrowserServers({
    service: wired.service,
    build: product.build,
    version: product.version,
    files: join(product.root, 'dist', 'renderer'),
  });
  const server = await listenUnix({
    service: wired.service,
    socket,
    build: product.build,
    version: product.version,
    peerOf: peerCredentials,
    shared,
    userName: shared ? accountName : nameOf,
  });
  log('info', 'ready', { socket, build: product.build });
  const grounds = new Grounds(() => wired.deps.projects.keyFolders());
  await grounds.stand(state, socket);
  watchGrounds(grounds, wired);
  const end = async (): Promise<void> => {
    grounds.dispose();
    limitEnd();
    // Nothing new comes in while the programs end; their connections end with them.
    const closed = Promise.all([server.close(), browsers.dispose()]);
    await wired.dispose();
    await closed;
    lock.release();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => stop(signal));
  process.on('uncaughtException', (error) => {
    log('fatal', 'a bug ended the helper', faultFacts(error));
    process.exit(1);
  });
  // The first program should not wait for the probes.
  wired.deps.prober.fresh().then(
    (report) => log('info', 'cage probed', { cage: report.level }),
    (error: unknown) => log('error', 'cage probe failed', faultFacts(error)),
  );
}

function prepareState(state: string): void {
  try {
    makePrivateFolder(state);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new AkiosError(
      'HELPER_UNREACHABLE',
      `The state folder ${state} cannot be made (${code}).`,
      {
        hint: 'Give a folder this user can write: AKIOS_STATE_DIR=DIR, or set XDG_STATE_HOME.',
        cause,
      },
    );
  }
}

function limitEnd(): void {
  setTimeout(() => {
    log('error', 'could not end in time');
    process.exit(1);
  }, STOP_LIMIT_MS).unref();
}

/**
 * Without its folders or its socket the helper ends what runs, and itself. The socket is not closed
 * on the way: that would remove whatever lies in its place by now.
 */
function watchGrounds(grounds: Grounds, wired: Wired): void {
  const lost = async (what: string): Promise<void> => {
    log('fatal', `ending: ${what}`);
    limitEnd();
    try {
      await wired.dispose();
    } catch (error) {
      log('error', 'fault while ending', faultFacts(error));
    }
    process.exit(1);
  };
  grounds.watch(
    (what) => void lost(what),
    (error) => void lost(`a folder cannot be looked at (${(error as Error).message})`),
  );
}

/** A user id of a container need not have an entry in the list of users. */
function ownName(): string | null {
  try {
    return userInfo().username;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw error;
    return null;
  }
}

function nameOf(uid: number): string {
  const own = uid === process.getuid?.() ? ownName() : null;
  return own ?? (uid === 0 ? 'root' : `uid-${uid}`);
}

try {
  await main();
} catch (error) {
  const message = error instanceof AkiosError ? error.message : 'an unexpected fault at start';
  log('fatal', message, faultFacts(error));
  process.exit(1);
}
