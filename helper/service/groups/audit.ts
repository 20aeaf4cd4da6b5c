import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifyReport } from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json } from '../../../shared/domain/json.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';
import type { OpenProject } from '../projects/projects.ts';
import { actorOf } from '../service.ts';

export function auditHandlers(deps: Deps) {
  const open = (project: string): Promise<OpenProject> => deps.projects.open(project);
  return defineHandlers({
    'audit.list': async ({ project, q, before, after, limit }) =>
      (await open(project)).ledger.list({
        limit: limit ?? 50,
        ...(q === undefined ? {} : { q }),
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      }),
    'audit.record': async ({ project, seq }) => (await open(project)).ledger.record(seq),
    'audit.records': async ({ project, from, count }) => ({
      items: (await open(project)).ledger.records(from, count),
    }),
    'audit.proof': async ({ project, seq, size }) =>
      (await open(project)).ledger.inclusion(seq, size),
    'audit.consistency': async ({ project, first, second }) =>
      (await open(project)).ledger.consistency(first, second),
    'audit.checkpoint': async ({ project, size }) => {
      const { ledger } = await open(project);
      return { checkpoint: ledger.checkpoint(size), vkey: ledger.vkey() };
    },
    'audit.body': async ({ project, seq }) => {
      const { body } = (await open(project)).ledger.record(seq);
      if (body === null) {
        throw new AkiosError('RECORD_NOT_FOUND', `The body of record ${seq} was pruned.`, {
          hint: 'Its hash and its proof are still there: akios audit prove.',
        });
      }
      return { seq, body: JSON.parse(body) as Json };
    },
    'audit.verify': async ({ project, mode }, { caller }) => {
      const one = await open(project);
      const report = await deps.verify(one, mode ?? 'full');
      deps.verified.set(one.id, report);
      await one.ledger.append({
        type: 'audit.verify',
        actor: actorOf(caller),
        subject: one.id,
        result: { status: report.ok ? 'ok' : 'tampered', ms: Math.round(report.ms) },
        data: { size: report.size ?? 0, exit: report.exitCode, mode: report.mode },
      });
      return report;
    },
    'audit.stats': async ({ project }) => stats(await open(project), deps.verified),
  });
}

function stats(project: OpenProject, verified: ReadonlyMap<string, VerifyReport>) {
  const { ledger, paths } = project;
  const checkpoint = ledger.checkpoint();
  const anchor = join(paths.trustDir, 'anchor.note');
  const anchorStat = statSync(anchor, { throwIfNoEntry: false });
  const size = ledger.size();
  const at = (seq: number): string | null => (size === 0 ? null : ledger.record(seq).ts);
  return {
    events: size,
    root: checkpoint?.root ?? '',
    bytes: folderBytes(paths.logDir),
    file: join(paths.logDir, 'audit.db'),
    checkpoints: 0,
    firstAt: at(0),
    lastAt: at(size - 1),
    lastVerify: verified.get(project.id) ?? null,
    anchor:
      anchorStat === undefined
        ? null
        : { size: checkpoint?.size ?? 0, at: anchorStat.mtime.toISOString(), where: anchor },
    pruned: 0,
    segments: 1,
    receipts: countFiles(join(paths.trustDir, 'receipts')),
  };
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter((item) => item.isFile())
    .reduce((sum, item) => sum + statSync(join(folder, item.name)).size, 0);
}

function countFiles(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}
