import { dirname, join } from 'node:path';
import { AkiosError } from '../shared/domain/errors.ts';
import { createDatabaseAgent } from './agents/database/agent.ts';
import { createFilesystemAgent } from './agents/filesystem/agent.ts';
import { createHttpAgent } from './agents/http/agent.ts';
import { createLlmAgent } from './agents/llm/agent.ts';
import { type AgentRegistry, createRegistry } from './agents/registry.ts';
import { createToolExecutorAgent } from './agents/tool-executor/agent.ts';
import { createWebhookAgent } from './agents/webhook/agent.ts';
import { createEgress } from './cage/egress/egress.ts';
import { createLinuxCage } from './cage/linux/backend.ts';
import type { CageLimits } from './cage/port.ts';
import type { CagedWorker, WorkerGrants } from './cage/worker/port.ts';
import { startWorker } from './cage/worker/worker.ts';
import type { Config } from './core/config/fields.ts';
import { createPriceBook, type PriceBook } from './core/prices/prices.ts';
import { createEngine } from './engine/engine.ts';
import { closeLeftOpen } from './engine/left-open.ts';
import type { Engine, EngineEvent } from './engine/port.ts';
import { faultFacts, log } from './log.ts';
import type { Product } from './product.ts';
import { AgentRuns } from './service/agents/agent-runs.ts';
import { Cages } from './service/cage/cages.ts';
import { AGENT_LIMITS, limitsOf } from './service/cage/limits.ts';
import { Prober } from './service/cage/prober.ts';
import { openProxyTrial } from './service/cage/proxy-probe.ts';
import type { Deps, ServeControl } from './service/deps.ts';
import { recordEgress } from './service/egress-record.ts';
import { EventHub } from './service/events/hub.ts';
import { openStream } from './service/events/stream.ts';
import { auditHandlers } from './service/groups/audit.ts';
import { cageHandlers } from './service/groups/cage.ts';
import { httpHandlers } from './service/groups/http.ts';
import { projectHandlers } from './service/groups/projects.ts';
import { protectHandlers } from './service/groups/protect.ts';
import { runHandlers } from './service/groups/runs.ts';
import { statusHandlers } from './service/groups/status.ts';
import { systemHandlers } from './service/groups/system.ts';
import { Projects } from './service/projects/projects.ts';
import { projectRedactor } from './service/projects/redactor.ts';
import { Service } from './service/service.ts';
import { USER_LEDGER_UPKEEP, upkeepPorts, upkeepSettings } from './service/upkeep.ts';
import { type AuditLedger, openLedger } from './store/ledger/ledger.ts';
import type { Ledger, LedgerPaths } from './store/ledger/port.ts';
import { ProjectRegistry } from './store/projects/registry.ts';
import { openRunStore } from './store/runs/store.ts';
import { verifyInWorker } from './verify.ts';

export interface WiringOptions {
  product: Product;
  stateDir: string;
  /** The helper's socket; the sockets of the egress lie beside it. */
  socket: string;
  env: NodeJS.ProcessEnv;
  /** The system service, which a group of people shares. */
  shared?: boolean;
  /** Made late: the HTTP layer needs the service first. */
  serve(): ServeControl;
  stop(reason: string): void;
}

export interface Wired {
  service: Service;
  deps: Deps;
  dispose(): Promise<void>;
}

type Fault = (where: string, error: unknown) => void;

const fault: Fault = (where, error) => log('error', `fault in ${where}`, faultFacts(error));

