import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type AttachExit, FRAME, shellStatus } from '../../../shared/contract/attach.ts';
import { AkiosError, toErrorValue } from '../../../shared/domain/errors.ts';
import type { CageLevel } from '../../../shared/domain/states.ts';
import { bytesOfText } from '../../../shared/node/raw-text.ts';
import type { Egress } from '../../cage/egress/port.ts';
import type { CageBackend, CagedProcess, CageExit, ProbeReport } from '../../cage/port.ts';
import type { Actor, Ledger } from '../../store/ledger/port.ts';
import { PROBE_EVERY_MS, type Prober } from '../cage/prober.ts';
import { type Projects, refuseBroken } from '../projects/projects.ts';
import type { ProjectRedactor } from '../projects/redactor.ts';
import { type AttachSession, actorOf, type CallContext } from '../service.ts';
import { type AgentPolicy, defaultAgentPolicy, parseAgentPolicy } from './agent-policy.ts';
import { pumpOut, readFrames, sendFrame, stdinSink } from './frames.ts';
import { checkGrants, usualStateFolders } from './guarded.ts';
import { eraseLeftFolders, type WorkDir, workDir } from './work-dir.ts';

export interface AgentRunPorts {
  backend: CageBackend;
  prober: Prober;
  egress: Egress;
  projects: Projects;
  userLedger(): Promise<Ledger>;
  builtin: ProjectRedactor;
  /** Folders of the helper that no program may write: state and sockets. */
  guarded: readonly string[];
  productRoot: string;
  fault(where: string, error: unknown): void;
}

export interface AgentInput {
  project?: string | undefined;
  work?: string | undefined;
  policy?: { name: string; text: string } | undefined;
  /** Bytes that are not UTF-8 as lone surrogates, see `bytesOfText`. */
  argv: string[];
  umask?: number | undefined;
}

interface Ready {
  id: string;
  argv: [string, ...string[]];
  ledger: Ledger;
  redactor: ProjectRedactor;
  project: string | null;
  policy: AgentPolicy;
  work: WorkDir;
  report: ProbeReport;
  actor: Actor;
  intent: number;
  umask: number | undefined;
}

interface Live {
  project: string;
  child: CagedProcess;
  target: { ledger: Ledger; redactor: ProjectRedactor };
}

/** Programs run as caged agents, each in a cage of its own for the time it lives. */
export class AgentRuns {
  readonly #ports: AgentRunPorts;
  readonly #live = new Map<string, Live>();

  constructor(ports: AgentRunPorts) {
    this.#ports = ports;
    try {
      eraseLeftFolders();
    } catch (error) {
      ports.fault('left folders', error);
    }
  }

