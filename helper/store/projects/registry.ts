import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { projectId, trustHome, userLedger } from '../../../shared/node/ledger-places.ts';
import type { LedgerPaths } from '../ledger/port.ts';

export const CONFIG_FILE = 'config.yaml';

const entry = z.strictObject({
  id: z.string().regex(/^p[0-9a-f]{16}$/),
  name: z.string(),
  path: z.string(),
  addedAt: z.string(),
});
const file = z.strictObject({ version: z.literal(1), projects: z.array(entry) });

export type ProjectEntry = z.infer<typeof entry>;

/** Known projects of this state folder; survives restarts in `projects.json`. */
export class ProjectRegistry {
  readonly #file: string;
  readonly #state: string;
  readonly #projects: Map<string, ProjectEntry>;

  /** @throws AkiosError CONFIG_INVALID when the file is not ours */
  constructor(stateDir: string) {
    this.#state = stateDir;
    this.#file = join(stateDir, 'projects.json');
    this.#projects = new Map(read(this.#file).map((project) => [project.id, project]));
  }

  list(): ProjectEntry[] {
    return [...this.#projects.values()];
  }

  /**
   * Finds a project by id or by absolute path, and registers a folder that has a `config.yaml`.
   * @throws AkiosError PROJECT_NOT_FOUND
   */
  find(ref: string): ProjectEntry {
    const known = this.#projects.get(ref);
    if (known !== undefined) {
      if (projectFolder(known.path) !== null) return known;
      throw missing(known.path);
    }
    if (!isAbsolute(ref)) throw missing(ref);
    const path = projectFolder(ref);
    if (path === null) throw missing(ref);
    return this.#projects.get(projectId(path)) ?? this.add(path);
  }

  add(path: string, name: string = basename(path)): ProjectEntry {
    const id = projectId(path);
    const made = { id, name, path, addedAt: new Date().toISOString() };
    this.#projects.set(id, made);
    this.#save();
    return made;
  }

  /** Where the ledger of a project lives: rows inside the project, keys and trust outside. */
  ledgerPaths(project: ProjectEntry, logDir: string): LedgerPaths {
    return { logDir, ...trustHome(this.#state, project.id) };
  }

  /** The ledger of programs that run outside any project. */
  userLedgerPaths(): LedgerPaths {
    return { ...userLedger(this.#state), ...trustHome(this.#state, 'user') };
  }

  #save(): void {
    const text = JSON.stringify({ version: 1, projects: this.list() }, null, 2);
    const temporary = `${this.#file}.${process.pid}`;
    const fd = openSync(temporary, 'w', 0o600);
    try {
      writeSync(fd, `${text}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, this.#file);
  }
}

/** The real path of a folder with a `config.yaml`, else null. */
function projectFolder(path: string): string | null {
  try {
    const real = realpathSync(path);
    return statSync(join(real, CONFIG_FILE)).isFile() ? real : null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES' || code === 'ELOOP')
      return null;
    throw error;
  }
}

function missing(ref: string): AkiosError {
  return new AkiosError('PROJECT_NOT_FOUND', `There is no AKIOS project at ${ref}.`, {
    hint: '`akios init` makes one in the current folder.',
  });
}

function read(path: string): ProjectEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  try {
    return file.parse(JSON.parse(text)).projects;
  } catch (cause) {
    throw new AkiosError('CONFIG_INVALID', 'The list of projects cannot be read.', {
      where: path,
      hint: 'Move the file away; projects are found again by their folders.',
      cause,
    });
  }
}
