import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AkiosError } from '../shared/domain/errors.ts';
import { HELPER_FLAGS, type HelperPlace } from '../shared/node/helper-start.ts';
import { socketHere } from '../shared/node/system-service.ts';

/** Which helper this user's commands speak to, and how their own is started. */
export function helperPlace(): HelperPlace {
  const built = join(import.meta.dirname, '..', 'helper', 'daemon.mjs');
  if (existsSync(built)) {
    const file = join(import.meta.dirname, '..', 'build.json');
    const { digest } = JSON.parse(readFileSync(file, 'utf8')) as { digest: string };
    return { ...socketHere(), build: digest, command: [process.execPath, ...HELPER_FLAGS, built] };
  }
  const source = join(import.meta.dirname, '..', 'helper', 'daemon.ts');
  return { ...socketHere(), build: 'source', command: [process.execPath, ...HELPER_FLAGS, source] };
}

/** The project a folder lies in, or null. A stray `config.yaml` alone does not make one. */
export function projectAbove(from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const isProject =
      isFile(join(folder, 'config.yaml')) &&
      ['workflows', 'data', 'audit'].some((name) => isFolder(join(folder, name)));
    if (isProject) return folder;
    if (dirname(folder) === folder) return null;
  }
}

/** @throws AkiosError PROJECT_NOT_FOUND */
export function currentProject(wanted?: string): string {
  const found = wanted ?? projectAbove(here());
  if (found !== null) return found;
  throw new AkiosError('PROJECT_NOT_FOUND', 'This folder is not in an AKIOS project.', {
    hint: '`akios init` makes one here; `--project DIR` names one elsewhere.',
  });
}

/** The project whose settings decide what counts as personal data; none outside of any. */
export function settingsOf(wanted?: string): { project?: string } {
  const project = wanted ?? projectAbove(here());
  return project === null ? {} : { project };
}

function here(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new AkiosError('PROJECT_NOT_FOUND', 'The current folder does not exist any more.', {
      hint: 'Change to another folder; `--project DIR` names a project elsewhere.',
      cause,
    });
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
