import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { eraseTree } from './erase-tree.ts';
import { errnoOf } from './open-at.ts';

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (thrown) {
    return errnoOf(thrown) === 'ESRCH';
  }
}

/** Removes what helpers that were killed left behind: our own folders of processes that are gone. */
export function sweepScratch(parent: string, kind: string): void {
  const name = new RegExp(`^${kind}-(\\d{1,10})-[A-Za-z0-9]{6}$`);
  for (const entry of readdirSync(parent)) {
    const pid = name.exec(entry)?.[1];
    if (pid === undefined || !isGone(Number(pid))) continue;
    const path = join(parent, entry);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    // In a shared folder anybody can choose such a name; only what is ours is removed.
    if (stats?.isDirectory() && stats.uid === process.getuid?.()) {
      eraseTree(path);
    }
  }
}

/** A new private folder (0700) that carries the process id in its name. Returns its real path. */
export function makeScratch(parent: string, kind: string): string {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const path = mkdtempSync(join(realpathSync(parent), `${kind}-${process.pid}-`));
  chmodSync(path, 0o700);
  return path;
}
