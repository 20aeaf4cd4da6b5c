import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What people work on; the ledger and the outputs stay the helper's, for the group to read. */
const OPEN = ['config.yaml', '.env', 'workflows', 'templates', 'agents', 'data/input'];

/**
 * Opens the working parts of a new project to the group of the system service. Folders keep the
 * group of what is made in them (set-group-id), so that the helper can read it.
 */
export function shareProject(dir: string): void {
  for (const name of OPEN) open(join(dir, name));
}

function open(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  // What somebody else owns, or a link, is not ours to change.
  if (stat === undefined || stat.uid !== process.geteuid?.()) return;
  if (stat.isFile()) chmodSync(path, 0o660);
  if (!stat.isDirectory()) return;
  chmodSync(path, 0o2770);
  for (const name of readdirSync(path)) open(join(path, name));
}
