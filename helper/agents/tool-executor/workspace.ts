import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CageMount } from '../../cage/port.ts';
import { grantMounts } from '../../cage/worker/worker.ts';
import type { ActionContext } from '../port.ts';

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
  const dir = mkdtempSync(join(tmpdir(), 'akios-tool-'));
  try {
    chmodSync(dir, 0o700);
    const mounts = grantMounts(
      { projectDir: context.projectDir, read: readFolders, write: [context.outputDir] },
      '/workspace',
    );
    return {
      id: `${context.run}-${context.step}-${randomBytes(4).toString('hex')}`,
      dir,
      mounts,
      dispose: () => rmSync(dir, { recursive: true, force: true }),
    };
  } catch (thrown) {
    rmSync(dir, { recursive: true, force: true });
    throw thrown;
  }
}
