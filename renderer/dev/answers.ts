import type { CageStatus } from '../../shared/contract/cage.ts';
import type { RunDetail, RunSummary } from '../../shared/contract/runs.ts';
import type { CallName } from '../../shared/contract/table.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import { cage } from './fixture-cage.ts';
import type { FixtureLedger } from './fixture-ledger.ts';
import { budget, detail, run } from './fixture-runs.ts';
import { documents, preview, prompts, readiness } from './fixture-text.ts';

export interface World {
  ledger: FixtureLedger;
  cage: CageStatus;
  runs: RunSummary[];
  details: Map<string, RunDetail>;
  role: string;
}

type Input = Record<string, unknown>;
type Send = (event: Record<string, unknown>) => void;

function list(world: World, input: Input): unknown {
  const { ledger } = world;
  const limit = Number(input['limit'] ?? 200);
  const q = String(input['q'] ?? '');
  const type = /type:(\S+)/.exec(q)?.[1];
  const fits = (seq: number) => type === undefined || ledger.row(seq).type === type;
  const items = [];
  let total = 0;
  if (input['after'] !== undefined) {
    for (let s = Number(input['after']) + 1; s < ledger.size && items.length < limit; s++) {
      if (fits(s)) items.push(ledger.row(s));
    }
  } else {
    const from = Math.min(Number(input['before'] ?? ledger.size), ledger.size);
    for (let s = from - 1; s >= 0 && items.length < limit; s--)
      if (fits(s)) items.push(ledger.row(s));
  }
  if (type === undefined) total = ledger.size;
  else for (let s = 0; s < ledger.size; s++) if (fits(s)) total += 1;
  return { items, total, size: ledger.size };
}

function change(world: World, send: Send, state: CageStatus['state']): CageStatus {
  world.cage = cage(state);
  send({ kind: 'cage', cage: world.cage });
  return world.cage;
}

function start(world: World, send: Send): RunSummary {
  const made = {
    ...run(0, 'running'),
    id: `r-${Date.now().toString(16).slice(-8)}`,
    startedAt: new Date().toISOString(),
  };
  world.runs.unshift(made);
  world.details.set(made.id, detail(made));
  send({ kind: 'run', run: made });
  return made;
}

function end(world: World, send: Send, id: unknown): RunSummary {
  const found = world.runs.find((r) => r.id === id);
  if (found === undefined) throw new AkiosError('RUN_NOT_FOUND', 'No such run.');
  const ended: RunSummary = {
    ...found,
    state: 'killed',
    endedAt: new Date().toISOString(),
    ms: 30_100,
    reservedMicros: 0,
  };
  world.runs = world.runs.map((r) => (r.id === id ? ended : r));
  world.details.set(ended.id, detail(ended));
  send({ kind: 'run', run: ended });
  return ended;
}

/** The made-up helper: one function of call name and input. */
export function answers(world: World, send: Send): (name: CallName, raw: unknown) => unknown {
  return (name, raw) => {
    const input = raw as Input;
    const { ledger } = world;
    const at = new Date().toISOString();
    const project = {
      id: 'p1',
      name: 'claims-intake',
      path: '/home/ingrid/claims-intake',
      environment: 'development',
      cage: world.cage.state,
    };
    switch (name) {
      case 'health':
        return {
          status: 'ok',
          product: 'akios',
          version: '0.1.0',
          build: 'dev',
          contract: 1,
          pid: process.pid,
          startedAt: at,
          now: at,
        };
      case 'whoami':
        return { name: 'Ingrid Solheim', role: world.role, via: 'browser' };
      case 'project.list':
        return { items: [project] };
      case 'status.security':
        return readiness();
      case 'cage.up':
        setTimeout(() => change(world, send, 'up'), 900);
        return change(world, send, 'raising');
      case 'cage.down':
        change(world, send, 'down');
        return {
          project: 'p1',
          posture: 'DOWN',
          erasedFiles: 12,
          erasedBytes: 182_000,
          kept: ['data/input', 'audit'],
          exceptions: [],
          method: 'overwrite once, rename, unlink',
          caveat: 'Flash storage may keep old blocks until it reuses them.',
          receipt: '/home/ingrid/.local/state/akios/receipts/1.json',
          finalSize: ledger.size,
          finalRoot: 'ab',
          stoppedRuns: [],
        };
      case 'cage.probe':
        return change(world, send, world.cage.state);
      case 'cage.status':
        return world.cage;
      case 'budget.get':
        return budget(world.runs);
      case 'run.list':
        return { items: world.runs.slice(0, 200), total: world.runs.length, cursor: null };
      case 'run.get': {
        const found = world.details.get(String(input['run']));
        if (found === undefined)
          throw new AkiosError('RUN_NOT_FOUND', 'There is no run with this id.', {
            hint: 'akios logs lists the runs.',
          });
        return found;
      }
      case 'run.start':
        return start(world, send);
      case 'run.cancel':
        return end(world, send, input['run']);
      case 'run.pause':
      case 'run.resume':
        return world.runs.find((r) => r.id === input['run']);
      case 'run.plan':
        return {
          workflow: String(input['workflow']),
          steps: detail(world.runs[0] ?? run(0, 'succeeded')).steps.map((s) => ({
            index: s.index,
            name: s.name,
            agent: s.agent,
            action: s.action,
            target: s.target ?? '',
            verdict: s.verdict,
            reversibility: 'full',
            cost: { low: 0, likely: s.costMicros, high: s.costMicros * 2 },
          })),
          cost: { low: 0, likely: 1_296, high: 2_592 },
          budgetMicros: 1_000_000,
          wouldRun: false,
          reasons: ['Step 3 is denied by builtin.default-deny.'],
        };
      case 'workflow.list':
        return {
          items: [
            {
              path: 'workflows/sample.yml',
              name: 'sample',
              description: 'Reads, summarises, counts, writes.',
              steps: 4,
            },
          ],
        };
      case 'audit.list':
        return list(world, input);
      case 'audit.record':
        return ledger.record(Number(input['seq']));
      case 'audit.records':
        return {
          items: Array.from(
            {
              length: Math.max(
                0,
                Math.min(Number(input['count']), ledger.size - Number(input['from'])),
              ),
            },
            (_, i) => ledger.record(Number(input['from']) + i),
          ),
        };
      case 'audit.proof': {
        const seq = Number(input['seq']);
        const size = Number(input['size'] ?? ledger.size);
        const checkpoint = ledger.checkpoint(size);
        return {
          seq,
          size,
          leaf: ledger.record(seq).leaf,
          hashes: ledger.path(seq, size),
          root: checkpoint.root,
          note: checkpoint.note,
        };
      }
      case 'audit.checkpoint':
        return {
          checkpoint:
            ledger.size === 0 ? null : ledger.checkpoint(Number(input['size'] ?? ledger.size)),
          vkey: ledger.vkey,
        };
      case 'audit.stats':
        return ledger.stats();
      case 'audit.verify':
        return {
          ok: true,
          findings: [],
          size: ledger.size,
          root: ledger.stats().root,
          anchored: false,
          exitCode: 3,
          anchor: null,
          mode: 'quick',
          ms: 4,
          at,
        };
      case 'documents.list':
        return { items: documents() };
      case 'protect.preview':
        return preview(input, world.role !== 'viewer');
      case 'protect.showPrompt':
        return { prompts: prompts() };
      default:
        throw new AkiosError('UNSUPPORTED', `The development server has no answer for ${name}.`);
    }
  };
}
