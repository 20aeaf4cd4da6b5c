import type { RunDetail, RunSummary } from '../../shared/contract/runs.ts';
import { AkiosError } from '../../shared/domain/errors.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { RUN_END_STATES } from '../../shared/domain/states.ts';
import { effectiveAblations } from '../core/config/config.ts';
import type { Actor } from '../store/ledger/port.ts';
import type { RunRecord, StoredStep } from '../store/runs/port.ts';
import { runFilter } from '../store/runs/run-query.ts';
import { ApprovalDesk } from './approvals.ts';
import { ProjectMoney } from './money.ts';
import { planRun } from './plan.ts';
import type {
  ApprovalAnswer,
  Clock,
  Engine,
  EngineEvent,
  EnginePorts,
  ProjectRuntime,
  RunQuery,
  StartOptions,
} from './port.ts';
import { ProjectFiles } from './project-files.ts';
import { recoverProject } from './recover.ts';
import { redactJson, redactText } from './redaction.ts';
import { REPORT_FILE, reportHtml } from './report.ts';
import { blankSteps, budgetOf, newRecord, recordStart, refuseUnfit } from './run/create.ts';
import { type Execution, execute } from './run/execute.ts';
import { loadGraph, type RunGraph } from './run/graph.ts';
import { detailOf, iso, LiveRun } from './run/live-run.ts';
import { RESULT_FILE } from './run/result.ts';
import { Slots } from './run/slots.ts';

interface Live {
  run: LiveRun;
  execution: Execution | null;
  done: Promise<RunSummary>;
}

const SYSTEM_CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** @param onCommand test seam: called with each command of the gate before it is carried out */
export function createEngine(ports: EnginePorts, onCommand?: (command: string) => void): Engine {
  return new RunEngine(ports, onCommand);
}

class RunEngine implements Engine {
  private readonly ports: EnginePorts;
  private readonly clock: Clock;
  private readonly desk: ApprovalDesk;
  private readonly onCommand: ((command: string) => void) | undefined;
  private readonly lives = new Map<string, Live>();
  private readonly moneys = new Map<string, ProjectMoney>();
  private readonly slots = new Map<string, Slots>();
  private readonly listeners = new Set<(event: EngineEvent) => void>();
  private closing = false;

  constructor(ports: EnginePorts, onCommand?: (command: string) => void) {
    this.clock = ports.clock ?? SYSTEM_CLOCK;
    this.desk = new ApprovalDesk(() => this.clock.now());
    this.ports = { approver: this.desk, ...ports };
    this.onCommand = onCommand;
  }

  async start(
    ref: string,
    workflowPath: string,
    principal: Actor,
    options: StartOptions = {},
  ): Promise<RunSummary> {
    this.refuseWhenClosing();
    const project = await this.ports.project(ref);
    this.requireCage(project);
    const { graph, sources } = this.read(project, workflowPath);
    const ablations = effectiveAblations(project.config, project.cageProof().ablations);
    refuseUnfit(project, graph, ablations);
    const off = ablations.includes('no-pii');
    const clean = (text: string): string => (off ? text : redactText(project.redactor, text));
    const given = options.context ?? {};
    const context = off ? given : redactJson(project.redactor, given).value;
    const record = newRecord(
      { project, graph, principal, ablations, context, clean },
      sources,
      this.clock.now(),
    );
    new ProjectFiles(project.dir).makeFolder(record.outputDirectory ?? '');
    const steps = blankSteps(graph, clean);
    this.ports.store.create(record, steps, sources);
    await recordStart(this.ports.store, this.clock, project, record, graph);
    this.begin(project, record, steps, graph);
    return { ...record.summary };
  }

  async wait(id: string): Promise<RunSummary> {
    const live = this.lives.get(id);
    if (live) return await live.done;
    return this.stored(id).summary;
  }

