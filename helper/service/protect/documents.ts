import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { bytesOfText } from '../../../shared/node/raw-text.ts';
import type { CagedWorker, ParsedDocument } from '../../cage/worker/port.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';

export const MAX_CHARS = 8_388_608;
const MAX_BYTES = 64 * 1024 * 1024;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

async function requireCage(deps: Deps): Promise<void> {
  const { level } = await deps.prober.recent(60_000);
  if (level === 'full' || level === 'strong') return;
  throw new AkiosError(
    'CAGE_UNPROVED',
    'Documents are parsed in the cage only, and it failed its probes.',
    { hint: 'Run `akios doctor` for every probe with its fix.' },
  );
}

/** Bytes of a plain file; nothing is followed, and nothing is waited for. */
function bytesOf(file: string): Buffer {
  if (!isAbsolute(file)) {
    throw new AkiosError('INPUT_INVALID', 'The document path must be absolute.', { where: 'file' });
  }
  let fd: number;
  try {
    fd = openSync(bytesOfText(file), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AkiosError('FILE_NOT_FOUND', `There is no document ${file}.`, { cause });
    }
    if (code === 'EACCES' || code === 'EPERM') {
      throw new AkiosError('DENIED', `The helper may not read ${file}.`, { cause });
    }
    throw new AkiosError('INPUT_INVALID', `${file} is not a plain file (${code ?? 'unknown'}).`, {
      cause,
    });
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new AkiosError('INPUT_INVALID', `${file} is not a plain file.`);
    if (stat.size > MAX_BYTES) throw new AkiosError('TOO_LARGE', `${file} is larger than 64 MiB.`);
    const bytes = readFileSync(fd);
    if (bytes.length !== stat.size) {
      throw new AkiosError('CONFLICT', `${file} changed while it was read.`);
    }
    return bytes;
  } finally {
    closeSync(fd);
  }
}

/** @throws AkiosError INPUT_INVALID */
export function decoded(base64: string): Buffer {
  if (base64.length % 4 === 0 && !/[^A-Za-z0-9+/=]/.test(base64)) {
    return Buffer.from(base64, 'base64');
  }
  throw new AkiosError('INPUT_INVALID', 'The document is not base64.', { where: 'base64' });
}

/** A document by its path, or by its name with its bytes. */
export interface GivenDocument {
  file: string;
  base64?: string | undefined;
}

/** A document alone with its worker: nothing beside it is in reach of the parser. */
export interface AloneDocument {
  worker: CagedWorker;
  /** As the worker knows it. */
  path: string;
  /** The ending with its dot, in small letters; `.txt` without one. */
  ending: string;
  /** Bytes of a file that the worker wrote into `out/`. */
  written(name: string): Buffer;
}

/**
 * Reads a document that lies anywhere, for its owner. The cage gets a copy alone in a folder of its
 * own and may write into an empty folder beside it.
 * @throws AkiosError FILE_NOT_FOUND, DENIED, INPUT_INVALID, TOO_LARGE, CONFLICT, CAGE_UNPROVED
 */
export async function withAlone<T>(
  deps: Deps,
  { file, base64 }: GivenDocument,
  use: (document: AloneDocument) => Promise<T>,
): Promise<T> {
  const bytes = base64 === undefined ? bytesOf(file) : decoded(base64);
  await requireCage(deps);
  const folder = mkdtempSync(join(realpathSync(tmpdir()), `akios-document-${process.pid}-`));
  try {
    const ending = (/\.[A-Za-z0-9]{1,8}$/.exec(file)?.[0] ?? '.txt').toLowerCase();
    const path = `data/document${ending}`;
    for (const name of ['data', 'out']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, path), bytes);
    const worker = await deps.openWorker(`document-${randomUUID()}`, {
      projectDir: folder,
      read: ['data'],
      write: ['out'],
    });
    try {
      const written = (name: string): Buffer => readFileSync(join(folder, 'out', name));
      return await use({ worker, path, ending, written });
    } catch (error) {
      throw named(error, path, basename(file));
    } finally {
      await worker.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The worker knows the document by a name of ours; a person is told theirs. */
function named(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof AkiosError) || !error.message.includes(path)) return error;
  const { code, hint, message } = error;
  return new AkiosError(code, message.replaceAll(path, name), {
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

/** The whole text of a document, hidden parts as well. @throws AkiosError TOO_LARGE */
export async function parseWhole(worker: CagedWorker, path: string): Promise<ParsedDocument> {
  const parsed = await worker.call('doc.parse', { path, maxChars: MAX_CHARS, hidden: true });
  if (!parsed.truncated) return parsed;
  throw new AkiosError('TOO_LARGE', `The document holds more than ${MAX_CHARS} characters.`, {
    hint: 'Split it: a scan of its beginning would prove nothing about the rest.',
  });
}

/** Reads documents of `data/input` through one worker in the cage, opened when first needed. */
export async function withDocuments<T>(
  deps: Deps,
  project: Pick<OpenProject, 'dir' | 'openWorker'>,
  use: (read: (path: string) => Promise<ParsedDocument>) => Promise<T>,
): Promise<T> {
  let opened: Promise<CagedWorker> | null = null;
  const open = async (): Promise<CagedWorker> => {
    if (!statSync(join(project.dir, 'data', 'input'), { throwIfNoEntry: false })?.isDirectory()) {
      throw new AkiosError('FILE_NOT_FOUND', 'There is no folder data/input here.');
    }
    await requireCage(deps);
    return project.openWorker(`preview-${randomUUID()}`, {
      projectDir: project.dir,
      read: ['data/input'],
      write: [],
    });
  };
  try {
    return await use(async (path) => {
      opened ??= open();
      return (await opened).call('doc.parse', { path, maxChars: MAX_CHARS });
    });
  } finally {
    // Why it could not be opened was thrown to who asked for a document.
    const worker = await (opened as Promise<CagedWorker> | null)?.catch(() => null);
    await worker?.dispose();
  }
}

/** @param path inside data/input, with or without that prefix */
export function readDocument(
  deps: Deps,
  project: OpenProject,
  path: string,
): Promise<ParsedDocument> {
  const inside = path.replace(/^\.\//, '');
  const full = inside.startsWith('data/input/') ? inside : `data/input/${inside}`;
  return withDocuments(deps, project, (read) => read(full));
}
