import { spawn } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { AkiosError } from '../domain/errors.ts';
import { type HelperProcess, processOf } from './helper-process.ts';
import { stateDir } from './paths.ts';
import { makePrivateFolder } from './private-folder.ts';
import {
  errorOfBody,
  isAbsent,
  isBroken,
  readBody,
  type UnixTarget,
  unixRequest,
} from './unix-http.ts';

export interface HelperPlace extends UnixTarget {
  /** Program and arguments that start the daemon. */
  command: readonly [string, ...string[]];
  /** The system service: only systemd starts, stops and replaces it. */
  system?: boolean;
}

/**
 * Flags of the helper's Node. Young garbage is collected early: with the default the helper's memory
 * grows by 50 MB under a stream of calls before anything is given back.
 */
export const HELPER_FLAGS: readonly string[] = ['--max-semi-space-size=4'];

/** A busy or emulated machine takes long; what cannot work at all is told at once. */
const START_LIMIT_MS = 180_000;
/** The helper gives itself 20 s. */
const STOP_LIMIT_MS = 25_000;
const POLL_MS = 15;
const LOCK_STALE_MS = 20_000;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Runs `attempt`; when nothing listens, starts the helper and tries again. When a helper of another
 * build listens, it is stopped (it refuses while a run is live) and ours is started.
 * @throws AkiosError HELPER_UNREACHABLE, HELPER_VERSION, RUNS_LIVE, and what `attempt` throws
 */
export async function withHelper<T>(place: HelperPlace, attempt: () => Promise<T>): Promise<T> {
  const limit = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > limit) throw error;
      if (place.system === true) throw ofSystem(error);
      if (isAbsent(error)) await startHelper(place, limit);
      else if (isOtherBuild(error)) await replaceHelper(place, limit);
      else if (isStopping(error)) await sleep(POLL_MS * 4);
      else throw error;
    }
  }
}

/** Makes sure a helper of this build answers. */
export function ensureHelper(place: HelperPlace): Promise<void> {
  return withHelper(place, async () => {
    const response = await unixRequest(place, { method: 'GET', url: '/api/v1/health' });
    const body = await readBody(response);
    const status = response.statusCode ?? 0;
    if (status !== 200) throw AkiosError.fromValue(errorOfBody(status, body));
  });
}

/**
 * Asks a running helper to stop; resolves when its process is gone and with it every hold on ledgers
 * and folders, at once when none runs. Throws HELPER_UNREACHABLE when that takes longer.
 */
export async function stopHelper(place: HelperPlace, limitMs = STOP_LIMIT_MS): Promise<boolean> {
  const limit = Date.now() + limitMs;
  const helper = await helperProcess(place);
  try {
    const response = await unixRequest(
      { ...place, build: '' },
      { method: 'POST', url: '/api/v1/shutdown', body: '{}' },
    );
    const body = await readBody(response);
    const status = response.statusCode ?? 0;
    if (status !== 200) throw AkiosError.fromValue(errorOfBody(status, body));
  } catch (error) {
    if (isAbsent(error)) return false;
    if (!isBroken(error)) throw error;
  }
  while (await answers(place)) {
    if (Date.now() > limit) {
      throw new AkiosError('HELPER_UNREACHABLE', 'The helper did not stop in time.', {
        hint: 'Look at helper.log in the state folder.',
      });
    }
    await sleep(POLL_MS);
  }
  // It stops listening first; then it ends its programs and closes its ledgers.
  while (helper?.isAlive() === true) {
    if (Date.now() > limit) {
      throw new AkiosError(
        'HELPER_UNREACHABLE',
        `The helper no longer answers, but its process ${helper.pid} has not ended: ledgers and folders may still be held.`,
        {
          hint: 'Look at helper.log in the state folder; `kill -9` of that process loses no record.',
        },
      );
    }
    await sleep(POLL_MS);
  }
  return true;
}

/** What a client without rights over the service can do about it. */
function ofSystem(error: unknown): unknown {
  if (isAbsent(error)) {
    return new AkiosError('HELPER_UNREACHABLE', 'The system helper does not run.', {
      hint: 'sudo systemctl start akios-helper, or use your own: AKIOS_HELPER=user.',
      cause: error,
    });
  }
  if (!isOtherBuild(error)) return error;
  return new AkiosError('HELPER_VERSION', 'The system helper is of another build than this one.', {
    hint: 'Upgrade it: sudo akios helper install; or use your own: AKIOS_HELPER=user.',
    cause: error,
  });
}

function isOtherBuild(error: unknown): boolean {
  return error instanceof AkiosError && error.code === 'HELPER_VERSION';
}

