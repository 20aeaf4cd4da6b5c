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

type Answer = (world: World, input: Input, send: Send) => unknown;
type Answers = Partial<Record<CallName, Answer>>;

const PROJECT = { id: 'p1', name: 'claims-intake', path: '/home/ingrid/claims-intake' };

const SYSTEM: Answers = {
  health: () => {
    const at = new Date().toISOString();
    const product = { product: 'akios', version: '0.1.0', build: 'dev', contract: 1 };
    return { status: 'ok', ...product, pid: process.pid, startedAt: at, now: at };
  },
  whoami: (world) => ({ name: 'Ingrid Solheim', role: world.role, via: 'browser' }),
  'project.list': (world) => ({
    items: [{ ...PROJECT, environment: 'development', cage: world.cage.state }],
  }),
  'status.security': () => readiness(),
  'budget.get': (world) => budget(world.runs),
  'documents.list': () => ({ items: documents() }),
  'protect.preview': (world, input) => preview(input, world.role !== 'viewer'),
  'protect.showPrompt': () => ({ prompts: prompts() }),
};

const CAGE: Answers = {
  'cage.up': (world, _input, send) => {
    setTimeout(() => change(world, send, 'up'), 900);
    return change(world, send, 'raising');
  },
  'cage.down': (world, _input, send) => {
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
      finalSize: world.ledger.size,
      finalRoot: 'ab',
      stoppedRuns: [],
    };
  },
  'cage.probe': (world, _input, send) => change(world, send, world.cage.state),
  'cage.status': (world) => world.cage,
  panic: (world, _input, send) => {
    const live = world.runs.filter((r) => r.endedAt === null);
    for (const r of live) end(world, send, r.id);
    return { stopped: live.map((r) => ({ run: r.id, project: 'p1', ms: 31 })), ms: 44 };
  },
};

const RUNS: Answers = {
  'run.list': (world) => ({
    items: world.runs.slice(0, 200),
    total: world.runs.length,
    cursor: null,
  }),
  'run.get': (world, input) => {
    const found = world.details.get(String(input['run']));
    if (found !== undefined) return found;
    throw new AkiosError('RUN_NOT_FOUND', 'There is no run with this id.', {
      hint: 'akios logs lists the runs.',
    });
  },
  'run.start': (world, _input, send) => start(world, send),
  'run.cancel': (world, input, send) => end(world, send, input['run']),
  'run.pause': (world, input) => world.runs.find((r) => r.id === input['run']),
  'run.resume': (world, input) => world.runs.find((r) => r.id === input['run']),
  'run.plan': (world, input) => ({
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
    code: 'DENIED',
    reasons: ['Step 3 is denied by builtin.default-deny.'],
  }),
  'workflow.list': () => ({
    items: [
      {
        path: 'workflows/sample.yml',
        name: 'sample',
        description: 'Reads, summarises, counts, writes.',
        steps: 4,
      },
    ],
  }),
};

const AUDIT: Answers = {
  'audit.list': (world, input) => list(world, input),
  'audit.record': ({ ledger }, input) => ledger.record(Number(input['seq'])),
  'audit.records': ({ ledger }, input) => {
    const from = Number(input['from']);
    const length = Math.max(0, Math.min(Number(input['count']), ledger.size - from));
    return { items: Array.from({ length }, (_, i) => ledger.record(from + i)) };
  },
  'audit.proof': ({ ledger }, input) => {
    const seq = Number(input['seq']);
    const size = Number(input['size'] ?? ledger.size);
    const { root, note } = ledger.checkpoint(size);
    return { seq, size, leaf: ledger.record(seq).leaf, hashes: ledger.path(seq, size), root, note };
  },
  'audit.checkpoint': ({ ledger }, input) => ({
    checkpoint: ledger.size === 0 ? null : ledger.checkpoint(Number(input['size'] ?? ledger.size)),
    vkey: ledger.vkey,
  }),
  'audit.stats': ({ ledger }) => ledger.stats(),
  'audit.verify': ({ ledger }) => ({
    ok: true,
    findings: [],
    size: ledger.size,
    root: ledger.stats().root,
    anchored: false,
    exitCode: 3,
    anchor: null,
    mode: 'quick',
    ms: 4,
    at: new Date().toISOString(),
  }),
};

const ALL: Answers = { ...SYSTEM, ...CAGE, ...RUNS, ...AUDIT };

/** The made-up helper: one function of call name and input. */
export function answers(world: World, send: Send): (name: CallName, raw: unknown) => unknown {
  return (name, raw) => {
    const answer = ALL[name];
    if (answer !== undefined) return answer(world, raw as Input, send);
    throw new AkiosError('UNSUPPORTED', `The development server has no answer for ${name}.`);
  };
}
