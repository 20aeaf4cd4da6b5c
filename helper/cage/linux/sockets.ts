import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { CageSpec } from '../port.ts';
import { printable, WORKSPACE } from './launch/program.ts';
import { grantedTree, workFolder } from './paths.ts';

/** More than this is no folder for a program. */
const MOST_ENTRIES = 2_000_000;
const MOST_SOCKETS = 256;
const ANSWER_MS = 2_000;
/** A program waits for this before it starts: looked through in one go, but other work gets its turn. */
const SLICE_MS = 4;

/**
 * Sockets below a folder that somebody listens on, as paths relative to it. A socket file leads out
 * of every mount and network namespace, and connecting is no write: a program that sees docker.sock
 * or an ssh agent can speak to it. Links are not followed. What cannot be looked at is refused.
 * @param pipes also named pipes: a mount that is read-only does not keep anybody from writing to one
 * @throws AkiosError DENIED
 */
export async function liveSockets(folder: string, pipes = false): Promise<string[]> {
  const live: string[] = [];
  const open = [''];
  let entries = 0;
  let sliceBegan = performance.now();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const entry of entriesOf(folder, at)) {
      entries += 1;
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) open.push(path);
      else if (pipes && entry.isFIFO()) live.push(path);
      else if (entry.isSocket() && (await listens(join(folder, path)))) live.push(path);
    }
    if (performance.now() - sliceBegan > SLICE_MS) {
      await nextTurn();
      sliceBegan = performance.now();
    }
    if (entries > MOST_ENTRIES || live.length > MOST_SOCKETS) {
      throw refused(folder, '', 'it holds more than can be looked through for sockets');
    }
  }
  return live;
}

function refused(folder: string, inner: string, why: string): AkiosError {
  const place = printable(inner === '' ? folder : join(folder, inner));
  return new AkiosError('DENIED', `${place} cannot be shown to a program: ${why}.`, {
    hint: 'Give a folder that holds only what the program works on.',
  });
}

function entriesOf(folder: string, inner: string): Dirent[] {
  const path = inner === '' ? folder : `${folder}/${inner}`;
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    if (code === 'ENAMETOOLONG') throw refused(folder, '', 'its folders are nested too deep');
    if (code !== 'EACCES') throw error;
    // The program could open it again only where it belongs to the same user.
    if (lstatSync(path).uid !== process.getuid?.()) return [];
    throw refused(folder, inner, 'it is closed to its own user, and may hold sockets');
  }
}

/**
 * Places inside a cage where a socket of this machine would show; see `liveSockets`. Only what may be
 * shown at all is looked through.
 */
export async function coveredIn(spec: CageSpec, stateDir: string): Promise<string[]> {
  const places = (spec.mounts ?? []).map((mount) => ({
    host: grantedTree(mount).path,
    inside: mount.inside,
    pipes: mount.mode === 'ro',
  }));
  if (spec.workDir !== undefined) {
    const { path } = workFolder(spec.workDir, stateDir);
    places.push({ host: path, inside: WORKSPACE, pipes: false });
  }
  const found = places.map(async ({ host, inside, pipes }) =>
    (await liveSockets(host, pipes)).map((path) => join(inside, path)),
  );
  return (await Promise.all(found)).flat();
}

/** Only a socket that nobody listens on refuses: any other answer means that somebody is there. */
function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (live: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(live);
    };
    const timer = setTimeout(() => done(true), ANSWER_MS);
    socket.once('connect', () => done(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      done(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}
