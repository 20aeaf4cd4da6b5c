import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { micros } from '../../../shared/domain/money.ts';
import { createFilesystemAgent } from '../../agents/filesystem/agent.ts';
import type { ActionContext, ActionResult, Agent, EffectDescription } from '../../agents/port.ts';
import { createRegistry } from '../../agents/registry.ts';
import type { Egress } from '../../cage/egress/port.ts';
import type { CageBackend } from '../../cage/port.ts';
import type { CagedWorker, WorkerOps } from '../../cage/worker/port.ts';
import { loadConfig } from '../../core/config/config.ts';
import { compilePolicy } from '../../core/policy/compile.ts';
import { createEngine } from '../../engine/engine.ts';
import type { CageProof, Engine, EnginePorts, ProjectRuntime } from '../../engine/port.ts';
import { projectRedactor } from '../../service/projects/redactor.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import type { Ledger } from '../../store/ledger/port.ts';
import type { RunStore } from '../../store/runs/port.ts';
import { openRunStore } from '../../store/runs/store.ts';

export interface ProbeCall {
  params: JsonObject;
  step: string;
  cageProved: boolean;
  intents: number;
}

/** What a scripted effect does; the default answers at once. */
export type ProbeScript = (
  params: JsonObject,
  context: ActionContext,
) => ActionResult | Promise<ActionResult>;

export interface Rig {
  dir: string;
  state: string;
  project: ProjectRuntime;
  ledger: Ledger;
  store: RunStore;
  engine: Engine;
  calls: ProbeCall[];
  bugs: unknown[];
  setProof(proof: Partial<CageProof>): void;
  loseCage(reason: string): void;
  script(step: string, script: ProbeScript): void;
  workflow(text: string, path?: string): string;
  rows(): JsonObject[];
  close(): Promise<void>;
}

export interface RigOptions {
  config?: string;
  env?: Record<string, string>;
  ports?: Partial<EnginePorts>;
  project?: Partial<ProjectRuntime>;
  dir?: string;
  onCommand?: (command: string) => void;
}

export const ALICE = { type: 'user', id: 'alice' } as const;
const PROVED: CageProof = {
  proved: true,
  level: 'strong',
  mode: 'test/strong',
  features: ['test'],
  reasons: [],
  ablations: [],
};

/** A project on disk with the real ledger, detector, policy and run store; effects are scripted. */
export async function makeRig(options: RigOptions = {}): Promise<Rig> {
  const root = options.dir ?? mkdtempSync(join(tmpdir(), 'akios-engine-'));
  const dir = join(root, 'project');
  for (const folder of ['data/input', 'data/output', 'workflows', 'templates', 'audit']) {
    mkdirSync(join(dir, folder), { recursive: true });
  }
  const ledger = await openLedger({
    logDir: join(dir, 'audit'),
    trustDir: join(root, 'trust'),
    secretDir: join(root, 'secret'),
  });
  const loaded = loadConfig(options.config ?? '', 'config.yaml', options.env ?? {});
  const policy = compilePolicy({
    ...loaded,
    extra: [
      {
        id: 'test.probe',
        effect: 'allow',
        gate: 'tool',
        matches: ({ target }) => target !== 'denied',
        reason: 'test',
        where: 'test',
      },
    ],
  });
  const calls: ProbeCall[] = [];
  const scripts = new Map<string, ProbeScript>();
  const lost = new Set<(reason: string) => void>();
  let proof = PROVED;
  const project: ProjectRuntime = {
    id: 'p1',
    name: 'test',
    dir,
    config: loaded.config,
    policy,
    policyDigest: 'd'.repeat(64),
    ledger,
    redactor: projectRedactor(loaded.config),
    agents: createRegistry([
      probeAgent(calls, scripts, () => proof.proved, ledger),
      createFilesystemAgent(),
    ]),
    cage: refusingCage(),
    egress: refusingEgress(),
    cageProof: () => proof,
    onCageLost: (listener) => {
      lost.add(listener);
      return () => lost.delete(listener);
    },
    openWorker: async (_run, grants) => plainWorker(grants.projectDir),
    secret: (name) => (name === 'TEST_KEY' ? 'canary-key-8f3a2b' : undefined),
    workflowEnv: {},
    ...options.project,
  };
  const store = openRunStore(join(root, 'runs.db'));
  const bugs: unknown[] = [];
  const engine = createEngine(
    {
      version: '0.0.0-test',
      store,
      project: async () => project,
      onBug: (error) => bugs.push(error),
      random: () => 0.5,
      ...options.ports,
    },
    options.onCommand,
  );
  return {
    dir,
    state: root,
    project,
    ledger,
    store,
    engine,
    calls,
    bugs,
    setProof: (change) => {
      proof = { ...proof, ...change };
    },
    loseCage: (reason) => {
      proof = { ...proof, proved: false, reasons: [reason], code: 'CAGE_DOWN' };
      for (const listener of lost) listener(reason);
    },
    script: (step, script) => scripts.set(step, script),
    workflow: (text, path = 'workflows/test.yml') => {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
      return path;
    },
    rows: () =>
      ledger.records(0, 5_000).map((record) => JSON.parse(record.body ?? '{}') as JsonObject),
    close: async () => {
      await engine.dispose();
      await ledger.close();
      store.close();
      if (!options.dir) rmSync(root, { recursive: true, force: true });
    },
  };
}

