import type { ErasureReport } from '../../../shared/contract/cage.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Actor } from '../../store/ledger/port.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';
import { eraseSession } from './erase-session.ts';

export interface LowerInput {
  wipeAll?: boolean | undefined;
  passes?: number | undefined;
  fast?: boolean | undefined;
  keepData?: boolean | undefined;
  stopRuns?: boolean | undefined;
  confirm?: string | undefined;
}

/**
 * Lowers the cage. Nothing is erased while a process of the cage lives, and the signed receipt is on
 * disk, outside the project, before the first byte is overwritten.
 * @throws AkiosError INPUT_INVALID, DENIED, LEGAL_HOLD, RUNS_LIVE
 */
export async function lowerCage(
  deps: Deps,
  project: OpenProject,
  input: LowerInput,
  actor: Actor,
): Promise<ErasureReport> {
  check(project, input);
  const cage = deps.cages.of(project);
  const stoppedRuns = await stopRuns(deps, project, input, actor);
  cage.beginDown();
  try {
    const report =
      input.keepData === true
        ? await keepData(project, actor)
        : await eraseSession(deps, project, input, actor, (done, total) =>
            cage.progress(done, total),
          );
    cage.endDown(input.keepData === true);
    return { ...report, stoppedRuns };
  } catch (error) {
    cage.failDown(error instanceof AkiosError ? error.message : 'Lowering did not finish.');
    throw error;
  }
}

function check(project: OpenProject, input: LowerInput): void {
  const { config, name } = project;
  if (input.keepData === true && (input.wipeAll === true || input.fast === true || input.passes)) {
    throw new AkiosError(
      'INPUT_INVALID',
      '--keep-data keeps everything; it goes with no erasing option.',
    );
  }
  if (input.fast === true && input.passes !== undefined) {
    throw new AkiosError('INPUT_INVALID', '--fast does not overwrite; it goes without --passes.');
  }
  if (input.keepData === true && config.environment === 'production') {
    throw new AkiosError('DENIED', 'A production project is not relaxed (--keep-data).');
  }
  if (input.wipeAll !== true) return;
  if (config.audit_legal_hold) {
    throw new AkiosError('LEGAL_HOLD', 'The project is under legal hold; nothing may be wiped.', {
      hint: 'Lift audit_legal_hold in config.yaml first.',
    });
  }
  if (input.confirm !== name) {
    throw new AkiosError('INPUT_INVALID', `Wiping everything needs the project name: ${name}.`, {
      where: 'confirm',
      hint: 'Type the name when asked, or give --yes.',
    });
  }
}

async function stopRuns(
  deps: Deps,
  project: OpenProject,
  input: LowerInput,
  actor: Actor,
): Promise<string[]> {
  const live = deps.engine.live(project.id);
  const programs = deps.agents.liveIn(project.dir);
  if (live.length + programs.length === 0) return [];
  const ids = [...live.map((run) => run.id), ...programs];
  if (input.stopRuns !== true) {
    throw new AkiosError('RUNS_LIVE', `${ids.length} are live: ${ids.join(', ')}.`, {
      hint: 'Wait for them, or give --stop-runs.',
      details: { runs: ids.join(' ') },
    });
  }
  await deps.engine.stopAll(actor, { project: project.id, reason: 'cage down --stop-runs' });
  await deps.agents.stopAll(project.dir);
  return ids;
}

async function keepData(project: OpenProject, actor: Actor): Promise<ErasureReport> {
  await project.ledger.append({
    type: 'cage.down',
    actor,
    subject: project.id,
    result: { status: 'relaxed' },
    data: { flags: 'keep-data', environment: project.config.environment },
  });
  const checkpoint = project.ledger.checkpoint();
  return {
    project: project.dir,
    posture: 'RELAXED (DEV)',
    erasedFiles: 0,
    erasedBytes: 0,
    kept: ['audit', 'data/input', 'data/output'],
    exceptions: [],
    method: 'nothing was erased',
    caveat:
      'Protections are relaxed for development; the network stays denied and no run starts until the cage is raised.',
    receipt: null,
    finalSize: checkpoint?.size ?? project.ledger.size(),
    finalRoot: checkpoint?.root ?? '',
    stoppedRuns: [],
  };
}