  /** Ids of the programs that live now. */
  ids(): string[] {
    return [...this.#live.keys()];
  }

  /** Where the rows of a program belong; null when it is not one of ours. */
  targetOf(run: string): { ledger: Ledger; redactor: ProjectRedactor } | null {
    return this.#live.get(run)?.target ?? null;
  }

  /** Ids of programs that run for a project folder. */
  liveIn(projectDir: string): string[] {
    return [...this.#live].flatMap(([id, live]) => (live.project === projectDir ? [id] : []));
  }

  /**
   * Checks and records the intent; the program starts once the connection is switched.
   * @throws AkiosError CAGE_UNPROVED, DENIED, FILE_NOT_FOUND, POLICY_INVALID, LEDGER_*
   */
  async attach(input: AgentInput, { caller }: CallContext): Promise<AttachSession> {
    const [program, ...args] = input.argv;
    if (program === undefined || program === '' || input.argv.some((a) => a.includes('\0'))) {
      throw new AkiosError('INPUT_INVALID', 'There is no program to run.', { where: 'argv' });
    }
    const project =
      input.project === undefined ? null : await this.#ports.projects.open(input.project);
    if (project !== null) refuseBroken(project);
    const ledger = project?.ledger ?? (await this.#ports.userLedger());
    const policy =
      input.policy === undefined
        ? defaultAgentPolicy()
        : parseAgentPolicy(input.policy.text, input.policy.name);
    const report = await this.#proved(project?.config.require_level ?? 'none');
    const { productRoot } = this.#ports;
    const guarded = [...this.#ports.guarded, ...usualStateFolders()];
    const projects = this.#ports.projects.registry.list().map((entry) => entry.path);
    checkGrants(policy.mounts, guarded, projects);
    const work = workDir(input.work, guarded, productRoot, projects);
    const id = `agent-${randomUUID()}`;
    const actor = actorOf(caller);
    try {
      const redactor = project?.redactor ?? this.#ports.builtin;
      const row = await ledger.append({
        type: 'agent.start',
        actor,
        subject: redactor.redact(program.toWellFormed()).text.slice(0, 200).toWellFormed(),
        run: id,
        expects: 'outcome',
        argsHmac: ledger.argsDigest(input.argv.map(digestible)),
        cage: { mode: `${report.backend}/${report.level}`, features: report.features },
        data: { arguments: args.length, policy: policy.name, policyDigest: policy.digest },
      });
      const ready: Ready = {
        id,
        argv: [program, ...args],
        ledger,
        redactor,
        project: project?.dir ?? null,
        policy,
        work,
        report,
        actor,
        intent: row.seq,
        umask: input.umask,
      };
      return { run: (connection, head) => this.#run(ready, connection, head) };
    } catch (error) {
      work.dispose();
      throw error;
    }
  }

  /** Kills the programs of one project folder, or all; resolves when their trees are gone. */
  async stopAll(projectDir?: string): Promise<{ run: string; project: string; ms: number }[]> {
    const started = performance.now();
    const chosen = [...this.#live].filter(
      ([, live]) => projectDir === undefined || live.project === projectDir,
    );
    return Promise.all(
      chosen.map(async ([run, { child, project }]) => {
        await child.kill('killed', 'stopped by a person');
        return { run, project, ms: performance.now() - started };
      }),
    );
  }

  async #proved(required: 'none' | 'strong' | 'full'): Promise<ProbeReport> {
    const report = await this.#report();
    const enough: readonly CageLevel[] = required === 'full' ? ['full'] : ['full', 'strong'];
    if (enough.includes(report.level)) return report;
    const bad = report.probes.find((probe) => probe.ok === false);
    throw new AkiosError(
      'CAGE_UNPROVED',
      `The cage could not be proved${bad === undefined ? '' : ` (${bad.id}: ${bad.observed})`}; nothing was run.`,
      { hint: bad?.fix ?? 'Run `akios doctor` for every probe with its fix.' },
    );
  }

  /** A good proof that is still in force is used at once and renewed beside the program. */
  async #report(): Promise<ProbeReport> {
    const { prober, fault } = this.#ports;
    const known = prober.latest();
    if (known === null || known.level === 'refuse' || known.level === 'unknown') {
      return prober.recent(1_000);
    }
    prober.recent(PROBE_EVERY_MS).catch((error: unknown) => fault('probe', error));
    return known;
  }

  async #run(ready: Ready, connection: Duplex, head: Buffer): Promise<void> {
    try {
      const child = await this.#start(ready);
      const exit = await this.#follow(ready, child, connection, head);
      await this.#finish(ready, connection, exit);
    } catch (error) {
      if (!(error instanceof AkiosError)) this.#ports.fault('agent.run', error);
      const value = toErrorValue(error);
      sendFrame(connection, FRAME.error, Buffer.from(JSON.stringify(value)));
      connection.end();
      await this.#record(ready, { status: 'failed', code: value.code });
    } finally {
      this.#live.delete(ready.id);
      this.#dispose(ready.work);
    }
  }

  /** The program is over and told: what it left here is for us alone to deal with. */
  #dispose(work: WorkDir): void {
    try {
      work.dispose();
    } catch (error) {
      this.#ports.fault('work folder', error);
    }
  }

  async #start(ready: Ready): Promise<CagedProcess> {
    const { policy } = ready;
    const way =
      policy.egress.length === 0
        ? null
        : await this.#ports.egress.open({
            run: ready.id,
            rules: policy.egress,
            maxConnections: 64,
            maxBytes: 1024 * 1024 * 1024,
          });
    const child = await this.#ports.backend.spawn({
      id: ready.id,
      argv: ready.argv,
      workDir: ready.work.path,
      mounts: policy.mounts,
      env: policy.env,
      limits: policy.limits,
      stdin: 'pipe',
      ...(way === null ? {} : { egressSocket: way.socket }),
      seccomp: policy.seccomp,
      ...(ready.umask === undefined ? {} : { umask: ready.umask }),
    });
    if (way !== null) {
      child.exited.then(
        () => way.close(),
        (error: unknown) => this.#ports.fault('egress close', error),
      );
    }
    return child;
  }

  async #follow(
    ready: Ready,
    child: CagedProcess,
    connection: Duplex,
    head: Buffer,
  ): Promise<CageExit> {
    this.#live.set(ready.id, { project: ready.project ?? '', child, target: ready });
    const stop = (detail: string): void => {
      child
        .kill('killed', detail)
        .catch((error: unknown) => this.#ports.fault('agent kill', error));
    };
    let over = false;
    const toStdin = child.stdin === null ? () => undefined : stdinSink(child.stdin, connection);
    const out = [
      pumpOut(child.stdout, connection, FRAME.stdout),
      pumpOut(child.stderr, connection, FRAME.stderr),
    ];
    readFrames(connection, head, {
      onFrame: (frame) => {
        if (frame.type === FRAME.signal) stop('interrupted by the caller');
        else if (frame.type === FRAME.stdin || frame.type === FRAME.stdinEof) toStdin(frame);
        else stop('the caller broke the protocol');
      },
      onEnd: (reason) => {
        if (!over) stop(reason);
      },
    });
    const exit = await child.exited;
    over = true;
    await Promise.all(out);
    return exit;
  }

  /** The outcome is on disk before the caller learns it. */
  async #finish(ready: Ready, connection: Duplex, exit: CageExit): Promise<void> {
    const seq = await this.#record(ready, {
      status: exit.end === 'exit' ? 'done' : exit.end,
      code: exit.signal ?? String(exit.code ?? ''),
      ms: Math.round(exit.usage.wallMs),
    });
    const value: AttachExit = {
      end: exit.end,
      code: exit.code,
      signal: exit.signal,
      status: statusOf(exit),
      detail: exit.detail,
      wallMs: Math.round(exit.usage.wallMs),
      level: ready.report.level,
      records: [ready.intent, seq],
    };
    sendFrame(connection, FRAME.exit, Buffer.from(JSON.stringify(value)));
    connection.end();
  }

  async #record(
    ready: Ready,
    result: { status: string; code?: string; ms?: number },
  ): Promise<number> {
    const { ledger, id, actor, intent } = ready;
    const row = await ledger.append({ type: 'agent.exit', actor, run: id, intent, result });
    return row.seq;
  }
}

/** Canonical JSON carries no lone surrogates; the text is only digested. */
function digestible(word: string): string {
  return word.isWellFormed() ? word : `bytes:${bytesOfText(word).toString('hex')}`;
}

/** What a shell would show; a tree that was ended for a limit looks like a kill. */
function statusOf(exit: CageExit): number {
  if (exit.end === 'start-failed') return exit.code ?? 126;
  return exit.code === null && exit.signal === null ? 137 : shellStatus(exit.code, exit.signal);
}
