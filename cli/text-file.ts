import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AkiosError } from '../shared/domain/errors.ts';

/**
 * Reads at most `maxBytes` of a plain file that a person named; what the rest is for, its reader
 * decides. Never blocks on a pipe.
 * @throws AkiosError FILE_NOT_FOUND, INPUT_INVALID (a folder, a device), DENIED
 */
export function readStartOfFile(name: string, maxBytes: number): string {
  try {
    const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) throw notPlain(name, stat.isDirectory());
      const bytes = Buffer.alloc(Math.min(stat.size, maxBytes));
      let held = 0;
      while (held < bytes.length) {
        const got = readSync(fd, bytes, held, bytes.length - held, held);
        if (got === 0) break;
        held += got;
      }
      return bytes.subarray(0, held).toString('utf8');
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw fileError(error, name) ?? error;
  }
}

function notPlain(name: string, folder: boolean): AkiosError {
  return new AkiosError(
    'INPUT_INVALID',
    `${name} is ${folder ? 'a folder' : 'not a plain file'}.`,
    {
      hint: 'Name one file.',
    },
  );
}

/** A fault of the file system with a file that a person named, in words; null for anything else. */
export function fileError(thrown: unknown, name?: string): AkiosError | null {
  if (thrown instanceof AkiosError || !(thrown instanceof Error)) return null;
  const { code, path, syscall } = thrown as NodeJS.ErrnoException;
  if (syscall === 'uv_cwd') {
    return new AkiosError('FILE_NOT_FOUND', 'The current folder does not exist any more.', {
      hint: 'Change to another folder.',
      cause: thrown,
    });
  }
  const shown = name ?? path;
  if (shown === undefined) return null;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new AkiosError('FILE_NOT_FOUND', `There is no file ${shown}.`, { cause: thrown });
    case 'EISDIR':
      return notPlain(shown, true);
    case 'ENXIO':
    case 'ELOOP':
      return notPlain(shown, false);
    case 'EACCES':
    case 'EPERM':
      return new AkiosError('DENIED', `You may not read ${shown}.`, { cause: thrown });
    case 'ENAMETOOLONG':
      return new AkiosError(
        'INPUT_INVALID',
        `The name ${beginning(shown)} is too long for a file.`,
        {
          hint: 'A name has at most 255 bytes, a path 4096.',
          cause: thrown,
        },
      );
    case 'EIO':
    case 'ESTALE':
    case 'ENODEV':
    case 'EINVAL':
      return new AkiosError('INPUT_INVALID', `${shown} cannot be read (${code}).`, {
        hint: 'Check the disk or the file system it lies on.',
        cause: thrown,
      });
    default:
      return null;
  }
}

const SHOWN = 60;

/** Enough of a name to know it by. */
function beginning(name: string): string {
  return name.length > SHOWN ? `${name.slice(0, SHOWN)}...` : name;
}