function isStopping(error: unknown): boolean {
  if (!(error instanceof AkiosError)) return false;
  return isBroken(error) || error.details?.['reason'] === 'stopping';
}

async function replaceHelper(place: HelperPlace, limit: number): Promise<void> {
  await stopHelper(place, Math.max(1000, limit - Date.now()));
  await startHelper(place, limit);
}

/** The process that answers, as /proc tells it apart; null where that is not to be seen. */
async function helperProcess(place: HelperPlace): Promise<HelperProcess | null> {
  try {
    const response = await unixRequest(
      { ...place, build: '' },
      { method: 'GET', url: '/api/v1/health' },
    );
    const body = JSON.parse(await readBody(response)) as { pid?: unknown };
    return typeof body.pid === 'number' ? processOf(body.pid) : null;
  } catch (error) {
    if (isAbsent(error) || isBroken(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

async function answers(place: HelperPlace): Promise<boolean> {
  try {
    const response = await unixRequest(
      { ...place, build: '' },
      { method: 'GET', url: '/api/v1/health' },
    );
    await readBody(response);
    return true;
  } catch (error) {
    if (isAbsent(error) || isBroken(error)) return false;
    throw error;
  }
}

/**
 * Starts the daemon or waits for the one another client is starting. The lock only saves work: the
 * daemon holds its own lock, so a second one ends by itself.
 */
async function startHelper(place: HelperPlace, limit: number): Promise<void> {
  const folder = dirname(place.socket);
  makePrivate(folder);
  const lock = join(folder, 'start.lock');
  while (Date.now() < limit) {
    if (await answers(place)) return;
    if (takeLock(lock)) {
      try {
        if (await answers(place)) return;
        if (await launch(place, limit)) return;
      } finally {
        rmSync(lock, { force: true });
      }
    }
    await sleep(POLL_MS);
  }
  throw startFailure('The helper did not start in time.');
}

function makePrivate(folder: string): void {
  try {
    makePrivateFolder(folder);
  } catch (cause) {
    throw stateFault(`The state folder ${folder} cannot be made`, cause);
  }
}

function stateFault(what: string, cause: unknown): AkiosError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : code;
  return new AkiosError('HELPER_UNREACHABLE', `${what} (${why}).`, {
    hint: 'Give a folder this user can write: AKIOS_STATE_DIR=DIR, or set XDG_STATE_HOME.',
    cause,
  });
}

function openForUs(path: string, flags: string): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw cause;
    throw stateFault(`${path} cannot be written`, cause);
  }
}

function takeLock(lock: string): boolean {
  try {
    closeSync(openForUs(lock, 'wx'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (stat !== undefined && Date.now() - stat.mtimeMs > LOCK_STALE_MS)
    rmSync(lock, { force: true });
  return false;
}

function startFailure(message: string): AkiosError {
  return new AkiosError('HELPER_UNREACHABLE', message, {
    hint: `The reason is in ${join(stateDir(), 'helper.log')}.`,
  });
}

/** False when another helper still holds the lock, answering or about to end: to be tried again. */
async function launch(place: HelperPlace, limit: number): Promise<boolean> {
  const state = stateDir();
  makePrivate(state);
  const log = openForUs(join(state, 'helper.log'), 'a');
  const [program, ...args] = place.command;
  const began = fstatSync(log).size;
  const child = spawn(program, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
    // It starts in another folder: relative names of ours would mean something else there.
    env: { ...process.env, AKIOS_STATE_DIR: state, AKIOS_SOCKET: place.socket },
  });
  closeSync(log);
  let ended: string | null = null;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended = code === 0 ? 'another' : `ended with ${signal ?? `status ${code}`}`;
  });
  child.unref();
  while (Date.now() < limit) {
    if (await answers(place)) return true;
    if (ended === 'another') return false;
    if (ended !== null)
      throw startFailure(`The helper did not start: ${reasonIn(state, began, ended)}`);
    await sleep(POLL_MS);
  }
  throw startFailure('The helper did not start in time.');
}

/**
 * The helper writes one JSON line before it gives up, where there is room for it.
 * @param began size of the log before this start: what is older tells of another
 */
function reasonIn(state: string, began: number, fallback: string): string {
  const log = readFileSync(join(state, 'helper.log')).subarray(began).toString('utf8');
  for (const line of log.trimEnd().split('\n').reverse()) {
    try {
      const entry = JSON.parse(line) as { level?: string; message?: string };
      if (entry.level === 'fatal' && typeof entry.message === 'string') return entry.message;
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
    }
  }
  if (statfsSync(state).bavail === 0) return 'the disk of the state folder is full.';
  return `it ${fallback}.`;
}
