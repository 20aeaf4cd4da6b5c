import type { VerifyReport } from '../../../shared/contract/audit.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json } from '../../../shared/domain/json.ts';
import { checkSeen } from '../../store/ledger/check-seen.ts';
import type { ProjectLedger } from '../../store/ledger/managed.ts';
import { importLegacy } from '../../store/ledger/migrate.ts';
import { type OtherTrust, setLogAside } from '../../store/ledger/renew.ts';
import { keepVerifyReport } from '../../store/ledger/stats.ts';
import { hasSystemLog } from '../../store/ledger/system-log.ts';
import type { Deps } from '../deps.ts';
import { defineHandlers } from '../handlers.ts';
import type { OpenProject } from '../projects/projects.ts';
import { actorOf } from '../service.ts';

function firstFinding({ findings }: VerifyReport): string {
  const [first] = findings;
  if (first === undefined) return 'no finding named';
  return first.index === undefined ? first.code : `${first.code} at ${first.index}`;
}

/** Why the log cannot go on, looked at anew. Throws CONFLICT when it can. */
async function faultOf(deps: Deps, ref: string): Promise<AkiosError> {
  const { id, ledger } = await deps.projects.openAsIs(ref);
  if (ledger.broken() !== null) await deps.projects.close(id);
  const project = await deps.projects.openAsIs(ref);
  const fault = project.ledger.broken();
  if (fault !== null) return fault;
  const report = await deps.verify(project, 'full');
  if (report.exitCode === 1) {
    project.ledger.condemn(firstFinding(report));
    return project.ledger.broken()!;
  }
  throw new AkiosError('CONFLICT', 'This log is whole and goes on; there is nothing to renew.', {
    hint: '`akios cage down` ends a session with its log, `akios audit rotate` closes a segment.',
  });
}

/** Where the key of a log may lie that came here from another folder. */
function otherTrust(deps: Deps, id: string): OtherTrust[] {
  const { registry } = deps.projects;
  return registry
    .list()
    .filter((other) => other.id !== id)
    .map((other) => ({
      project: other.path,
      trustDir: registry.ledgerPaths(other, '').trustDir,
    }));
}

/** How long a list, and how long a command waits for an index that is nearly complete. */
const LIST_MS = 2000;
const COMMAND_MS = 10_000;

/** Gives an index that is being made a little time; what needs it says itself when that is not enough. */
async function whenIndexed(ledger: ProjectLedger, ms: number): Promise<ProjectLedger> {
  if (ledger.indexing() === null) return ledger;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([ledger.indexed(), late]);
  } finally {
    clearTimeout(timer);
  }
  return ledger;
}

export function auditHandlers(deps: Deps) {
  const open = (project: string): Promise<OpenProject> => deps.projects.openAsIs(project);
  return defineHandlers({
    'audit.list': async ({ project, q, before, after, limit }) => {
      const { ledger } = await open(project);
      if (q !== undefined && q !== '') await whenIndexed(ledger, LIST_MS);
      return ledger.list({
        limit: limit ?? 50,
        ...(q === undefined ? {} : { q }),
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      });
    },
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
      // Corruption stops writing, also when it was found while the helper runs.
      if (report.exitCode === 1) one.ledger.condemn(firstFinding(report));
      const recorded = one.ledger.broken() === null;
      keepVerifyReport(one.paths, { ...report, recorded });
      // A broken log takes no row of its own verification; the report says so.
      if (!recorded) return { ...report, recorded };
      await one.ledger.append({
        type: 'audit.verify',
        actor: actorOf(caller),
        subject: one.id,
        result: { status: report.ok ? 'ok' : 'tampered', ms: Math.round(report.ms) },
        data: { size: report.size ?? 0, exit: report.exitCode, mode: report.mode },
      });
      return { ...report, recorded };
    },
    'audit.stats': async ({ project }) => (await open(project)).ledger.stats(),
    'audit.rotate': async ({ project }, { caller }) =>
      (await open(project)).ledger.rotate(actorOf(caller)),
    'audit.anchor': async ({ project }, { caller }) => {
      const { ledger, id, config } = await open(project);
      await ledger.append({ type: 'audit.anchor', actor: actorOf(caller), subject: id });
      const files = config.audit_anchor_files;
      return ledger.anchorNow({ files, syslog: config.audit_anchor_syslog && hasSystemLog() });
    },
    'audit.check': async ({ project, note }) => checkSeen((await open(project)).ledger, note),
    'audit.exports': async ({ project }) => ({ items: (await open(project)).ledger.exports() }),
    'audit.migrate': async ({ project, content }, { caller }) => {
      const { ledger, paths } = await open(project);
      await whenIndexed(ledger, COMMAND_MS);
      return importLegacy(ledger, paths, Buffer.from(content, 'base64'), actorOf(caller));
    },
    'audit.renew': async ({ project, reason }, { caller }) => {
      const { id, paths } = await open(project);
      const about = { actor: actorOf(caller), reason };
      const fault = await faultOf(deps, project);
      const aside = await deps.projects.whileClosed(id, async () =>
        setLogAside(paths, fault, about, otherTrust(deps, id)),
      );
      const next = await open(project);
      const { previous, movedFrom, receipt } = aside;
      const told = { reason, found: fault.message, previous, movedFrom, receipt };
      next.ledger.followsOn(about.actor, told);
      return { ...aside, vkey: next.ledger.vkey() };
    },
    'audit.prune': async ({ project, days, dryRun, trustClock, reason }, { caller }) => {
      const { ledger, config } = await open(project);
      await whenIndexed(ledger, COMMAND_MS);
      return ledger.prune({
        days,
        actor: actorOf(caller),
        legalHold: config.audit_legal_hold,
        minimumDays: config.audit_retention_days,
        ...(dryRun === undefined ? {} : { dryRun }),
        ...(trustClock === undefined ? {} : { trustClock }),
        ...(reason === undefined ? {} : { reason }),
      });
    },
    'audit.export': async ({ project, format, q, file }, { caller, signal }) => {
      const { ledger, config } = await open(project);
      if (!config.audit_export_enabled) {
        throw new AkiosError(
          'DENIED',
          'Exports are switched off in the settings of this project.',
          {
            hint: 'Set audit_export_enabled: true in config.yaml.',
          },
        );
      }
      await whenIndexed(ledger, COMMAND_MS);
      return ledger.exportTo({
        format,
        file,
        actor: actorOf(caller),
        signal,
        ...(q === undefined ? {} : { q }),
      });
    },
  });
}
