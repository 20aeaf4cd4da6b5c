import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { CagedWorker, ParsedDocument } from '../../cage/worker/port.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';

const MAX_CHARS = 8_388_608;
const MAX_BYTES = 64 * 1024 * 1024;

async function requireCage(deps: Deps): Promise<void> {
  const { level } = await deps.prober.recent(60_000);
  if (level === 'full' || level === 'strong') return;
  throw new AkiosError(
    'CAGE_UNPROVED',
    'Documents are parsed in the cage only, and it failed its probes.',
    { hint: 'Run `akios doctor` for every probe with its fix.' },
  );
}

/**
 * Parses a document that lies anywhere, for its owner. The cage gets a copy alone in a folder of its
 * own, so that nothing beside the document is in reach of the parser.
 * @throws AkiosError FILE_NOT_FOUND, INPUT_INVALID, TOO_LARGE, CAGE_UNPROVED
 */
export async function parseOutside(deps: Deps, file: string): Promise<ParsedDocument> {
  if (!isAbsolute(file)) {
    throw new AkiosError('INPUT_INVALID', 'The document path must be absolute.', { where: 'file' });
  }
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new AkiosError('FILE_NOT_FOUND', `There is no document ${file}.`);
  if (!stat.isFile()) throw new AkiosError('INPUT_INVALID', `${file} is not a plain file.`);
  if (stat.size > MAX_BYTES) throw new AkiosError('TOO_LARGE', `${file} is larger than 64 MiB.`);
  await requireCage(deps);
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'akios-document-'));
  try {
    const name = `document${/\.[A-Za-z0-9]{1,8}$/.exec(file)?.[0] ?? '.txt'}`;
    mkdirSync(join(folder, 'data'));
    copyFileSync(file, join(folder, 'data', name));
    const worker = await deps.openWorker(`document-${randomUUID()}`, {
      projectDir: folder,
      read: ['data'],
      write: [],
    });
    try {
      return await worker.call('doc.parse', { path: `data/${name}`, maxChars: MAX_CHARS });
    } finally {
      await worker.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads documents of `data/input` through a worker in the cage; closes it afterwards. */
export async function withDocuments<T>(
  deps: Deps,
  project: OpenProject,
  use: (read: (path: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  await requireCage(deps);
  const worker: CagedWorker = await project.openWorker(`preview-${randomUUID()}`, {
    projectDir: project.dir,
    read: ['data/input'],
    write: [],
  });
  try {
    return await use(async (path) => {
      const { text } = await worker.call('doc.parse', { path, maxChars: MAX_CHARS });
      return text;
    });
  } finally {
    await worker.dispose();
  }
}

/** @param path inside data/input, with or without that prefix */
export function readDocument(deps: Deps, project: OpenProject, path: string): Promise<string> {
  const inside = path.replace(/^\.\//, '');
  const full = inside.startsWith('data/input/') ? inside : `data/input/${inside}`;
  return withDocuments(deps, project, (read) => read(full));
}