/** Builds every part once and connects them; nothing here decides anything. */
export function wire(options: WiringOptions): Wired {
  const parts = partsOf(options);
  const user = userLedgerOf(parts);
  const { projects, engine } = conduct(options, parts);
  const userLedger = (): Promise<Ledger> => user.open();
  const builtin = projectRedactor(null);
  const agents = new AgentRuns({
    backend: parts.cage,
    prober: parts.prober,
    egress: parts.egress,
    projects,
    userLedger,
    builtin,
    guarded: [options.stateDir, dirname(options.socket)],
    productRoot: options.product.root,
    fault,
  });
  recordEgress(parts.egress, {
    target: async (run) => {
      const known = agents.targetOf(run);
      if (known !== null) return known;
      if (run.startsWith('http-')) return projects.open(run.slice('http-'.length));
      return run.startsWith('run') ? projects.open(engine.get(run).project) : null;
    },
    fault,
  });
  const deps = depsOf(options, parts, { projects, engine, agents, userLedger, builtin });
  return {
    service: serviceOf(deps),
    deps,
    async dispose() {
      await agents.stopAll();
      await engine.dispose();
      parts.cages.dispose();
      await projects.dispose();
      await user.close();
      await parts.cage.dispose();
      await parts.egress.dispose();
      parts.hub.dispose();
      parts.store.close();
    },
  };
}

type Parts = ReturnType<typeof partsOf>;

/** What stands for itself: the cage, the way out, the stores, the events. */
function partsOf({ product, stateDir, socket }: WiringOptions) {
  const egress = createEgress({ socketDir: dirname(socket) });
  const cage = createLinuxCage({
    // Its trial sockets need a short path as well.
    stateDir: join(socket.startsWith(`${stateDir}/`) ? stateDir : dirname(socket), 'cage'),
    diskDir: stateDir,
    openProxyTrial: () => openProxyTrial(egress),
  });
  const prober = new Prober(cage);
  const hub = new EventHub();
  const cages = new Cages({
    backend: cage,
    prober,
    changed: (project, status) => hub.publish(project.id, { kind: 'cage', cage: status }),
    fault,
  });
  const worker = (id: string, grants: WorkerGrants, limits: CageLimits): Promise<CagedWorker> =>
    startWorker(cage, grants, {
      workerBundle: join(product.root, 'dist', 'worker', 'main.mjs'),
      nodePath: process.execPath,
      limits,
      id,
    });
  const registry = new ProjectRegistry(stateDir);
  const store = openRunStore(join(stateDir, 'runs.db'));
  return { registry, store, egress, cage, prober, hub, cages, worker, prices: createPriceBook() };
}

function userLedgerOf({ registry, egress }: Parts): UserLedger {
  return new UserLedger(async () => {
    const ledger = await openUserLedger(registry.userLedgerPaths());
    try {
      await closeLeftOpen(ledger, (error) => fault('recovery', error));
    } catch (error) {
      // Closed again, so that the next caller tries anew.
      await ledger.close();
      throw error;
    }
    ledger.keep(upkeepPorts(() => USER_LEDGER_UPKEEP, egress, fault));
    return ledger;
  });
}

/** Projects and the engine need each other: a project is recovered as it opens. */
function conduct({ product, env, stateDir }: WiringOptions, parts: Parts) {
  const { registry, cage, egress, prices, hub, cages, worker, store } = parts;
  const projects: Projects = new Projects({
    registry,
    openLedger: (paths) => openLedger(paths),
    cage,
    egress,
    agents: (config, secret) => agentsOf(config, secret, prices, env),
    detectorsDir: join(stateDir, 'detectors'),
    fault,
    openWorker: (project, run, grants) => worker(run, grants, limitsOf(project.config)),
    life: (project) => cages.make(project),
    opened: async (project, ledger) => {
      ledger.onCommit((rows, checkpoint) =>
        hub.publish(project.id, { kind: 'ledger', rows, checkpoint }),
      );
      ledger.keep(upkeepPorts(() => upkeepSettings(project.config), egress, fault));
      await engine.recover(project.id);
    },
    env,
  });
  const engine: Engine = createEngine({
    version: product.version,
    store,
    project: (ref) => projects.forEngine(ref),
    onBug: (error) => fault('engine', error),
  });
  engine.subscribe((event) => publish(hub, event));
  return { projects, engine };
}

