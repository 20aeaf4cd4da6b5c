import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { AkiosError } from '../../shared/domain/errors.ts';
import { MAX_WORKFLOW_BYTES } from '../../shared/domain/limits.ts';
import { targetProblem } from '../core/policy/targets.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** A little more than a workflow may hold: its reader refuses it and names the place. */
const WORKFLOW_BYTES = MAX_WORKFLOW_BYTES + 4;
/** Of a result: every output of a run can stand in it. */
const RESULT_BYTES = 64 * 1_048_576;

/**
 * Files of a project that the helper itself opens: workflow texts and results. Every folder on the
 * way is opened by handle without following links, so that nobody can swap one for a link between
 * a check and its use.
 */
export class ProjectFiles {
  private readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  /**
   * The text of a workflow, or its start where it is longer than a workflow may be.
   * @throws AkiosError FILE_NOT_FOUND, DENIED (a link), INPUT_INVALID (a folder, a device)
   */
  readWorkflow(path: string): string {
    return this.open(path, (fd, size) => startOf(fd, Math.min(size, WORKFLOW_BYTES)));
  }

  /** The text of a result. @throws as `readWorkflow`, and TOO_LARGE */
  readResult(path: string): string {
    return this.open(path, (fd, size) => {
      if (size <= RESULT_BYTES) return startOf(fd, size);
      throw new AkiosError('TOO_LARGE', `${path} is larger than 64 MiB.`, { where: path });
    });
  }

  /**
   * Why a step could not read what lies at a path, or null. Looks at the name only: nothing is
   * opened, and what will lie there when the step runs is for the caged worker to judge.
   */
  problemOf(path: string, wanted: 'file' | 'folder' | 'any'): AkiosError | null {
    try {
      return this.within(path, false, (folder, name) => {
        const stat = lstatSync(`${folder}/${name}`, { throwIfNoEntry: false });
        if (stat === undefined) return missing(path);
        if (stat.isSymbolicLink()) return denied(path, 'is a link');
        if (stat.isFile() && stat.nlink > 1) return denied(path, 'has another name (a hard link)');
        if (wanted === 'any' || (wanted === 'folder' && stat.isDirectory())) return null;
        if (wanted === 'file' && stat.isFile()) return null;
        return notPlain(path, stat.isDirectory());
      });
    } catch (error) {
      if (error instanceof AkiosError) return error;
      throw error;
    }
  }

  private open<T>(path: string, use: (fd: number, size: number) => T): T {
    return this.within(path, false, (folder, name) => {
      const fd = open(`${folder}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, path);
      try {
        const stat = fstatSync(fd);
        if (!stat.isFile()) throw notPlain(path, stat.isDirectory());
        return use(fd, stat.size);
      } finally {
        closeSync(fd);
      }
    });
  }

  /** Makes a folder and those above it; an existing folder is fine, a link is not. */
  makeFolder(path: string): void {
    this.within(`${path}/.`, true, () => undefined);
  }

  /** Writes a file in one piece: a reader sees the old text or the new one. */
  writeText(path: string, text: string): void {
    this.within(path, true, (folder, name) => {
      const part = `${folder}/.${name}.${randomUUID()}.part`;
      const fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, path, 0o640);
      try {
        writeFileSync(fd, text);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(part, `${folder}/${name}`);
    });
  }

  private within<T>(path: string, create: boolean, use: (folder: string, name: string) => T): T {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    const problem = targetProblem('fs', name === '.' ? parts.join('/') : path);
    if (problem || !name) {
      throw new AkiosError('INPUT_INVALID', problem ?? 'The path is empty.', {
        where: path.slice(0, 200),
        hint: 'Give a path relative to the project, such as workflows/sample.yml.',
      });
    }
    const handles = [open(this.dir, O_RDONLY | O_DIRECTORY, '.')];
    try {
      for (const part of parts) {
        const at = `${handlePath(handles.at(-1) as number, this.dir, parts, handles.length - 1)}/${part}`;
        if (create) makeOne(at, path);
        handles.push(open(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, path));
      }
      return use(handlePath(handles.at(-1) as number, this.dir, parts, parts.length), name);
    } finally {
      for (const fd of handles) closeSync(fd);
    }
  }
}

/** On Linux a path through the open handle; elsewhere the plain path, whose parts were checked. */
function handlePath(fd: number, dir: string, parts: readonly string[], depth: number): string {
  if (process.platform === 'linux') return `/proc/self/fd/${fd}`;
  return [dir, ...parts.slice(0, depth)].join('/');
}

function makeOne(at: string, path: string): void {
  try {
    mkdirSync(at, { mode: 0o750 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw fileFault(error, path);
  }
}

function open(at: string, flags: number, path: string, mode?: number): number {
  try {
    return openSync(at, flags, mode);
  } catch (error) {
    throw fileFault(error, path);
  }
}

/** A file that grows or shrinks meanwhile gives no more than was asked for. */
function startOf(fd: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  let held = 0;
  while (held < bytes) {
    const got = readSync(fd, buffer, held, bytes - held, held);
    if (got === 0) break;
    held += got;
  }
  return buffer.subarray(0, held).toString('utf8');
}

function notPlain(path: string, folder: boolean): AkiosError {
  return new AkiosError(
    'INPUT_INVALID',
    `${path} is ${folder ? 'a folder' : 'not a plain file'}.`,
    {
      where: path,
      hint: 'Name one workflow file, such as workflows/sample.yml.',
    },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function denied(path: string, why: string): AkiosError {
  return new AkiosError('DENIED', `${path} ${why}.`, {
    where: path,
    hint: 'Links are never followed inside a project. Put the file itself there.',
  });
}

function missing(path: string): AkiosError {
  return new AkiosError('FILE_NOT_FOUND', `There is no ${path} in this project.`, {
    where: path,
    hint: 'Paths are relative to the project folder.',
  });
}

function fileFault(error: unknown, path: string): AkiosError {
  switch (codeOf(error)) {
    case 'ENOENT':
      return missing(path);
    case 'ELOOP':
    case 'ENOTDIR':
      return denied(path, 'passes through a link or something that is no folder');
    case 'ENOSPC':
    case 'EDQUOT':
      return new AkiosError('DISK_FULL', `No space is left to write ${path}.`, { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new AkiosError('DENIED', `The helper may not open ${path}.`, {
        where: path,
        cause: error,
      });
    default:
      return new AkiosError(
        'INTERNAL',
        `${path} could not be opened (${codeOf(error) || 'fault'}).`,
        {
          cause: error,
        },
      );
  }
}
