import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Ablation } from '../../../shared/domain/states.ts';
import type { EventDraft } from '../../store/ledger/port.ts';
import { lowerCage } from '../cage/lower.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';
import { type OpenProject, refuseBroken } from '../projects/projects.ts';
import { actorOf } from '../service.ts';

/** Everything is stopped already; a row that fails must not read as if nothing had happened. */
async function recordPanic(project: OpenProject, draft: EventDraft): Promise<void> {
  try {
    await project.ledger.append(draft);
  } catch (error) {
    if (!(error instanceof AkiosError)) throw error;
    throw new AkiosError(
      error.code,
      `Everything was stopped, but the ledger of ${project.name} took no row of it: ${error.message}`,
      { hint: 'Free space or repair the disk; `akios cage status` shows the state.', cause: error },
    );
  }
}

export function cageHandlers(deps: Deps) {
  return defineHandlers({
    'cage.up': async ({ project, noPii, noAudit, noBudget, env }, { caller }) => {
      const open = await deps.projects.open(project);
      const flags: Ablation[] = [];
      if (noPii === true) flags.push('no-pii');
      if (noAudit === true) flags.push('no-audit');
      if (noBudget === true) flags.push('no-budget');
      if (flags.length > 0 && deps.engine.live(open.id).length > 0) {
        throw new AkiosError('RUNS_LIVE', 'Protections are not dropped under live runs.', {
          hint: 'Wait for the runs, or stop them: akios panic.',
        });
      }
      return deps.cages.of(open).up({ flags, overlay: env ?? {}, actor: actorOf(caller) });
    },
    'cage.down': async (input, { caller }) => {
      const open = await deps.projects.openAsIs(input.project);
      // A broken log is evidence: nothing of the project is erased over it.
      refuseBroken(open);
      return lowerCage(deps, open, input, actorOf(caller));
    },
    'cage.status': async ({ project }) =>
      deps.cages.of(await deps.projects.openAsIs(project)).status(),
    'cage.probe': async ({ project }, { caller }) =>
      deps.cages.of(await deps.projects.open(project)).probe(actorOf(caller)),
    panic: async ({ project, reason }, { caller }) => {
      const open = project === undefined ? undefined : await deps.projects.openAsIs(project);
      const actor = actorOf(caller);
      const started = performance.now();
      const [{ stopped }, agents] = await Promise.all([
        deps.engine.stopAll(actor, {
          ...(open === undefined ? {} : { project: open.id }),
          ...(reason === undefined ? {} : { reason }),
        }),
        deps.agents.stopAll(open?.dir),
      ]);
      const ms = performance.now() - started;
      const projects = open === undefined ? await deps.projects.opened() : [open];
      for (const one of projects) {
        // Stopping must not fail on a log that takes no rows: its state says so already.
        if (one.ledger.broken() !== null) continue;
        await recordPanic(one, {
          type: 'panic',
          actor,
          subject: one.id,
          result: { status: 'done', ms: Math.round(ms) },
          data: { runs: stopped.length, programs: agents.length },
        });
      }
      return { stopped: [...stopped, ...agents], ms };
    },
  });
}