  async plan(ref: string, workflowPath: string, principal: Actor) {
    const project = await this.ports.project(ref);
    const { graph } = this.read(project, workflowPath);
    return planRun(project, graph, budgetOf(project, graph), principal);
  }

  async list(ref: string, query: RunQuery) {
    const project = await this.ports.project(ref);
    const matches = runFilter(query.q ?? '', Date.now());
    const found = this.ports.store.list({
      project: project.id,
      limit: query.limit,
      ...(query.cursor === undefined ? {} : { before: query.cursor }),
      ...(matches === null ? {} : { matches }),
    });
    return { ...found, items: found.items.map((record) => this.newest(record)) };
  }

  get(id: string): RunDetail {
    const live = this.lives.get(id);
    if (live) return live.run.detail();
    const record = this.stored(id);
    return detailOf(record, this.ports.store.steps(id), this.ports.store.logs(id, 500));
  }

  async latestOutput(ref: string) {
    const project = await this.ports.project(ref);
    const { items } = this.ports.store.list({ project: project.id, limit: 200 });
    const files = new ProjectFiles(project.dir);
    for (const record of items) {
      if (!RUN_END_STATES.has(record.summary.state) || !record.outputDirectory) continue;
      const path = `${record.outputDirectory}/${RESULT_FILE}`;
      try {
        const output = JSON.parse(files.readResult(path)) as JsonObject;
        return { run: record.summary.id, path, output };
      } catch (error) {
        if (!(error instanceof AkiosError) || error.code !== 'FILE_NOT_FOUND') throw error;
      }
    }
    throw new AkiosError('NOT_FOUND', 'No run of this project has left an output.json.', {
      hint: 'Run a workflow with `akios run`.',
    });
  }

  async approvals(ref: string) {
    return this.desk.list((await this.ports.project(ref)).id);
  }

  answerApproval(id: string, answer: ApprovalAnswer) {
    return this.desk.answer(id, answer);
  }

  async report(id: string) {
    const record = this.stored(id);
    if (this.lives.has(id)) {
      throw new AkiosError('CONFLICT', `The run ${id} has not ended.`, {
        hint: 'A report is made of a run that is over.',
      });
    }
    const project = await this.ports.project(record.summary.project);
    const path = `${record.outputDirectory ?? `data/output/${id}`}/${REPORT_FILE}`;
    const html = reportHtml({
      run: this.get(id),
      projectName: project.name,
      level: record.level,
      policyDigest: record.policyDigest,
      sourceSha256: record.sourceSha256,
      checkpoint: record.firstSeq === null ? null : project.ledger.checkpoint(),
      version: this.ports.version,
      at: iso(this.clock.now()),
    });
    new ProjectFiles(project.dir).writeText(path, html);
    return { run: id, path };
  }

  async cancel(id: string, principal: Actor, reason?: string): Promise<RunSummary> {
    const live = this.lives.get(id);
    if (!live) {
      const record = this.stored(id);
      if (RUN_END_STATES.has(record.summary.state)) throw hasEnded(record.summary);
      return await this.closeInterrupted(record, principal);
    }
    await this.note(live.run, 'run.cancel', principal, reason);
    live.run.stop(new AkiosError('CANCELLED', `The run was cancelled by ${principal.id}.`));
    await live.execution?.resources.killAll();
    return await live.done;
  }

  async pause(id: string, principal: Actor): Promise<RunSummary> {
    const live = this.liveOf(id);
    await this.note(live.run, 'run.pause', principal);
    live.run.pause();
    return { ...live.run.summary };
  }

