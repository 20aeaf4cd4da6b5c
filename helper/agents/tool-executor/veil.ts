import type { Stats } from 'node:fs';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { DirHandle, errnoOf } from '../../../shared/node/open-at.ts';
import type { CageMount } from '../../cage/port.ts';
import { neverRules } from '../../core/policy/builtin.ts';

const MAX_VEILED = 100;
const MAX_ENTRIES = 50_000;
const MAX_DEPTH = 64;

/** True for files no rule of a project can open for a workflow (keys, .env and the like). */
function neverOpened(target: string): boolean {
  const request = {
    principal: '',
    project: '',
    run: '',
    step: '',
    agent: 'tool_executor',
    gate: 'fs' as const,
    action: 'read',
    target,
    reversibility: 'full' as const,
  };
  return neverRules().some((rule) => rule.gate === 'fs' && rule.matches(request));
}

/**
 * Mounts an empty file over every key or secret file below the readable folders, so that a program
 * sees its name but not its content: the gate judges the program, not each file it opens.
 * Throws TOO_LARGE where that cannot be done for all of them.
 */
export function veilSecrets(
  mounts: readonly CageMount[],
  rootInside: string,
  empty: string,
): CageMount[] {
  const veiled: CageMount[] = [];
  let seen = 0;
  const walk = (folder: DirHandle, inside: string, depth: number): void => {
    for (const name of folder.names()) {
      seen += 1;
      if (seen > MAX_ENTRIES || depth > MAX_DEPTH || veiled.length > MAX_VEILED) {
        throw new AkiosError(
          'TOO_LARGE',
          'The readable folders hold too many files for a program.',
          {
            hint: 'Move key files out of data/input, or split the folder.',
          },
        );
      }
      const path = `${inside}/${name}`;
      const stats = statOf(folder, name);
      if (stats?.isDirectory()) {
        const child = folder.child(name);
        try {
          walk(child, path, depth + 1);
        } finally {
          child.close();
        }
      } else if (stats?.isFile() && neverOpened(path.slice(rootInside.length + 1))) {
        veiled.push({ host: empty, inside: path, mode: 'ro' });
      }
    }
  };
  for (const mount of mounts) {
    if (mount.mode !== 'ro') continue;
    const folder = DirHandle.open(mount.host);
    try {
      walk(folder, mount.inside, 0);
    } finally {
      folder.close();
    }
  }
  return veiled;
}

function statOf(folder: DirHandle, name: string): Stats | null {
  try {
    return folder.lstat(name);
  } catch (thrown) {
    // Gone meanwhile, or a name that is not UTF-8 and so matches no rule.
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}
