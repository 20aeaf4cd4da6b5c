import { type Dirent, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Number of references, protocol, flags, type, state, inode, name. Abstract names begin with @. */
const ROW = /^\S+ \S+ \S+ (\S+) \S+ (\S+) +(\d+) ([^@].*)$/;
/** State of a socket that waits to be spoken to; those it has accepted bear its name too. */
const UNCONNECTED = '01';
/** A folder with more entries is not searched: then any socket of that name counts. */
const MOST_SEARCHED = 100_000;

/**
 * Sockets of this machine (not of a cage) that have a name in the file system, by the number the
 * kernel gave them and whether they take connections: one in the place of another is a new one, and
 * so is one that only begins to listen.
 */
export function hostSockets(
  table: string = readFileSync('/proc/net/unix', 'utf8'),
): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of table.split('\n')) {
    const [, flags, state, number, name = ''] = ROW.exec(line) ?? [];
    if (state === UNCONNECTED) found.set(`${number}:${flags}`, name);
  }
  return found;
}

const within = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/**
 * Tells when a program of this machine begins to listen in a folder that a cage shows. Those that
 * were there are covered in the cage; a cover goes away with the file it lies on.
 */
export class SocketWatch {
  readonly #folders: readonly string[];
  readonly #known: Set<string>;

  /**
   * To be made before the folders are looked through for what has to be covered.
   * @param folders as named and as they are without links
   */
  constructor(folders: readonly string[]) {
    const real = folders.map((folder) => (existsSync(folder) ? realpathSync(folder) : folder));
    this.#folders = [...new Set([...folders, ...real])];
    this.#known = new Set(this.#folders.length === 0 ? [] : hostSockets().keys());
  }

  /** A socket that is new since the last look and lies in one of the folders, or null. */
  fresh(table?: string): string | null {
    if (this.#folders.length === 0) return null;
    for (const [key, name] of hostSockets(table)) {
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      const place = this.#placeOf(name);
      if (place !== null) return place;
    }
    return null;
  }

  /** Programs name a socket as they like: through links, from their own current folder. */
  #placeOf(name: string): string | null {
    if (!name.startsWith('/') || within(name, '/proc')) return this.#search(basename(name));
    const folder = dirname(name);
    const spellings = existsSync(folder)
      ? [name, join(realpathSync(folder), basename(name))]
      : [name];
    const inside = spellings.some((path) => this.#folders.some((shown) => within(path, shown)));
    return inside ? name : null;
  }

  #search(wanted: string): string | null {
    let looked = 0;
    const open = [...this.#folders];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      for (const entry of entriesOf(folder)) {
        looked += 1;
        if (looked > MOST_SEARCHED) return wanted;
        if (entry.isDirectory()) open.push(join(folder, entry.name));
        else if (entry.isSocket() && entry.name === wanted) return join(folder, entry.name);
      }
    }
    return null;
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Gone, closed or nested too deep: what cannot be named from here is not found by a name either.
    return [];
  }
}
