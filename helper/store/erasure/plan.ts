import { type Lookup, platformLookup } from '../../../shared/node/open-at.ts';

export interface ErasurePlan {
  /** The project folder. Everything is reached from an open handle of it; links are never followed. */
  root: string;
  /** Folders below it, e.g. `audit`, `data/output`. A target that is not there is no error. */
  targets: readonly string[];
  /** `overwrite`: random, flush, zeros, flush per pass. `fast`: truncated, then unlinked. */
  mode: 'overwrite' | 'fast';
  /** Cycles of the overwrite mode; 1 when absent. */
  passes?: number;
  /** Leave the emptied target folders in place (default true). */
  keepFolders?: boolean;
  /** How names are resolved; that of the platform when absent (see `open-at.ts`). */
  lookup?: Lookup;
  /** From `surveyTree`: hashes of files that did not change since are taken from it. */
  survey?: ErasureSurvey;
}

export interface FileFact {
  /** Project relative; control and direction characters escaped, cut at 1024 characters. */
  path: string;
  bytes: number;
  /** Hex, of the content before anything was overwritten; null when it could not be read. */
  sha256: string | null;
}

export interface ErasureException {
  path: string;
  why: string;
}

export interface SurveyedFile extends FileFact {
  inode: string;
  changedAt: number;
}

/** What stands in the targets before anything happens: the facts for the receipt. */
export interface ErasureSurvey {
  files: SurveyedFile[];
  totalBytes: number;
  /** Symbolic links, devices, pipes, sockets: removed by name, never opened. */
  others: number;
  exceptions: ErasureException[];
  /** How many names each multiply linked file has inside the targets, by device and inode. */
  linkedInside: ReadonlyMap<string, number>;
}

export interface ErasureResult {
  files: (FileFact & { how: 'overwritten' | 'truncated' })[];
  erasedFiles: number;
  /** Logical bytes of the files in `files`; nothing that failed is counted. */
  erasedBytes: number;
  /** Symbolic links and special files removed by name. */
  removedOthers: number;
  removedFolders: number;
  /** Everything that is still there, or whose content was not destroyed. */
  exceptions: ErasureException[];
  method: string;
  caveat: string;
  /** True when nothing was left out and nobody stopped it. */
  complete: boolean;
  cancelled: boolean;
}

export const CAVEAT =
  'On SSDs (wear levelling), copy-on-write file systems, snapshots and backups older copies can ' +
  'survive overwriting. Full-disk encryption is the protection that holds there.';

export function methodText(plan: ErasurePlan): string {
  const passes = plan.passes ?? 1;
  const content =
    plan.mode === 'fast'
      ? 'truncated to zero bytes'
      : `${passes} ${passes === 1 ? 'cycle' : 'cycles'} of random bytes, flush, zeros, flush`;
  const byPath = (plan.lookup ?? platformLookup()) === 'path';
  return `${content}; renamed at random, unlinked${byPath ? ' (files found by path)' : ''}`;
}
