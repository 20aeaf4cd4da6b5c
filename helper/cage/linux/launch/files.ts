import { closeSync, openSync, writeSync } from 'node:fs';
import { libc } from '../native/libc.ts';

/** Bytes in memory that a child reads from a descriptor; nothing touches a disk. */
export class MemoryFile {
  readonly #fd: number;

  constructor(name: string, bytes: Uint8Array) {
    this.#fd = libc().memfd(name);
    let at = 0;
    while (at < bytes.length) at += writeSync(this.#fd, bytes, at);
  }

  /** A read-only descriptor with an offset of its own; the caller closes it. */
  reader(): number {
    return openSync(`/proc/self/fd/${this.#fd}`, 'r');
  }

  dispose(): void {
    closeSync(this.#fd);
  }
}