type Conducted = Pick<Deps, 'projects' | 'engine' | 'agents' | 'userLedger' | 'builtin'>;

function depsOf(options: WiringOptions, parts: Parts, conducted: Conducted): Deps {
  const { product, stateDir } = options;
  const { hub, cages, prober, cage, egress, prices, store, worker } = parts;
  return {
    ...conducted,
    about: {
      version: product.version,
      build: product.build,
      pid: process.pid,
      startedAt: new Date().toISOString(),
      shared: options.shared === true,
    },
    stateDir,
    assets: join(product.root, 'assets'),
    hub,
    cages,
    prober,
    cage,
    egress,
    prices,
    serve: { start: (o) => options.serve().start(o), stop: (port) => options.serve().stop(port) },
    verify: (project, mode) => verifyInWorker(project.paths, mode),
    openWorker: (id, grants) => worker(id, grants, AGENT_LIMITS),
    forgetRuns: (project) => store.erase(project),
    stop: options.stop,
    fault,
  };
}

/** Engine events as the console sees them; alerts reach it with the budget they change. */
function publish(hub: EventHub, event: EngineEvent): void {
  if (event.kind === 'alert') return;
  const { project, ...delta } = event;
  hub.publish(project, delta);
}

function serviceOf(deps: Deps): Service {
  return new Service({
    handlers: {
      ...systemHandlers(deps),
      ...projectHandlers(deps),
      ...cageHandlers(deps),
      ...runHandlers(deps),
      ...protectHandlers(deps),
      ...auditHandlers(deps),
      ...statusHandlers(deps),
      ...httpHandlers(deps),
    },
    openStream: (input, listener) => openStream(deps, input, listener),
    attach: (input, context) => deps.agents.attach(input as never, context),
    fault: deps.fault,
  });
}

function agentsOf(
  config: Config,
  secret: (name: string) => string | undefined,
  prices: PriceBook,
  env: NodeJS.ProcessEnv,
): AgentRegistry {
  const ollama = env['OLLAMA_HOST'];
  return createRegistry([
    createFilesystemAgent(),
    createHttpAgent(),
    createLlmAgent({
      prices: Object.keys(config.prices).length === 0 ? prices : createPriceBook(config.prices),
      ...(config.llm_provider === undefined ? {} : { defaultProvider: config.llm_provider }),
      ...(config.llm_model === undefined ? {} : { defaultModel: config.llm_model }),
      allowedProviders: config.allowed_providers ?? null,
      allowedModels: config.allowed_models.length === 0 ? null : config.allowed_models,
      localOnly: config.local_only,
      maxTokensPerCall: config.max_tokens_per_call,
      builtinOnly: config.mock_llm,
      ...(ollama === undefined ? {} : { localUrls: { ollama } }),
    }),
    createToolExecutorAgent(),
    createWebhookAgent({ secret }),
    createDatabaseAgent({ nodePath: process.execPath, secret }),
  ]);
}

/** A broken one is named with its place: no project leads to it. */
async function openUserLedger(paths: LedgerPaths): Promise<AuditLedger> {
  try {
    return await openLedger(paths);
  } catch (error) {
    if (!(error instanceof AkiosError) || error.code !== 'LEDGER_BROKEN') throw error;
    const vkey = join(paths.trustDir, 'log.vkey');
    throw new AkiosError(
      'LEDGER_BROKEN',
      `The ledger of programs outside projects is broken: ${error.message}`,
      {
        hint: `Keep its files as evidence and see where: akios audit verify --log ${paths.logDir} --vkey ${vkey}`,
        cause: error,
      },
    );
  }
}

/** The ledger of programs outside any project; opened at first use. */
class UserLedger {
  readonly #open: () => Promise<Ledger>;
  #opened: Promise<Ledger> | null = null;

  constructor(open: () => Promise<Ledger>) {
    this.#open = open;
  }

  open(): Promise<Ledger> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async close(): Promise<void> {
    if (this.#opened !== null) await (await this.#opened).close();
  }
}
