import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { loadConfig } from '../../core/config/config.ts';
import { CONFIG_KEYS } from '../../core/config/fields.ts';
import type { Actor } from '../../store/ledger/port.ts';
import { CONFIG_FILE } from '../../store/projects/registry.ts';
import type { OpenProject } from './projects.ts';

/**
 * Changes keys of `config.yaml` and keeps its comments. The new text is checked as a whole before
 * anything is written, and swapped in at once.
 * @throws AkiosError CONFIG_INVALID
 */
export async function configureProject(
  project: OpenProject,
  set: Readonly<Record<string, unknown>>,
  actor: Actor,
): Promise<void> {
  const file = join(project.dir, CONFIG_FILE);
  const keys = Object.keys(set);
  const unknown = keys.find((key) => !(CONFIG_KEYS as readonly string[]).includes(key));
  if (unknown !== undefined) {
    throw new AkiosError('CONFIG_INVALID', `${unknown} is no setting.`, { where: unknown });
  }
  const document = parseDocument(readFileSync(file, 'utf8'));
  for (const [key, value] of Object.entries(set)) {
    if (value === null) document.delete(key);
    else document.set(key, value);
  }
  const text = document.toString();
  loadConfig(text, CONFIG_FILE, {});
  const { seq } = await project.ledger.append({
    type: 'project.configure',
    actor,
    subject: project.id,
    expects: 'outcome',
    argsHmac: project.ledger.argsDigest(set),
    data: { keys: keys.join(' ').slice(0, 2000), policyBefore: project.policyDigest },
  });
  replace(file, text);
  project.refresh(true);
  await project.ledger.append({
    type: 'project.configured',
    actor,
    subject: project.id,
    intent: seq,
    result: { status: 'done' },
    data: { policyAfter: project.policyDigest },
  });
}

function replace(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`;
  const fd = openSync(part, 'wx', 0o640);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(part, file);
}
