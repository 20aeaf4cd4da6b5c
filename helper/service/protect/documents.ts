import { randomUUID } from 'node:crypto';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { CagedWorker } from '../../cage/worker/port.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';

const MAX_CHARS = 8_388_608;

/** Reads documents of `data/input` through a worker in the cage; closes it afterwards. */
export async function withDocuments<T>(
  deps: Deps,
  project: OpenProject,
  use: (read: (path: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  const report = await deps.prober.recent(60_000);
  if (report.level !== 'full' && report.level !== 'strong') {
    throw new AkiosError(
      'CAGE_UNPROVED',
      'Documents are parsed in the cage only, and it failed its probes.',
      {
        hint: 'Run `akios doctor` for every probe with its fix.',
      },
    );
  }
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
