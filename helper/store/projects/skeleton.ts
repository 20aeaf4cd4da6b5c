import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, parse } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { makeFolders } from '../../../shared/node/private-folder.ts';
import { CONFIG_TEXT, ENV_EXAMPLE, ENV_TEXT, GITIGNORE } from './skeleton-texts.ts';

export interface SkeletonOptions {
  /** Absolute path of the new project folder. */
  path: string;
  name?: string | undefined;
  /** Replace files that exist already (documents and results of a person are never touched). */
  force?: boolean | undefined;
  /** Folder of the product's `assets/sample` and `assets/templates`. */
  assets: string;
}

const FOLDERS = ['agents', 'audit', 'data/input', 'data/output', 'templates', 'workflows'] as const;

/** Plain names only: what a project is called is printed in terminals and pages. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$/u;

/**
 * Writes the folders and files of a new project: settings, sample documents with invented personal
 * data, templates and the sample workflow. Links are never followed, existing files are kept.
 * @throws AkiosError INPUT_INVALID, CONFLICT
 */
export function writeSkeleton(options: SkeletonOptions): {
  path: string;
  name: string;
  created: string[];
} {
  const path = folderOf(options.path);
  const name = options.name ?? basename(path);
  if (!NAME.test(name)) {
    throw new AkiosError('INPUT_INVALID', `${JSON.stringify(name)} is no project name.`, {
      hint: 'Use letters, digits, blank, dot, dash and underscore, at most 80.',
      where: 'name',
    });
  }
  const writer = new SkeletonWriter(path, options.force === true);
  if (!writer.force && exists(join(path, 'config.yaml'))) {
    throw new AkiosError('CONFLICT', `${path} is an AKIOS project already.`, {
      hint: 'Use --force to write the settings and templates anew.',
    });
  }
  for (const folder of FOLDERS) writer.folder(folder);
  writer.file('config.yaml', CONFIG_TEXT);
  writer.file('.env', ENV_TEXT, { keep: true, mode: 0o600 });
  writer.file('.env.example', ENV_EXAMPLE);
  writer.file('.gitignore', GITIGNORE, { keep: true });
  copyFolder(writer, join(options.assets, 'templates'), 'templates', false);
  copyFolder(writer, join(options.assets, 'sample', 'data', 'input'), 'data/input', true);
  copyFolder(writer, join(options.assets, 'sample', 'workflows'), 'workflows', false);
  return { path, name, created: writer.created };
}

function folderOf(path: string): string {
  if (!isAbsolute(path)) {
    throw new AkiosError('INPUT_INVALID', 'The project path must be absolute.', { where: 'path' });
  }
  try {
    makeFolders(path, 0o750);
    const real = realpathSync(path);
    if (!statSync(real).isDirectory())
      throw new AkiosError('INPUT_INVALID', `${path} is a file, not a folder.`, { where: 'path' });
    if (real === parse(real).root)
      throw new AkiosError('INPUT_INVALID', 'The root folder cannot be a project.');
    return real;
  } catch (cause) {
    if (cause instanceof AkiosError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new AkiosError('INPUT_INVALID', `The folder ${path} cannot be made (${code}).`, {
      where: 'path',
      hint: 'Give a path in a folder that the helper may write to.',
      cause,
    });
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function copyFolder(writer: SkeletonWriter, from: string, to: string, keep: boolean): void {
  if (!exists(from)) return;
  for (const item of readdirSync(from, { withFileTypes: true })) {
    if (item.isFile())
      writer.file(`${to}/${item.name}`, readFileSync(join(from, item.name)), { keep });
  }
}

class SkeletonWriter {
  readonly created: string[] = [];
  readonly force: boolean;
  readonly #root: string;

  constructor(root: string, force: boolean) {
    this.#root = root;
    this.force = force;
  }

  folder(name: string): void {
    const parts = name.split('/');
    for (let i = 1; i <= parts.length; i += 1) {
      const path = join(this.#root, ...parts.slice(0, i));
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined) mkdirSync(path, { mode: 0o750 });
      else if (!stat.isDirectory()) {
        throw new AkiosError('CONFLICT', `${path} exists and is no folder.`);
      }
    }
  }

  /** `keep`: an existing file is left alone even with --force. */
  file(
    name: string,
    content: string | Buffer,
    options: { keep?: boolean; mode?: number } = {},
  ): void {
    const path = join(this.#root, name);
    this.#refuseLink(path);
    if (exists(path) && (options.keep === true || !this.force)) return;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const fd = openSync(path, flags, options.mode ?? 0o640);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.byteLength; ) at += writeSync(fd, bytes, at);
    } finally {
      closeSync(fd);
    }
    this.created.push(name);
  }

  #refuseLink(path: string): void {
    for (const part of [path, dirname(path)]) {
      const stat = lstatSync(part, { throwIfNoEntry: false });
      if (stat?.isSymbolicLink()) {
        throw new AkiosError('CONFLICT', `${part} is a link; it is not followed.`);
      }
    }
  }
}
