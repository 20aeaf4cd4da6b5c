import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Workflow files of a project, relative to it: `workflow.yml` in its root and `workflows/*`. */
export function workflowFiles(dir: string): string[] {
  const folder = join(dir, 'workflows');
  const inFolder = existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true })
        .filter((item) => item.isFile() && /\.ya?ml$/.test(item.name))
        .map((item) => `workflows/${item.name}`)
    : [];
  const inRoot = ['workflow.yml', 'workflow.yaml'].filter((name) => existsSync(join(dir, name)));
  return [...inRoot, ...inFolder.sort()];
}
