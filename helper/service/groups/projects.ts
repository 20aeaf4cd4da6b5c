import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectView } from '../../../shared/contract/system.ts';
import { writeSkeleton } from '../../store/projects/skeleton.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';
import { configureProject } from '../projects/configure.ts';
import type { OpenProject } from '../projects/projects.ts';
import { shareProject } from '../projects/share.ts';
import { actorOf } from '../service.ts';

const MAX_FILES = 5000;

export function projectView(deps: Deps, project: OpenProject): ProjectView {
  return {
    id: project.id,
    name: project.name,
    path: project.dir,
    environment: project.config.environment,
    cage: deps.cages.of(project).status().state,
  };
}

export function projectHandlers(deps: Deps) {
  return defineHandlers({
    'project.init': async ({ path, name, force }, { caller }) => {
      const made = writeSkeleton({ path, name, force, assets: deps.assets });
      if (deps.about.shared) shareProject(made.path);
      deps.projects.registry.add(made.path, made.name);
      const project = await deps.projects.open(made.path);
      project.refresh(true);
      await project.ledger.append({
        type: 'project.init',
        actor: actorOf(caller),
        subject: project.id,
        data: { files: made.created.length, forced: force === true ? 'yes' : 'no' },
      });
      return { ...projectView(deps, project), created: made.created };
    },
    'project.list': async () => {
      const open = new Map((await deps.projects.opened()).map((p) => [p.id, p]));
      return {
        items: deps.projects.registry.list().map((entry) => {
          const project = open.get(entry.id);
          return project === undefined
            ? { ...entry, environment: 'unknown', cage: 'down' as const }
            : projectView(deps, project);
        }),
      };
    },
    'project.open': async ({ project }) => projectView(deps, await deps.projects.openAsIs(project)),
    'project.configure': async ({ project, set }, { caller }) => {
      const open = await deps.projects.open(project);
      await configureProject(open, set, actorOf(caller));
      return projectView(deps, open);
    },
    'files.list': async ({ project, area }) => {
      const { dir } = await deps.projects.open(project);
      const areas = area === undefined || area === 'all' ? ['input', 'output'] : [area];
      return listFiles(
        dir,
        areas.map((name) => `data/${name}`),
      );
    },
    'documents.list': async ({ project }) => {
      const { dir } = await deps.projects.open(project);
      const { items } = listFiles(dir, ['data/input']);
      return {
        items: items
          .filter((item) => item.kind === 'file')
          .map(({ path, bytes, modifiedAt }) => ({ path, bytes, modifiedAt, kind: kindOf(path) })),
      };
    },
  });
}

function kindOf(path: string): string {
  return /\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1]?.toLowerCase() ?? 'other';
}

type Listed = {
  path: string;
  kind: 'file' | 'directory' | 'link' | 'other';
  bytes: number;
  modifiedAt: string;
};

/** Names, sizes and times only; links are named, never followed. */
function listFiles(
  root: string,
  folders: readonly string[],
): { items: Listed[]; truncated: boolean } {
  const items: Listed[] = [];
  const pending = [...folders];
  for (let folder = pending.shift(); folder !== undefined; folder = pending.shift()) {
    if (!lstatSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory()) continue;
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = `${folder}/${name}`;
      const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
      if (stat === undefined) continue;
      if (items.length >= MAX_FILES) return { items, truncated: true };
      const kind = stat.isFile()
        ? 'file'
        : stat.isDirectory()
          ? 'directory'
          : stat.isSymbolicLink()
            ? 'link'
            : 'other';
      items.push({ path, kind, bytes: stat.size, modifiedAt: stat.mtime.toISOString() });
      if (kind === 'directory') pending.push(path);
    }
  }
  return { items, truncated: false };
}