  async resume(id: string, principal: Actor): Promise<RunSummary> {
    this.refuseWhenClosing();
    const live = this.lives.get(id);
    if (live) {
      await this.note(live.run, 'run.resume', principal);
      live.run.unpause();
      return { ...live.run.summary };
    }
    const record = this.stored(id);
    if (record.summary.state !== 'paused') throw hasEnded(record.summary);
    const project = await this.ports.project(record.summary.project);
    this.requireCage(project);
    const sources = this.ports.store.sources(id);
    const graph = loadGraph(
      record.summary.path,
      { read: (path) => sources[path] ?? '' },
      parseOptions(project),
    );
    record.resumes += 1;
    record.policyDigest = project.policyDigest;
    record.summary.ablations = keptAblations(project, record.summary.ablations);
    this.ports.store.saveRun(record);
    const run = this.begin(project, record, this.ports.store.steps(id), graph);
    await this.note(run, 'run.resume', principal);
    return { ...run.summary };
  }

  async stopAll(principal: Actor, options: { project?: string; reason?: string } = {}) {
    const began = this.clock.monotonic();
    const project = options.project ? (await this.ports.project(options.project)).id : null;
    const chosen = [...this.lives.values()].filter(
      (live) => project === null || live.run.project.id === project,
    );
    const why = new AkiosError('RUN_KILLED', `All runs were stopped by ${principal.id}.`);
    for (const live of chosen) live.run.stop(why);
    const stopped = await Promise.all(
      chosen.map(async (live) => {
        await live.execution?.resources.killAll();
        await live.done;
        const ms = this.clock.monotonic() - began;
        return { run: live.run.id, project: live.run.project.id, ms };
      }),
    );
    // Rows come after the kill: nothing may stand between a person and the stop.
    for (const live of chosen) await this.note(live.run, 'run.panic', principal, options.reason);
    return { stopped, ms: this.clock.monotonic() - began };
  }

  live(project?: string): RunSummary[] {
    return [...this.lives.values()]
      .filter((live) => project === undefined || live.run.project.id === project)
      .map((live) => ({ ...live.run.summary }));
  }

