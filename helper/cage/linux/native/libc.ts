import koffi from 'koffi';
import { AkiosError } from '../../../../shared/domain/errors.ts';

/** The few C library calls that Node does not offer. Each throws with the errno's name. */
export interface Libc {
  getsockopt(fd: number, level: number, name: number, size: number): Buffer;
  closeRange(first: number, last: number, flags: number): void;
  memfd(name: string): number;
  pipe(): { read: number; write: number };
  /** Waits for the exclusive lock of an open file; closing it, or the end of the process, lets go. */
  lock(fd: number): void;
}

const CLOEXEC_PIPE = 0o2000000;
const MFD_CLOEXEC = 1;
const LOCK_EX = 2;

function bind(): Libc {
  const lib = koffi.load('libc.so.6');
  const getsockopt = lib.func('int getsockopt(int, int, int, void *, _Inout_ uint32_t *)');
  const closeRange = lib.func('int close_range(uint32_t, uint32_t, int)');
  const memfdCreate = lib.func('int memfd_create(const char *, uint32_t)');
  const pipe2 = lib.func('int pipe2(_Out_ int *, int)');
  const flock = lib.func('int flock(int, int)');
  const check = (name: string, result: number): number => {
    if (result >= 0) return result;
    throw new AkiosError('CAGE_FAILED', `The system call ${name} failed (errno ${koffi.errno()}).`);
  };
  return {
    getsockopt(fd, level, name, size) {
      const value = Buffer.alloc(size);
      const length = [size];
      check('getsockopt', getsockopt(fd, level, name, value, length));
      return value.subarray(0, length[0]);
    },
    closeRange(first, last, flags) {
      check('close_range', closeRange(first, last, flags));
    },
    memfd: (name) => check('memfd_create', memfdCreate(name, MFD_CLOEXEC)),
    pipe() {
      const ends = [-1, -1];
      check('pipe2', pipe2(ends, CLOEXEC_PIPE));
      const [read = -1, write = -1] = ends;
      return { read, write };
    },
    lock(fd) {
      check('flock', flock(fd, LOCK_EX));
    },
  };
}

/** Loaded once, at import; null away from Linux. */
const loaded: Libc | null = process.platform === 'linux' ? bind() : null;

export function libc(): Libc {
  if (loaded === null) {
    throw new AkiosError('UNSUPPORTED', 'This needs Linux.', {
      hint: 'On other systems the cage runs in Docker.',
    });
  }
  return loaded;
}
