import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, posix } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { CageMount } from '../port.ts';
import type { Tree } from './launch/plan.ts';
import { printable } from './launch/program.ts';

/** Never a work folder: the whole system, or a part that the system owns. */
const SYSTEM = ['/', '/usr', '/etc', '/proc', '/sys', '/dev', '/run', '/boot', '/var', '/tmp'];
const SYSTEM_TREES = ['/usr', '/etc', '/proc', '/sys', '/dev', '/boot', '/bin', '/sbin', '/lib'];

const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

function refusal(message: string, hint: string): AkiosError {
  return new AkiosError('INPUT_INVALID', message, { hint });
}

export interface WorkFolder {
  /** The real path. */
  path: string;
  /** Every spelling a person may use for it, for translation and links inside. */
  spellings: string[];
}

/** The work folder as asked for by a person: links in it are followed once, here. */
export function workFolder(asked: string, stateDir: string): WorkFolder {
  if (!isAbsolute(asked))
    throw refusal('The work folder is not an absolute path.', 'Give DIR in full.');
  const spelled = posix.normalize(asked).replace(/(?<=.)\/$/, '');
  let path: string;
  try {
    path = realpathSync(spelled);
  } catch (error) {
    throw new AkiosError('FILE_NOT_FOUND', `The work folder ${printable(asked)} is not there.`, {
      hint: 'Create it first.',
      cause: error,
    });
  }
  if (!lstatSync(path).isDirectory()) {
    throw refusal(`${printable(asked)} is not a folder.`, 'The work folder must be a folder.');
  }
  // Folders in the shared memory file system are a person's own, although they lie below /dev.
  const own = within(path, '/dev/shm') && path !== '/dev/shm';
  if (SYSTEM.includes(path) || (!own && SYSTEM_TREES.some((tree) => within(path, tree)))) {
    throw refusal(
      `${printable(path)} cannot be a work folder: it belongs to the system.`,
      'Use a folder of your own.',
    );
  }
  if (within(stateDir, path)) {
    throw refusal(
      `${printable(path)} cannot be a work folder: it holds the keys and the socket of the helper.`,
      'Use a folder below it that does not contain the state folder.',
    );
  }
  return { path, spellings: path === spelled ? [path] : [path, spelled] };
}

/** Host spellings that can exist inside as links to the workspace without covering anything. */
export function workAliases(work: WorkFolder, mounts: readonly CageMount[]): string[] {
  const covered = ['/workspace', '/run/cage', '/sbin', '/lib64', '/lib32', '/libx32'];
  return work.spellings.filter(
    (path) =>
      ![...SYSTEM_TREES, ...covered].some((tree) => within(path, tree) || within(tree, path)) &&
      !mounts.some((m) => within(path, m.inside) || within(m.inside, path)),
  );
}

/** Places inside that no mount may cover. */
const RESERVED = ['/proc', '/dev', '/etc', '/run/cage', '/sys'];

/** A granted path: absolute, with no link in it, to a file or folder that is there. */
export function grantedTree(mount: CageMount): Tree {
  const { host, inside } = mount;
  const odd = !isAbsolute(host) || posix.normalize(host) !== host || host === '/';
  if (odd || !isAbsolute(inside) || posix.normalize(inside) !== inside || inside === '/') {
    throw refusal(`The mount ${printable(host)} is not a plain absolute path.`, 'Give it in full.');
  }
  if (RESERVED.some((tree) => within(inside, tree) || within(tree, inside))) {
    throw refusal(`Nothing can be mounted at ${printable(inside)}.`, 'Choose another place.');
  }
  const stat = lstatSync(host, { throwIfNoEntry: false });
  if (stat?.isSocket() === true || stat?.isFIFO() === true) {
    const kind = stat.isFIFO() ? 'named pipe' : 'socket';
    throw refusal(
      `${printable(host)} is a ${kind}, which leads out of the cage.`,
      'A program reaches hosts through capabilities.network alone.',
    );
  }
  return treeAt(host);
}

/** Opens nothing: the launcher does, and refuses a link that appears in between. */
export function treeAt(path: string): Tree {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    throw new AkiosError('FILE_NOT_FOUND', `${printable(path)} is not there.`, { cause: error });
  }
  if (real !== path) {
    throw refusal(`${printable(path)} goes through a link.`, 'Grant the real path.');
  }
  const stat = lstatSync(path);
  return {
    path,
    kind: stat.isDirectory() ? 'dir' : 'file',
    owner: { uid: stat.uid, gid: stat.gid },
    device: stat.dev,
  };
}

/** The egress socket, by its real folder. */
export function socketTree(path: string): Tree {
  return treeAt(join(realpathSync(dirname(path)), basename(path)));
}
