import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eraseTree } from '../../../shared/node/erase-tree.ts';
import { makeScratch, sweepScratch } from '../../../shared/node/scratch.ts';
import type { CageMount } from '../../cage/port.ts';
import { grantMounts } from '../../cage/worker/worker.ts';
import type { ActionContext } from '../port.ts';
import { veilSecrets } from './veil.ts';

const ROOT_INSIDE = '/workspace';

export interface Workspace {
  id: string;
  /** Scratch folder, current directory of the program, gone afterwards. */
  dir: string;
  mounts: CageMount[];
  dispose(): void;
}

/**
 * A scratch folder at /workspace with the readable project folders and the run's own output folder
 * mounted at their usual relative names, so that `data/input/x` means the same as everywhere.
 */
export function openWorkspace(context: ActionContext, readFolders: readonly string[]): Workspace {
  sweepScratch(tmpdir(), 'akios-tool');
  const base = makeScratch(tmpdir(), 'akios-tool');
  const dispose = () => eraseTree(base);
  try {
    const dir = join(base, 'work');
    mkdirSync(dir, { mode: 0o700 });
    const empty = join(base, 'empty');
    writeFileSync(empty, '');
    const mounts = grantMounts(
      { projectDir: context.projectDir, read: readFolders, write: [context.outputDir] },
      ROOT_INSIDE,
    );
    return {
      id: `${context.run}-${context.step}-${randomBytes(4).toString('hex')}`,
      dir,
      mounts: [...mounts, ...veilSecrets(mounts, ROOT_INSIDE, empty)],
      dispose,
    };
  } catch (thrown) {
    dispose();
    throw thrown;
  }
}
