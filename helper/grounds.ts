import { stat } from 'node:fs/promises';

/** How often a helper looks whether its folders and its socket are still its own. */
const LOOK_EVERY_MS = 1_000;

interface Identity {
  dev: number;
  ino: number;
}

/** A folder as it was when it came into use. */
export interface Ground extends Identity {
  path: string;
}

/**
 * What a helper stands on: its state folder, its socket, the folders of keys it has open. When one
 * is removed or replaced, nobody can reach this helper any more, or its rows and keys go where
 * nobody will find them: it must end, not linger.
 */
export class Grounds {
  readonly #known = new Map<string, Identity>();
  readonly #late: () => readonly Ground[];
  #timer: NodeJS.Timeout | null = null;

  /** @param late folders that come into use later, as they were then */
  constructor(late: () => readonly Ground[] = () => []) {
    this.#late = late;
  }

  /** Remembers what these paths are now. */
  async stand(...paths: string[]): Promise<void> {
    for (const path of paths) {
      const { dev, ino } = await stat(path);
      this.#known.set(path, { dev, ino });
    }
  }

  /** The first path that is gone or something else by now, as a sentence; null while all is well. */
  async lost(): Promise<string | null> {
    for (const { path, dev, ino } of this.#late()) {
      if (!this.#known.has(path)) this.#known.set(path, { dev, ino });
    }
    for (const [path, was] of this.#known) {
      const now = await identity(path);
      if (now === null) return `${path} was removed`;
      if (now.dev !== was.dev || now.ino !== was.ino) return `${path} was replaced`;
    }
    return null;
  }

  /** Looks every second until something is lost; then calls once. */
  watch(onLost: (what: string) => void, fault: (error: unknown) => void): void {
    const look = (): void => {
      this.lost().then((what) => {
        if (what === null) this.#timer = setTimeout(look, LOOK_EVERY_MS).unref();
        else onLost(what);
      }, fault);
    };
    this.#timer = setTimeout(look, LOOK_EVERY_MS).unref();
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

async function identity(path: string): Promise<Identity | null> {
  try {
    const { dev, ino } = await stat(path);
    return { dev, ino };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
