import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { ErasureReport } from '../../../shared/contract/cage.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { type ErasureSurvey, eraseTree, surveyTree } from '../../store/erasure/erase.ts';
import type { ErasurePlan, ErasureResult } from '../../store/erasure/plan.ts';
import type { Actor } from '../../store/ledger/port.ts';
import { retireLog } from '../../store/ledger/receipts.ts';
import type { Deps } from '../deps.ts';
import type { OpenProject } from '../projects/projects.ts';
import type { LowerInput } from './lower.ts';

type Progress = (done: number, total: number) => void;

interface Scope {
  plan: ErasurePlan;
  survey: ErasureSurvey;
  keepLedger: string | null;
  kept: string[];
  flags: string;
}

/** File facts a receipt holds; more are counted, and named by one digest of all. */
const MAX_FACTS = 2_000;

/**
 * Destroys the session data. Order: survey, ledger row, signed receipt outside the project, then the
 * first byte; a second receipt states what really happened.
 */
export async function eraseSession(
  deps: Deps,
  project: OpenProject,
  input: LowerInput,
  actor: Actor,
  progress: Progress,
): Promise<ErasureReport> {
  const scope = await scopeOf(project, input);
  await project.ledger.append({
    type: 'cage.down',
    actor,
    subject: project.id,
    data: {
      flags: scope.flags,
      files: scope.survey.files.length,
      bytes: scope.survey.totalBytes,
      ledger: scope.keepLedger ?? 'destroyed',
    },
  });
  const checkpoint = project.ledger.checkpoint();
  if (checkpoint === null) {
    throw new AkiosError('LEDGER_UNAVAILABLE', 'There is no checkpoint to put on the receipt.');
  }
  const head = { size: checkpoint.size, root: checkpoint.root };
  const receipt = project.ledger.signReceipt(announcement(project, scope, actor, checkpoint.note));
  const result = await destroy(deps, project, scope, progress);
  const kept = scope.keepLedger !== null;
  project.ledger.signReceipt(outcome(project, result, receipt.file), { named: kept });
  if (!kept) retireLog(project.paths);
  deps.forgetRuns(project.id);
  return {
    project: project.dir,
    posture: 'DOWN',
    erasedFiles: result.erasedFiles,
    erasedBytes: result.erasedBytes,
    kept: scope.kept,
    exceptions: result.exceptions,
    method: result.method,
    caveat: result.caveat,
    receipt: receipt.file,
    finalSize: head.size,
    finalRoot: head.root,
    stoppedRuns: [],
  };
}

/** Which setting keeps the ledger when the cage is lowered; null: lowering destroys it. */
export function ledgerKept(config: OpenProject['config']): string | null {
  if (config.audit_legal_hold) return 'legal hold';
  if (config.audit_retention_days > 0) return `retention of ${config.audit_retention_days} days`;
  return config.audit_on_cage_down === 'keep' ? 'audit_on_cage_down' : null;
}

async function scopeOf(project: OpenProject, input: LowerInput): Promise<Scope> {
  const { config, dir, settings } = project;
  const why = ledgerKept(config);
  const keepLedger = why === null ? null : `kept: ${why}`;
  const audit = relative(dir, settings.logDir);
  const targets = ['data/output'];
  const kept: string[] = [];
  if (keepLedger === null) targets.unshift(audit);
  else kept.push(`${audit} (${keepLedger})`);
  if (input.wipeAll === true) targets.push('data/input');
  else kept.push('data/input');
  const plan: ErasurePlan = {
    root: dir,
    targets: targets.filter((target) => existsSync(`${dir}/${target}`)),
    mode: input.fast === true ? 'fast' : 'overwrite',
    passes: input.passes ?? 1,
  };
  const flags = [
    input.wipeAll === true ? 'wipe-all' : '',
    input.fast === true ? 'fast' : `passes ${input.passes ?? 1}`,
  ].filter((flag) => flag !== '');
  return { plan, survey: await surveyTree(plan), keepLedger, kept, flags: flags.join(' ') };
}

/** The ledger is closed first when it is among the targets; nobody can open it meanwhile. */
function destroy(
  deps: Deps,
  project: OpenProject,
  { plan, survey, keepLedger }: Scope,
  progress: Progress,
): Promise<ErasureResult> {
  const erase = (): Promise<ErasureResult> => eraseTree({ ...plan, survey }, progress);
  return keepLedger === null ? deps.projects.whileClosed(project.id, erase) : erase();
}

function announcement(
  project: OpenProject,
  { survey, plan, flags, keepLedger }: Scope,
  actor: Actor,
  checkpoint: string,
): JsonObject {
  return {
    kind: 'erasure',
    project: project.id,
    path: project.dir,
    actor: `${actor.type}:${actor.id}`,
    at: new Date().toISOString(),
    flags,
    mode: plan.mode,
    targets: plan.targets.join(' '),
    ledger: keepLedger ?? 'destroyed',
    files: survey.files.length,
    bytes: survey.totalBytes,
    checkpoint,
    listed: survey.files.slice(0, MAX_FACTS).map(({ path, bytes, sha256 }) => ({
      path,
      bytes,
      sha256: sha256 ?? 'unread',
    })),
  };
}

function outcome(project: OpenProject, result: ErasureResult, receipt: string): JsonObject {
  return {
    kind: 'erasure-outcome',
    project: project.id,
    of: receipt,
    at: new Date().toISOString(),
    files: result.erasedFiles,
    bytes: result.erasedBytes,
    complete: result.complete ? 'yes' : 'no',
    exceptions: result.exceptions.slice(0, MAX_FACTS).map(({ path, why }) => ({ path, why })),
  };
}
