import type { AuditRow } from '../../shared/contract/audit.ts';
import type { CallOutput } from '../../shared/contract/table.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { connect } from '../client.ts';
import { type Io, printJson, usage } from '../io.ts';
import { options, wholeNumber } from '../options.ts';
import { currentProject } from '../place.ts';
import { bytesText, table } from '../render/table.ts';

const PROJECT = { project: { type: 'string' } } as const;
const NONE = { min: 0, max: 0 };
const MAX_ROWS = 1000;

/** `akios logs`: what happened last, oldest first, as a person reads it. */
export async function logs(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'logs [--limit N] [--run RUN [--step N]] [--json]',
    {
      ...PROJECT,
      limit: { type: 'string', short: 'n' },
      run: { type: 'string' },
      task: { type: 'string', short: 't' },
      step: { type: 'string' },
    },
    NONE,
  );
  const run = values.run ?? values.task;
  if (values.step !== undefined && run === undefined) {
    throw usage('--step needs the run it belongs to.', 'usage: akios logs --run RUN --step N');
  }
  const q = run === undefined ? undefined : `run:${run}`;
  const rows =
    run === undefined || values.step === undefined
      ? await rowsOf(values, values.limit ?? '10', q)
      : await rowsOfStep(values, run, values.step);
  if (io.json) return printJson(io, { logs: rows });
  printRows(io, rows.toReversed());
  return 0;
}

/** Ledger rows of one step, named by its number or its name. */
async function rowsOfStep(
  values: { project?: string | undefined; limit?: string | undefined },
  run: string,
  wanted: string,
): Promise<AuditRow[]> {
  const { steps } = await connect().call('run.get', { run });
  const step = steps.find(({ index, name }) => String(index) === wanted || name === wanted);
  if (step === undefined) {
    throw new AkiosError('NOT_FOUND', `${run} has no step ${JSON.stringify(wanted)}.`, {
      hint: `Steps: ${steps.map(({ index, name }) => `${index} ${name}`).join(', ')}.`,
    });
  }
  const limit = wholeNumber(values.limit ?? String(MAX_ROWS), 'limit', 1, MAX_ROWS);
  const own = new Set(step.records);
  if (own.size === 0) return [];
  const rows = await rowsOf(values, String(MAX_ROWS), `run:${run}`, Math.max(...own) + 1);
  return rows.filter(({ seq }) => own.has(seq)).slice(0, limit);
}

export async function list(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'audit log [--limit N] [--agent NAME] [--filter QUERY] [--json]',
    {
      ...PROJECT,
      limit: { type: 'string', short: 'n' },
      agent: { type: 'string' },
      filter: { type: 'string' },
    },
    NONE,
  );
  const parts = [values.filter, values.agent === undefined ? undefined : `actor:${values.agent}`];
  const q = checkedFilter(parts.filter((part) => part !== undefined && part !== '').join(' '));
  const rows = await rowsOf(values, values.limit ?? '20', q === '' ? undefined : q);
  if (io.json) return printJson(io, { events: rows });
  printRows(io, rows);
  return 0;
}

const MAX_FILTER = 500;

/** A filter as it is, unless it is longer than the helper reads. */
export function checkedFilter(q: string): string {
  if (q.length <= MAX_FILTER) return q;
  throw usage(`The filter has ${q.length} characters; at most ${MAX_FILTER} are read.`);
}

async function rowsOf(
  values: { project?: string | undefined },
  limit: string,
  q: string | undefined,
  before?: number,
): Promise<AuditRow[]> {
  const { items } = await connect().call('audit.list', {
    project: currentProject(values.project),
    limit: wholeNumber(limit, 'limit', 1, MAX_ROWS),
    ...(q === undefined ? {} : { q }),
    ...(before === undefined ? {} : { before }),
  });
  return items;
}

function printRows(io: Io, rows: readonly AuditRow[]): void {
  const cells = rows.map((row) => [
    String(row.seq),
    row.ts,
    row.type,
    row.actor,
    row.run ?? '-',
    row.step ?? '-',
    [row.pruned ? '(body removed)' : null, row.decision, row.status, row.subject]
      .filter((word) => word !== null && word !== '')
      .join(' '),
  ]);
  for (const line of table(cells)) io.out(line);
  if (rows.length === 0) io.out('No records.');
}

export async function stats(argv: string[], io: Io): Promise<number> {
  const { values } = options(argv, 'audit stats [--json]', PROJECT, NONE);
  const found = await connect().call('audit.stats', { project: currentProject(values.project) });
  if (io.json) return printJson(io, { ...found, ...seedFields(found) });
  for (const line of table(statRows(found))) io.out(line);
  return 0;
}

/** The names that scripts written for the older command line read. */
function seedFields(found: CallOutput<'audit.stats'>): object {
  const current = found.current ?? { events: found.events, bytes: found.bytes };
  const archive = found.archive ?? { segments: 0, events: 0, bytes: 0 };
  return {
    current_ledger: {
      events: current.events,
      size: current.bytes,
      size_human: bytesText(current.bytes),
      file: found.file,
    },
    total_events: found.events,
    rotation_threshold: found.rotationEvents ?? null,
    merkle_root: found.root,
    archive: {
      ...archive,
      total_events: archive.events,
      total_size: archive.bytes,
      total_size_human: bytesText(archive.bytes),
    },
  };
}