const probeParams = z.strictObject({
  to: z.string().optional(),
  text: z.string().optional(),
  data: z.record(z.string(), z.json()).optional(),
  cost: z.number().optional(),
  idempotent: z.boolean().optional(),
});

/** The `database` agent of these tests: `query` does what the test scripted for its step. */
function probeAgent(
  calls: ProbeCall[],
  scripts: ReadonlyMap<string, ProbeScript>,
  proved: () => boolean,
  ledger: Ledger,
): Agent {
  const describe = (given: JsonObject): EffectDescription => {
    const params = probeParams.parse(given);
    if (params.to === 'unpriced') throw new AkiosError('PRICE_UNKNOWN', 'No price.');
    const cost = micros(params.cost ?? 0);
    return {
      gate: 'tool',
      action: 'query',
      target: params.to ?? 'probe',
      reversibility: 'none',
      idempotent: params.idempotent ?? false,
      sideEffects: 'Test.',
      ...(cost > 0 ? { cost: { low: micros(1), likely: cost, high: cost } } : {}),
    };
  };
  return {
    name: 'database',
    actions: [
      {
        name: 'query',
        aliases: [],
        params: probeParams as unknown as z.ZodType<JsonObject>,
        addressing: ['to'],
        describe,
        perform: async (params, context) => {
          calls.push({
            params,
            step: context.step,
            cageProved: proved(),
            intents: ledger.openIntents().length,
          });
          const script = scripts.get(context.step);
          const cost = describe(params).cost?.high;
          return script
            ? await script(params, context)
            : {
                output: { text: String(params['text'] ?? 'done') },
                ...(cost ? { costMicros: cost } : {}),
              };
        },
      },
    ],
  };
}

function refusingCage(): CageBackend {
  return {
    name: 'none',
    probe: () => Promise.reject(new AkiosError('INTERNAL', 'not in this test')),
    spawn: () => Promise.reject(new AkiosError('CAGE_FAILED', 'not in this test')),
    dispose: async () => undefined,
  };
}

function refusingEgress(): Egress {
  const refuse = () => Promise.reject(new AkiosError('NET_DENIED', 'not in this test'));
  return {
    open: refuse,
    request: refuse,
    fetch: () => refuse,
    onDecision: () => () => undefined,
    dispose: async () => undefined,
  };
}

/** Reads and writes in the project of the test; the caged worker has tests of its own. */
function plainWorker(dir: string): CagedWorker {
  const call = async (op: string, input: JsonObject): Promise<unknown> => {
    const path = join(dir, String(input['path'] ?? ''));
    switch (op) {
      case 'fs.write': {
        const text = String(input['text']);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text, { flag: input['append'] === true ? 'a' : 'w' });
        return { bytes: Buffer.byteLength(text) };
      }
      case 'fs.delete':
        rmSync(path);
        return {};
      case 'doc.parse':
      case 'fs.read': {
        const text = readOr(path);
        return {
          text,
          bytes: text.length,
          kind: 'txt',
          sections: [{ at: 0, kind: 'text', n: 1 }],
          units: [],
          truncated: false,
          warnings: [],
        };
      }
      default:
        throw new AkiosError('UNSUPPORTED', op);
    }
  };
  return {
    call: (op, input) => call(op, input as JsonObject) as Promise<WorkerOps[typeof op]['out']>,
    dispose: async () => undefined,
  };
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AkiosError('FILE_NOT_FOUND', 'No such file.', { cause });
  }
}
