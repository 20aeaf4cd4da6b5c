import { join } from 'node:path';
import { replaceFile } from './files.ts';
import { ANCHOR_FILE } from './recover.ts';

const EVERY_MS = 1000;

/**
 * The newest checkpoint in the trust folder, outside the project: at once when none was written in
 * the last second, else within a second. It trails the log and never runs ahead of it.
 */
export class AnchorFile {
  readonly #file: string;
  #pending: string | null = null;
  #writtenAt = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(trustDir: string) {
    this.#file = join(trustDir, ANCHOR_FILE);
  }

  offer(note: string): void {
    this.#pending = note;
    if (this.#timer !== null) return;
    const wait = this.#writtenAt + EVERY_MS - performance.now();
    if (this.#writtenAt === 0 || wait <= 0) this.flush();
    else {
      this.#timer = setTimeout(() => this.flush(), wait);
      this.#timer.unref();
    }
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#pending === null) return;
    replaceFile(this.#file, this.#pending);
    this.#pending = null;
    this.#writtenAt = performance.now();
  }

  close(): void {
    this.flush();
  }
}
