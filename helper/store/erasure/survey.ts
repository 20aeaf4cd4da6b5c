import { AkiosError } from '../../../shared/domain/errors.ts';
import { DirHandle, type Name, platformLookup } from '../../../shared/node/open-at.ts';
import type { ErasurePlan, ErasureSurvey } from './plan.ts';
import { displayPath, hashFile, mountOf, openChild, openTarget, whyOf } from './walk.ts';

/** Deeper folders are erased all the same, but not surveyed. */
const MAX_DEPTH = 128;

interface Survey extends ErasureSurvey {
  linkedInside: Map<string, number>;
}

export function inodeKey(stats: { dev: number; ino: number }): string {
  return `${stats.dev}:${stats.ino}`;
}

async function surveyFile(
  folder: DirHandle,
  name: Name,
  path: string,
  mount: string,
  out: Survey,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stats = folder.lstat(name);
  const inode = inodeKey(stats);
  if (stats.nlink > 1) out.linkedInside.set(inode, (out.linkedInside.get(inode) ?? 0) + 1);
  const sha256 = await hashFile(folder, name, mount, signal);
  out.files.push({ path, bytes: stats.size, sha256, inode, changedAt: stats.mtimeMs });
  out.totalBytes += stats.size;
}

async function surveyFolder(
  folder: DirHandle,
  base: string,
  depth: number,
  mount: string,
  out: Survey,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of folder.rawNames()) {
    signal?.throwIfAborted();
    const path = displayPath(base, name);
    try {
      const stats = folder.lstat(name);
      if (stats.isFile()) await surveyFile(folder, name, path, mount, out, signal);
      else if (!stats.isDirectory()) out.others += 1;
      else if (depth >= MAX_DEPTH) out.exceptions.push({ path, why: 'too deep to be listed' });
      else {
        const child = openChild(folder, name);
        try {
          if (mountOf(child) !== mount) {
            throw new AkiosError('DENIED', 'another file system is mounted here');
          }
          await surveyFolder(child, path, depth + 1, mount, out, signal);
        } finally {
          child.close();
        }
      }
    } catch (thrown) {
      if (signal?.aborted) throw thrown;
      out.exceptions.push({ path, why: whyOf(thrown) });
    }
  }
}

/**
 * Lists and hashes what an erasure would destroy, changing no content, for the receipt that must
 * exist before the first byte goes. Throws CANCELLED when stopped.
 */
export async function surveyTree(
  plan: Pick<ErasurePlan, 'root' | 'targets' | 'lookup'>,
  signal?: AbortSignal,
): Promise<ErasureSurvey> {
  const root = openRoot(plan);
  const out: Survey = {
    files: [],
    totalBytes: 0,
    others: 0,
    exceptions: [],
    linkedInside: new Map(),
  };
  try {
    const mount = mountOf(root);
    for (const target of plan.targets) {
      try {
        const folder = openTarget(root, target);
        if (folder === null) continue;
        try {
          if (mountOf(folder) !== mount) {
            throw new AkiosError('DENIED', 'another file system is mounted here');
          }
          await surveyFolder(folder, target, 0, mount, out, signal);
        } finally {
          folder.close();
        }
      } catch (thrown) {
        if (signal?.aborted) throw thrown;
        out.exceptions.push({ path: target, why: targetWhy(thrown) });
      }
    }
    return out;
  } catch (thrown) {
    if (!signal?.aborted) throw thrown;
    throw new AkiosError('CANCELLED', 'The erasure was stopped before it began.');
  } finally {
    root.close();
  }
}

export function targetWhy(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return code === 'ENOTDIR' || code === 'ELOOP'
    ? 'it is a link or not a folder; nothing behind it was touched'
    : whyOf(thrown);
}

export function openRoot(plan: Pick<ErasurePlan, 'root' | 'lookup'>): DirHandle {
  return DirHandle.open(plan.root, plan.lookup ?? platformLookup());
}