function statRows(found: CallOutput<'audit.stats'>): string[][] {
  const { lastVerify, anchor, archive, rotationEvents } = found;
  return [
    ['Events', String(found.events)],
    ['Merkle root', found.root],
    ['Size', bytesText(found.bytes)],
    ['First', found.firstAt ?? '-'],
    ['Last', found.lastAt ?? '-'],
    ...(archive === undefined
      ? []
      : [
          [
            'Archive',
            `${archive.events} events in ${archive.segments} closed ${archive.segments === 1 ? 'segment' : 'segments'}`,
          ],
        ]),
    ...(rotationEvents === undefined ? [] : [['Segment closed at', `${rotationEvents} events`]]),
    [
      'Last verify',
      lastVerify === null
        ? 'never'
        : `${lastVerify.ok ? 'ok' : 'TAMPERED'} at ${lastVerify.at}, ${lastVerify.mode}`,
    ],
    [
      'Last outside anchor',
      anchor === null
        ? 'none'
        : `${ageText(anchor.at)} ago (size ${anchor.size} of ${found.events}) ${anchor.where}`,
    ],
    ...(found.anchors ?? []).map((one) => [
      `Anchor ${one.kind}`,
      `${one.at === null ? 'never written' : `${ageText(one.at)} ago (size ${one.size})`} ${one.where}${one.error === null ? '' : `: FAILED, ${one.error}`}`,
    ]),
    ...(found.clock == null ? [] : [['Clock', found.clock]]),
    ...(found.index == null
      ? []
      : [
          [
            'Search index',
            `being built: ${found.index.indexed} of ${found.index.of} records; filters wait for it`,
          ],
        ]),
    ['File', found.file],
  ];
}

function ageText(at: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} d`;
}

export async function rotate(argv: string[], io: Io): Promise<number> {
  const { values } = options(argv, 'audit rotate [--json]', PROJECT, NONE);
  const done = await connect().call('audit.rotate', { project: currentProject(values.project) });
  if (io.json) return printJson(io, done);
  io.out(
    done.rotated
      ? `Archived ${done.archived_events} events (root ${done.archived_merkle_root}) in ${done.archive_dir}`
      : 'There was nothing to archive.',
  );
  return 0;
}

export async function prove(argv: string[], io: Io): Promise<number> {
  const { values, positionals } = options(
    argv,
    'audit prove SEQ [--size N] [--json]',
    { ...PROJECT, size: { type: 'string' } },
    { min: 1, max: 1 },
  );
  const proof = await connect().call('audit.proof', {
    project: currentProject(values.project),
    seq: wholeNumber(positionals[0] ?? '', 'SEQ', 0, Number.MAX_SAFE_INTEGER),
    ...(values.size === undefined
      ? {}
      : { size: wholeNumber(values.size, 'size', 1, Number.MAX_SAFE_INTEGER) }),
  });
  if (io.json) return printJson(io, proof);
  io.out(`Record ${proof.seq} is in the tree of ${proof.size} records.`);
  io.out(`leaf ${proof.leaf}`);
  for (const hash of proof.hashes) io.out(`     ${hash}`);
  io.out(`root ${proof.root}`);
  if (proof.note !== null) io.out(proof.note.trimEnd());
  return 0;
}

function pruneText(done: CallOutput<'audit.prune'>, days: string): string {
  const { bodies, from, to, dryRun } = done;
  if (bodies === 0) return `No body is older than ${days} days: there is nothing to remove.`;
  const what = bodies === 1 ? '1 body' : `${bodies} bodies`;
  const where = to - from === 1 ? `record ${from}` : `of records ${from} to ${to - 1}`;
  return `${dryRun ? 'Would remove' : 'Removed'} ${what} (${where}); hashes and proofs stay.`;
}

export async function prune(argv: string[], io: Io): Promise<number> {
  const { values } = options(
    argv,
    'audit prune --days N [--dry-run] [--reason TEXT] [--trust-clock] [--json]',
    {
      ...PROJECT,
      days: { type: 'string' },
      'dry-run': { type: 'boolean' },
      reason: { type: 'string' },
      'trust-clock': { type: 'boolean' },
    },
    NONE,
  );
  if (values.days === undefined) throw usage('--days is needed.');
  const done = await connect().call('audit.prune', {
    project: currentProject(values.project),
    days: wholeNumber(values.days, 'days', 0, 36_500),
    ...(values['dry-run'] === true ? { dryRun: true } : {}),
    ...(values['trust-clock'] === true ? { trustClock: true } : {}),
    ...(values.reason === undefined ? {} : { reason: values.reason }),
  });
  if (io.json) return printJson(io, done);
  io.out(pruneText(done, values.days));
  return 0;
}
