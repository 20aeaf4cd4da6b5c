import { randomBytes } from 'node:crypto';
import { renameSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { DirHandle, Name } from '../../../shared/node/open-at.ts';
import { destroyContent } from './overwrite.ts';
import {
  CAVEAT,
  type ErasurePlan,
  type ErasureResult,
  type ErasureSurvey,
  methodText,
} from './plan.ts';
import { inodeKey, openRoot, surveyTree, targetWhy } from './survey.ts';
import { displayPath, hashFile, mountOf, openChild, openTarget, whyOf } from './walk.ts';

/** Deeper folders are moved up first, so that open handles stay few however deep a tree is. */
const MAX_DEPTH = 64;

export type { ErasurePlan, ErasureResult, ErasureSurvey } from './plan.ts';
export { surveyTree } from './survey.ts';

function randomName(): string {
  return randomBytes(12).toString('hex');
}

class Eraser {
  private readonly plan: ErasurePlan;
  private readonly survey: ErasureSurvey;
  private readonly known: ReadonlyMap<string, ErasureSurvey['files'][number]>;
  private readonly signal: AbortSignal | undefined;
  private readonly onProgress: (done: number, total: number) => void;
  private readonly mount: string;
  /** Names of multiply linked files that are still to be met inside the targets. */
  private readonly namesLeft: Map<string, number>;
  private readonly emptied = new Set<string>();
  private done = 0;
  readonly result: ErasureResult;

  constructor(
    plan: ErasurePlan,
    survey: ErasureSurvey,
    mount: string,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal | undefined,
  ) {
    this.plan = plan;
    this.survey = survey;
    this.mount = mount;
    this.onProgress = onProgress;
    this.signal = signal;
    this.known = new Map(survey.files.map((file) => [file.inode, file]));
    this.namesLeft = new Map(survey.linkedInside);
    this.result = {
      files: [],
      erasedFiles: 0,
      erasedBytes: 0,
      removedOthers: 0,
      removedFolders: 0,
      exceptions: [],
      method: methodText(plan),
      caveat: CAVEAT,
      complete: false,
      cancelled: false,
    };
  }

  async target(root: DirHandle, path: string): Promise<void> {
    let folder: DirHandle | null;
    try {
      folder = openTarget(root, path);
      if (folder === null) return;
    } catch (thrown) {
      this.except(path, targetWhy(thrown));
      return;
    }
    try {
      if (mountOf(folder) !== this.mount) {
        this.except(path, 'another file system is mounted here');
        return;
      }
      await this.empty(folder, folder, path, 0);
    } finally {
      folder.close();
    }
    if (this.plan.keepFolders === false) this.removeTarget(root, path);
  }

  private removeTarget(root: DirHandle, path: string): void {
    const cut = path.lastIndexOf('/');
    const parent = cut < 0 ? root : openTarget(root, path.slice(0, cut));
    if (parent === null) return;
    try {
      this.removeFolder(parent, path.slice(cut + 1), path);
    } finally {
      if (parent !== root) parent.close();
    }
  }

  private except(path: string, why: string): void {
    this.result.exceptions.push({ path, why });
  }

  /** Removes everything in `folder`. `top` takes folders that lie too deep. */
  private async empty(
    folder: DirHandle,
    top: DirHandle,
    base: string,
    depth: number,
  ): Promise<void> {
    // Folders that were moved up appear while we work: go on until a round finds nothing new.
    const met = new Set<string>();
    for (;;) {
      const names = folder.rawNames().filter((name) => !met.has(name.toString('latin1')));
      if (names.length === 0) break;
      for (const name of names) {
        this.signal?.throwIfAborted();
        met.add(name.toString('latin1'));
        await this.entry(folder, top, name, displayPath(base, name), depth);
      }
    }
    folder.sync();
  }

  private async entry(
    folder: DirHandle,
    top: DirHandle,
    name: Name,
    path: string,
    depth: number,
  ): Promise<void> {
    try {
      const stats = folder.lstat(name);
      if (stats.isDirectory()) await this.folder(folder, top, name, path, depth);
      else if (stats.isFile()) await this.file(folder, name, path, stats);
      else {
        // A link is removed as a link; what it points at is somebody else's.
        this.unlink(folder, name);
        this.result.removedOthers += 1;
      }
    } catch (thrown) {
      if (this.signal?.aborted) throw thrown;
      this.except(path, whyOf(thrown));
    }
  }

  private async folder(
    parent: DirHandle,
    top: DirHandle,
    name: Name,
    path: string,
    depth: number,
  ): Promise<void> {
    if (depth >= MAX_DEPTH) {
      renameSync(parent.at(name), top.at(randomName()));
      return;
    }
    const child = openChild(parent, name);
    try {
      if (mountOf(child) !== this.mount) {
        throw new AkiosError('DENIED', 'another file system is mounted here');
      }
      await this.empty(child, top, path, depth + 1);
    } finally {
      child.close();
    }
    this.removeFolder(parent, name, path);
  }

  private removeFolder(parent: DirHandle, name: Name, path: string): void {
    try {
      // A folder that is not empty keeps its name: what is left in it must be found again.
      rmdirSync(parent.at(name));
      this.result.removedFolders += 1;
    } catch (thrown) {
      this.except(path, whyOf(thrown));
    }
  }

  private async file(folder: DirHandle, name: Name, path: string, stats: Stats): Promise<void> {
    const inode = inodeKey(stats);
    if (this.emptied.has(inode)) {
      this.dropName(folder, name, inode);
      return;
    }
    if (stats.nlink > 1 && stats.nlink !== this.namesLeft.get(inode)) {
      this.dropName(folder, name, inode);
      this.except(path, 'it has another name elsewhere; the name was removed, the content was not');
      return;
    }
    const sha256 = await this.hashOf(folder, name, stats, inode);
    const passes = this.plan.mode === 'fast' ? 0 : (this.plan.passes ?? 1);
    try {
      await destroyContent(folder, name, this.mount, stats, passes, this.signal);
    } catch (thrown) {
      if (this.signal?.aborted) throw thrown;
      this.except(path, `not overwritten: ${whyOf(thrown)}; the file was left in place`);
      return;
    }
    if (stats.nlink > 1) this.emptied.add(inode);
    const how = passes === 0 ? 'truncated' : 'overwritten';
    this.result.files.push({ path, bytes: stats.size, sha256, how });
    this.result.erasedFiles += 1;
    this.result.erasedBytes += stats.size;
    this.dropName(folder, name, inode);
    this.done += 1;
    this.onProgress(this.done, Math.max(this.done, this.survey.files.length));
  }

  /** The hash of the survey where the file is the same to the millisecond, else a new one. */
  private async hashOf(
    folder: DirHandle,
    name: Name,
    stats: Stats,
    inode: string,
  ): Promise<string | null> {
    const known = this.known.get(inode);
    if (known && known.bytes === stats.size && known.changedAt === stats.mtimeMs) {
      return known.sha256;
    }
    return await hashFile(folder, name, this.mount, this.signal);
  }

  private dropName(folder: DirHandle, name: Name, inode: string): void {
    this.unlink(folder, name);
    const left = this.namesLeft.get(inode);
    if (left !== undefined) this.namesLeft.set(inode, left - 1);
  }

  /** The old name goes first, so that it does not stay readable in the folder's blocks. */
  private unlink(folder: DirHandle, name: Name): void {
    const hidden = folder.at(randomName());
    renameSync(folder.at(name), hidden);
    unlinkSync(hidden);
  }
}

/**
 * Destroys what stands below `plan.targets`. No link is followed, nothing outside the project and
 * nothing on another mount is touched; what could not be destroyed is listed and never counted.
 * Stopping by `signal` ends with an honest result (`cancelled`). Throws INPUT_INVALID for a plan
 * that is malformed.
 */
export async function eraseTree(
  plan: ErasurePlan,
  onProgress: (done: number, total: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<ErasureResult> {
  const passes = plan.passes ?? 1;
  if (!Number.isInteger(passes) || passes < 1 || passes > 35) {
    throw new AkiosError('INPUT_INVALID', 'The number of passes is between 1 and 35.');
  }
  const survey = plan.survey ?? (await surveyTree(plan, signal));
  const root = openRoot(plan);
  try {
    const eraser = new Eraser(plan, survey, mountOf(root), onProgress, signal);
    const { result } = eraser;
    try {
      for (const target of plan.targets) await eraser.target(root, target);
    } catch (thrown) {
      if (!signal?.aborted) throw thrown;
      result.cancelled = true;
    }
    result.complete = !result.cancelled && result.exceptions.length === 0;
    return result;
  } finally {
    root.close();
  }
}
