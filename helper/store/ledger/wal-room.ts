import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { LOG_FILE } from '../../../shared/node/audit/format.ts';

/** Frames after which the write-ahead file is moved into the database and begun anew. */
export const WAL_FRAMES = 2000;
/** The write-ahead file with that many frames of a 4 KiB page, and some commits more. */
const ROOM = (WAL_FRAMES + 32) * (4096 + 24);
const STEP = 1 << 20;
/** The page cache then holds the file in pieces of this size, which the writer crosses seldom. */
const PIECE = Buffer.alloc(1 << 16);
const STEP_MS = 20;
/** A disk that may fill up keeps its room for events. */
const PLENTY = 16 * ROOM;

/**
 * Zeros at the end of the write-ahead file, before the writer comes there. Where a file grows, each
 * flush must also write which blocks it got, which takes as long again as the flush itself. SQLite
 * overwrites what follows its last frame, as it does with the frames of a turn before.
 *
 * Only speed hangs on it: it takes its steps between commits, at the end of the file alone, and
 * leaves off for good where one fails.
 */
export class WalRoom {
  readonly #dir: string;
  readonly #plenty: number;
  #fd: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** Call when the database is open, so that its write-ahead file is there. `plenty`: bytes free. */
  constructor(logDir: string, plenty = PLENTY) {
    this.#dir = logDir;
    this.#plenty = plenty;
    // Appending never lands on a frame, whatever else is written meanwhile.
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;
    this.#attempt(() => {
      this.#fd = openSync(join(logDir, `${LOG_FILE}-wal`), flags);
      this.refill();
    });
  }

  /** To be called when the file was cut: it is filled up anew. */
  refill(): void {
    if (this.#timer !== null || this.#fd === null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#attempt(() => this.#step());
    }, STEP_MS);
    this.#timer.unref();
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
      this.close();
    }
  }

  #step(): void {
    if (this.#fd === null) return;
    const stat = fstatSync(this.#fd);
    if (!stat.isFile() || stat.nlink !== 1 || stat.size >= ROOM) return;
    const { bavail, bsize } = statfsSync(this.#dir);
    if (bavail * bsize < this.#plenty) return;
    try {
      for (let done = 0; done < STEP; done += PIECE.length) writeSync(this.#fd, PIECE);
    } catch (error) {
      // No commit came between: what was added is all that is cut off.
      ftruncateSync(this.#fd, stat.size);
      throw error;
    }
    this.refill();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}
