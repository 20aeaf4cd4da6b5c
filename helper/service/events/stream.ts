import type { Deps } from '../deps.ts';
import type { StreamHandle } from './hub.ts';

const RUNS_IN_SNAPSHOT = 50;

/** Opens the event stream of one project: what was missed, or a snapshot, then every change. */
export async function openStream(
  deps: Deps,
  input: { project: string; lastEventId?: string | undefined },
  listener: (id: string, kind: string, data: string) => void,
): Promise<StreamHandle> {
  const project = await deps.projects.openAsIs(input.project);
  return deps.hub.open(
    project.id,
    input.lastEventId,
    async () => {
      const [{ items }, budget] = await Promise.all([
        deps.engine.list(project.id, { limit: RUNS_IN_SNAPSHOT }),
        deps.engine.budget(project.id),
      ]);
      return {
        cage: deps.cages.of(project).status(),
        runs: items,
        budget,
        ledger: project.ledger.checkpoint(),
      };
    },
    listener,
  );
}
