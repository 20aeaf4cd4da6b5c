import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { type LoadedConfig, loadConfig, parseDotenv } from '../../core/config/config.ts';
import { compilePolicy } from '../../core/policy/compile.ts';
import type { Policy } from '../../core/policy/model.ts';
import { CONFIG_FILE } from '../../store/projects/registry.ts';
import { checkDetection } from './detectors.ts';

/** What the files of a project say at one moment. */
export interface Settings extends LoadedConfig {
  policy: Policy;
  policyDigest: string;
  /** Variables of `.env`; secrets among them never leave the helper. */
  dotenv: Readonly<Record<string, string>>;
  /** Absolute folder of the ledger. */
  logDir: string;
  /** Tells whether the files changed since. */
  stamp: string;
}

const MAX_BYTES = 1_048_576;

/**
 * Reads `config.yaml` and `.env` of a project.
 * @param overlay AKIOS_ variables that a person gave when the cage was raised
 * @throws AkiosError CONFIG_INVALID
 */
export function readSettings(
  dir: string,
  overlay: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): Settings {
  const file = join(dir, CONFIG_FILE);
  const stamp = settingsStamp(dir);
  const dotenv = parseDotenv(readText(join(dir, '.env')) ?? '');
  const source = readText(file);
  if (source === null) {
    throw new AkiosError('PROJECT_NOT_FOUND', `There is no AKIOS project at ${dir}.`);
  }
  const loaded = loadConfig(source, CONFIG_FILE, { ...dotenv, ...akiosOnly(env), ...overlay });
  checkDetection(loaded.config, CONFIG_FILE);
  const policy = compilePolicy(loaded);
  return {
    ...loaded,
    policy,
    policyDigest: createHash('sha256').update(policy.source).digest('hex'),
    dotenv,
    logDir: logDirOf(dir, loaded.config.audit_storage_path),
    stamp,
  };
}

/** Changes whenever one of the files was written, replaced or removed. */
export function settingsStamp(dir: string): string {
  return [CONFIG_FILE, '.env'].map((name) => stampOf(join(dir, name))).join('|');
}

function stampOf(file: string): string {
  try {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
  } catch (error) {
    // Not to be looked at, such as a link to itself: who reads it says so.
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/** The ledger stays inside the project: erasure and the policy's never-rules count on it. */
function logDirOf(dir: string, path: string): string {
  const full = resolve(dir, path);
  if (full.startsWith(`${dir}/`) && full !== dir) return full;
  throw new AkiosError('CONFIG_INVALID', 'audit_storage_path: must lie inside the project', {
    where: CONFIG_FILE,
  });
}

function akiosOnly(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('AKIOS_')));
}

function readText(file: string): string | null {
  let fd: number;
  try {
    // Without waiting: a pipe in the place of the settings must not hold up the helper.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ENXIO' || code === 'ELOOP') throw unusable(file, 'is not a plain file');
    if (code === 'EACCES') throw unusable(file, 'may not be read by the helper');
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      throw unusable(file, stat.isDirectory() ? 'is a folder' : 'is not a plain file');
    }
    if (stat.size > MAX_BYTES) throw unusable(file, 'is larger than 1 MiB');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function unusable(file: string, what: string): AkiosError {
  return new AkiosError('CONFIG_INVALID', `${file} ${what}.`, { where: file });
}