  async budget(ref: string) {
    const project = await this.ports.project(ref);
    return this.moneyOf(project.id).report(
      project.config,
      this.clock.now(),
      this.ports.pricesDate ?? '',
    );
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async recover(ref: string) {
    const project = await this.ports.project(ref);
    if (this.live(project.id).length > 0) {
      throw new AkiosError('RUNS_LIVE', 'A project with live runs needs no recovery.', {
        hint: 'Recovery belongs to the opening of a project, before its first run.',
      });
    }
    const { store, version, onBug } = this.ports;
    const onLate = (error: unknown): void => onBug?.(error);
    const money = this.moneyOf(project.id);
    return await recoverProject(project, store, money, this.clock, version, onLate);
  }

  async dispose(): Promise<void> {
    this.closing = true;
    await this.stopAll({ type: 'helper', id: 'helper' }, { reason: 'The helper stops.' });
  }

  private begin(
    project: ProjectRuntime,
    record: RunRecord,
    steps: StoredStep[],
    graph: RunGraph,
  ): LiveRun {
    const run = new LiveRun({
      record,
      steps,
      graph,
      project,
      money: this.moneyOf(project.id),
      store: this.ports.store,
      clock: this.clock,
      emit: (event) => this.emit(event),
    });
    const live: Live = { run, execution: null, done: Promise.resolve(record.summary) };
    live.done = this.drive(project, run, live);
    this.lives.set(run.id, live);
    return run;
  }

  private async drive(project: ProjectRuntime, run: LiveRun, live: Live): Promise<RunSummary> {
    const slots = this.slotsOf(project);
    await slots.take(run.signal);
    try {
      live.execution = execute(this.ports, run, run.record.context, this.onCommand);
      await live.execution.done;
    } finally {
      slots.give();
      this.lives.delete(run.id);
    }
    return { ...run.summary };
  }

  private read(project: ProjectRuntime, path: string) {
    const files = new ProjectFiles(project.dir);
    const sources: Record<string, string> = {};
    const read = (at: string): string => {
      sources[at] ??= files.readWorkflow(at);
      return sources[at];
    };
    const clean = path.replace(/^(?:\.\/)+/, '');
    return { graph: loadGraph(clean, { read }, parseOptions(project)), sources };
  }

  private requireCage(project: ProjectRuntime): void {
    const proof = project.cageProof();
    if (!project.config.sandbox_enabled) {
      throw new AkiosError('CAGE_UNPROVED', 'sandbox_enabled is false, and nothing runs uncaged.', {
        hint: 'Set sandbox_enabled: true in config.yaml.',
      });
    }
    if (proof.proved) return;
    throw new AkiosError(
      proof.code ?? 'CAGE_DOWN',
      `The cage of this project is not proved up. ${proof.reasons[0] ?? 'It is down.'}`,
      { hint: 'Raise it with `akios cage up`; `akios cage status` names what is missing.' },
    );
  }

  private async note(run: LiveRun, type: string, principal: Actor, reason?: string): Promise<void> {
    if (run.ablations.includes('no-audit')) return;
    const { seq } = await run.project.ledger.append({
      type,
      actor: principal,
      subject: run.record.subject,
      run: run.id,
      ...(reason
        ? { data: redactJson(run.project.redactor, { reason: reason.slice(0, 500) }).value }
        : {}),
    });
    run.countRecords([seq]);
  }

  /** Cancelling a run that waits to be resumed: there is nothing to kill, only to close. */
  private async closeInterrupted(record: RunRecord, principal: Actor): Promise<RunSummary> {
    const project = await this.ports.project(record.summary.project);
    const { seq } = await project.ledger.append({
      type: 'run.cancel',
      actor: principal,
      subject: record.subject,
      run: record.summary.id,
    });
    record.lastSeq = seq;
    record.summary.state = 'killed';
    record.summary.endedAt = iso(this.clock.now());
    record.summary.error = new AkiosError('CANCELLED', `Cancelled by ${principal.id}.`).toValue();
    this.ports.store.saveRun(record);
    this.emit({ kind: 'run', project: project.id, run: record.summary });
    return record.summary;
  }

  private newest(record: RunRecord): RunSummary {
    return { ...(this.lives.get(record.summary.id)?.run.summary ?? record.summary) };
  }

  private liveOf(id: string): Live {
    const live = this.lives.get(id);
    if (live) return live;
    throw hasEnded(this.stored(id).summary);
  }

  private stored(id: string): RunRecord {
    const record = this.ports.store.run(id);
    if (record) return record;
    throw new AkiosError('RUN_NOT_FOUND', `There is no run ${id.slice(0, 80)}.`, {
      hint: '`akios runs` lists them.',
    });
  }

  private moneyOf(project: string): ProjectMoney {
    const known = this.moneys.get(project);
    if (known) return known;
    const money = new ProjectMoney(this.ports.store, project);
    this.moneys.set(project, money);
    return money;
  }

  private slotsOf(project: ProjectRuntime): Slots {
    const known = this.slots.get(project.id) ?? new Slots();
    known.limit = project.config.max_concurrent_runs;
    this.slots.set(project.id, known);
    return known;
  }

  private refuseWhenClosing(): void {
    if (!this.closing) return;
    throw new AkiosError('CONFLICT', 'The helper is stopping and starts no new run.');
  }

  /** One listener that throws must not cost another its event, nor the run its life. */
  private emit(event: EngineEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event);
      } catch (error) {
        this.ports.onBug?.(error);
      }
    }
  }
}

/** A run that goes on is never relaxed underneath: only what was dropped before and still is. */
function keptAblations(project: ProjectRuntime, before: readonly string[]): string[] {
  const now = effectiveAblations(project.config, project.cageProof().ablations);
  return now.filter((ablation) => before.includes(ablation));
}

function parseOptions(project: ProjectRuntime) {
  return { env: project.workflowEnv, catalog: project.agents.catalog };
}

function hasEnded(summary: RunSummary): AkiosError {
  return new AkiosError('CONFLICT', `The run ${summary.id} is ${summary.state}.`, {
    hint: 'Only a live run can be paused or stopped, and only a paused one resumed.',
  });
}
