import { existsSync, lstatSync, mkdtempSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { eraseTree } from '../../../shared/node/erase-tree.ts';
import { ledgerNear, within } from './guarded.ts';

export interface WorkDir {
  path: string;
  /** Removes a folder that was made for this program. */
  dispose(): void;
}

const SYSTEM = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/lib32',
  '/lib64',
  '/proc',
  '/sbin',
  '/sys',
  '/usr',
];
const PRODUCT_PARTS = [
  'assets',
  'bin',
  'cli',
  'dist',
  'electron',
  'helper',
  'node_modules',
  'renderer',
  'scripts',
  'shared',
];

/** Folders made for one program, one document, one look at a broken log: process id of the helper. */
const MADE = /^akios-(?:agent|document|broken)-(\d+)-/;

/** Removes the folders made by helpers of this user that were killed. */
export function eraseLeftFolders(): void {
  const root = realpathSync(tmpdir());
  for (const name of readdirSync(root)) {
    const pid = MADE.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const stat = lstatSync(join(root, name), { throwIfNoEntry: false });
    if (stat?.isDirectory() && stat.uid === process.getuid?.()) eraseTree(join(root, name));
  }
}

/** Folders in the shared memory file system are a person's own, although they lie below /dev. */
const isShared = (path: string): boolean => within(path, '/dev/shm') && path !== '/dev/shm';

/**
 * The one folder a caged program may write. Folders that hold or lead to the helper, its keys or the
 * system are refused: a program that can write there is not caged.
 * @throws AkiosError FILE_NOT_FOUND, DENIED, INPUT_INVALID
 */
export function workDir(
  wanted: string | undefined,
  helperFolders: readonly string[],
  productRoot: string,
  projects: readonly string[] = [],
): WorkDir {
  if (wanted === undefined) {
    const path = mkdtempSync(join(realpathSync(tmpdir()), `akios-agent-${process.pid}-`));
    return { path, dispose: () => eraseTree(path) };
  }
  if (!isAbsolute(wanted)) {
    throw new AkiosError('INPUT_INVALID', 'The work folder must be absolute.', { where: 'work' });
  }
  const path = realFolder(wanted);
  const own = helperFolders.map((folder) => realpathSync(folder));
  const product = realpathSync(productRoot);
  const guarded = [...own, ...SYSTEM, ...PRODUCT_PARTS.map((part) => join(product, part))];
  const bad =
    guarded.find((folder) => within(path, folder) && !isShared(path)) ??
    own.find((folder) => within(path, folder)) ??
    [...own, product].find((f) => within(f, path)) ??
    (path === '/' ? undefined : (ledgerNear(path, projects) ?? undefined));
  if (bad === undefined && path !== '/') return { path, dispose: () => undefined };
  throw new AkiosError(
    'DENIED',
    `${path} cannot be a work folder: it holds or leads to ${bad ?? 'everything'}.`,
    {
      hint: 'Give a folder that holds only what the program works on.',
      where: 'work',
    },
  );
}

function realFolder(wanted: string): string {
  try {
    const path = realpathSync(wanted);
    if (statSync(path).isDirectory()) return path;
    throw new AkiosError('INPUT_INVALID', `The work folder ${wanted} is not a folder.`, {
      where: 'work',
    });
  } catch (error) {
    const code = error instanceof AkiosError ? null : (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES' && code !== 'ELOOP')
      throw error;
  }
  throw new AkiosError('FILE_NOT_FOUND', `The work folder ${wanted} does not exist.`, {
    where: 'work',
  });
}
