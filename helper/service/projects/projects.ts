import { existsSync, statSync } from 'node:fs';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { AgentRegistry } from '../../agents/registry.ts';
import type { Egress } from '../../cage/egress/port.ts';
import type { CageBackend } from '../../cage/port.ts';
import type { CagedWorker, WorkerGrants } from '../../cage/worker/port.ts';
import type { Config } from '../../core/config/fields.ts';
import type { Policy } from '../../core/policy/model.ts';
import type { CageProof, ProjectRuntime } from '../../engine/port.ts';
import { openBrokenLedger } from '../../store/ledger/broken.ts';
import type { AuditLedger } from '../../store/ledger/ledger.ts';
import type { ProjectLedger } from '../../store/ledger/managed.ts';
import type { LedgerPaths } from '../../store/ledger/port.ts';
import type { ProjectEntry, ProjectRegistry } from '../../store/projects/registry.ts';
import { type ProjectRedactor, projectRedactor } from './redactor.ts';
import { readSettings, type Settings, settingsStamp } from './settings.ts';

/** The life of a project's cage, as far as its runtime needs it. */
export interface CageLife {
  proof(): CageProof;
  onLost(listener: (reason: string) => void): () => void;
  /** AKIOS_ variables given when the cage was raised. */
  overlay(): Readonly<Record<string, string>>;
}

export interface ProjectsPorts {
  registry: ProjectRegistry;
  openLedger(paths: LedgerPaths): Promise<AuditLedger>;
  cage: CageBackend;
  egress: Egress;
  agents(config: Config, secret: (name: string) => string | undefined): AgentRegistry;
  openWorker(project: OpenProject, run: string, grants: WorkerGrants): Promise<CagedWorker>;
  life(project: OpenProject): CageLife;
  /** Called once after the ledger is open for writing and before anything else uses the project. */
  opened(project: OpenProject, ledger: AuditLedger): Promise<void>;
  env: NodeJS.ProcessEnv;
  /** Where detectors of the kind `module` lie. */
  detectorsDir: string;
  fault(where: string, error: unknown): void;
}

/** A detector that is down is named on the record this often at most. */
const SKIPPED_EVERY_MS = 60_000;

/** The folder of a project's keys as it was when the project was opened. */
export interface KeyFolder {
  path: string;
  dev: number;
  ino: number;
}

function keyFolderAt(path: string): KeyFolder | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : { path, dev: found.dev, ino: found.ino };
}

/** An open project: settings are read again whenever their files changed, the ledger stays open. */
export class OpenProject implements ProjectRuntime {
  readonly entry: ProjectEntry;
  readonly paths: LedgerPaths;
  readonly ledger: ProjectLedger;
  /** Null where there is none: the log of such a project is broken. */
  readonly keyFolder: KeyFolder | null;
  readonly #ports: ProjectsPorts;
  readonly #life: CageLife;
  #settings: Settings;
  #redactor: ProjectRedactor;
  #agents: AgentRegistry;
  #settingsFault: AkiosError | null = null;

  constructor(
    entry: ProjectEntry,
    paths: LedgerPaths,
    ledger: ProjectLedger,
    settings: Settings,
    ports: ProjectsPorts,
  ) {
    this.entry = entry;
    this.paths = paths;
    this.ledger = ledger;
    this.keyFolder = keyFolderAt(paths.trustDir);
    this.#settings = settings;
    this.#ports = ports;
    this.#redactor = this.#redactorOf(settings);
    this.#agents = ports.agents(settings.config, (name) => this.secret(name));
    this.#life = ports.life(this);
  }

  get id(): string {
    return this.entry.id;
  }
  get name(): string {
    return this.entry.name;
  }
  get dir(): string {
    return this.entry.path;
  }
  get config(): Config {
    return this.#settings.config;
  }
  get settings(): Settings {
    return this.#settings;
  }
  /** Why the settings files cannot be taken up as they are now; the old settings are in force. */
  get settingsFault(): AkiosError | null {
    return this.#settingsFault;
  }
  get policy(): Policy {
    return this.#settings.policy;
  }
  get policyDigest(): string {
    return this.#settings.policyDigest;
  }
  get redactor(): ProjectRedactor {
    return this.#redactor;
  }
  get agents(): AgentRegistry {
    return this.#agents;
  }
  get cage(): CageBackend {
    return this.#ports.cage;
  }
  get egress(): Egress {
    return this.#ports.egress;
  }
  get workflowEnv(): Readonly<Record<string, string>> {
    const { config, dotenv } = this.#settings;
    const env = { ...this.#ports.env, ...dotenv };
    return Object.fromEntries(
      config.env_allow.flatMap((name) => {
        const value = env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
  }

  cageProof(): CageProof {
    return this.#life.proof();
  }

  onCageLost(listener: (reason: string) => void): () => void {
    return this.#life.onLost(listener);
  }

  openWorker(run: string, grants: WorkerGrants): Promise<CagedWorker> {
    return this.#ports.openWorker(this, run, grants);
  }

  /** `.env` of the project first, then the helper's environment. Never enters a cage. */
  secret(name: string): string | undefined {
    const value = this.#settings.dotenv[name] ?? this.#ports.env[name];
    return value === undefined || value === '' ? undefined : value;
  }

  /**
   * Takes changed settings up. Another place of the ledger needs a restart of the helper.
   * @throws AkiosError CONFIG_INVALID; the old settings stay in force
   */
  refresh(force = false): void {
    if (!force && settingsStamp(this.dir) === this.#settings.stamp) {
      this.#settingsFault = null;
      return;
    }
    const before = this.#settings.config;
    try {
      this.#settings = this.#readSettings();
      this.#settingsFault = null;
    } catch (error) {
      if (error instanceof AkiosError) this.#settingsFault = error;
      throw error;
    }
    this.#applySettings(this.#settings);
    this.#recordKeeping(before, this.#settings.config);
  }

  /** How long records are kept, and whether a hold forbids their removal, changes on the record. */
  #recordKeeping(before: Config, now: Config): void {
    const text = (config: Config): string =>
      `hold ${config.audit_legal_hold ? 'on' : 'off'}, retention ${config.audit_retention_days} days, on cage down ${config.audit_legal_hold ? 'keep' : config.audit_on_cage_down}`;
    if (text(before) === text(now) || this.ledger.broken() !== null) return;
    this.ledger
      .append({
        type: 'audit.keeping',
        actor: { type: 'helper', id: 'settings' },
        subject: this.id,
        data: { before: text(before), now: text(now) },
      })
      .catch((error: unknown) => this.#ports.fault('audit.keeping', error));
  }

  #readSettings(): Settings {
    const settings = readSettings(this.dir, this.#life.overlay(), this.#ports.env);
    if (settings.logDir === this.#settings.logDir) return settings;
    throw new AkiosError('CONFIG_INVALID', 'audit_storage_path: cannot change while open', {
      where: 'config.yaml',
      hint: 'Stop the helper first: akios helper stop.',
    });
  }

  #redactorOf({ config }: Settings): ProjectRedactor {
    const skippedAt = new Map<string, number>();
    return projectRedactor(config, {
      modulesDir: this.#ports.detectorsDir,
      onSkipped: (name) => {
        const now = Date.now();
        if (now - (skippedAt.get(name) ?? 0) < SKIPPED_EVERY_MS) return;
        skippedAt.set(name, now);
        this.#recordSkipped(name).catch((error: unknown) =>
          this.#ports.fault('pii.skipped', error),
        );
      },
    });
  }

  /** An optional detector that did not answer was passed over: the record says so. */
  async #recordSkipped(name: string): Promise<void> {
    await this.ledger.append({
      type: 'pii.skipped',
      actor: { type: 'helper', id: 'redaction' },
      subject: name,
    });
  }

  #applySettings(settings: Settings): void {
    const old = this.#redactor;
    this.#redactor = this.#redactorOf(settings);
    void old.dispose();
    this.#agents = this.#ports.agents(settings.config, (name) => this.secret(name));
  }
}

/** Open projects by id; each is opened once, its ledger written by this helper alone. */
export class Projects {
  readonly #ports: ProjectsPorts;
  readonly #open = new Map<string, Promise<OpenProject>>();
  /** Made and not closed, recovery perhaps still running. */
  readonly #made = new Map<string, OpenProject>();
  readonly #closing = new Set<string>();

  constructor(ports: ProjectsPorts) {
    this.#ports = ports;
  }

  /** Folders of the keys and trust roots of the open projects. */
  keyFolders(): KeyFolder[] {
    return [...this.#made.values()].flatMap(({ keyFolder }) => keyFolder ?? []);
  }

  get registry(): ProjectRegistry {
    return this.#ports.registry;
  }

  /** @throws AkiosError PROJECT_NOT_FOUND, CONFIG_INVALID, LEDGER_* */
  async open(ref: string): Promise<OpenProject> {
    const entry = this.#ports.registry.find(ref);
    if (this.#closing.has(entry.id)) {
      throw new AkiosError('CONFLICT', `The cage of ${entry.name} is being lowered.`, {
        hint: 'Try again when its files are erased.',
      });
    }
    const known = this.#open.get(entry.id);
    if (known !== undefined) {
      const project = await known;
      project.refresh();
      return project;
    }
    const opening = this.#openNow(entry);
    this.#open.set(entry.id, opening);
    opening.catch(() => this.#open.delete(entry.id));
    return opening;
  }

  /**
   * As `open`, for looking and for lowering: settings that became invalid are no reason to refuse
   * those. The project says so itself (`settingsFault`), and nothing new starts on it.
   */
  async openAsIs(ref: string): Promise<OpenProject> {
    try {
      return await this.open(ref);
    } catch (error) {
      const project = this.#made.get(this.#ports.registry.find(ref).id);
      if (project === undefined || project.settingsFault === null) throw error;
      if (error !== project.settingsFault) throw error;
      return project;
    }
  }

  /** As `open`, but recovery itself may ask for the project it recovers. */
  async forEngine(ref: string): Promise<OpenProject> {
    return this.#made.get(this.#ports.registry.find(ref).id) ?? this.open(ref);
  }

  /** Projects that are open now. */
  async opened(): Promise<OpenProject[]> {
    const settled = await Promise.allSettled(this.#open.values());
    return settled.flatMap((item) => (item.status === 'fulfilled' ? [item.value] : []));
  }

  /** Closes the ledger, so that its files may be erased; the next call opens the project anew. */
  async close(id: string): Promise<void> {
    const known = this.#open.get(id);
    this.#open.delete(id);
    this.#made.delete(id);
    if (known === undefined) return;
    const project = await known;
    await project.redactor.dispose();
    await project.ledger.close();
  }

  /** Closes the ledger and keeps the project shut while `work` destroys its files. */
  async whileClosed<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.#closing.add(id);
    try {
      await this.close(id);
      return await work();
    } finally {
      this.#closing.delete(id);
    }
  }

  async dispose(): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.close(id);
  }

  /** A project whose folder was moved or deleted gives its ledger free, so that it opens anew. */
  async #closeGone(): Promise<void> {
    for (const [id, { dir }] of this.#made) {
      if (!existsSync(dir)) await this.close(id);
    }
  }

  async #openNow(entry: ProjectEntry): Promise<OpenProject> {
    await this.#closeGone();
    const settings = readSettings(entry.path, {}, this.#ports.env);
    const paths = this.#ports.registry.ledgerPaths(entry, settings.logDir);
    const writer = await this.#openLedger(paths);
    if (writer instanceof AkiosError) return this.#broken(entry, paths, settings, writer);
    try {
      const project = new OpenProject(entry, paths, writer, settings, this.#ports);
      this.#made.set(entry.id, project);
      await this.#ports.opened(project, writer);
      return project;
    } catch (error) {
      this.#made.delete(entry.id);
      await writer.close();
      // Recovery reads the rows: what it cannot read is damage like any other.
      if (!isBroken(error)) throw error;
      return this.#broken(entry, paths, settings, error);
    }
  }

  /** A broken log is still shown to those who must look at it. */
  #broken(entry: ProjectEntry, paths: LedgerPaths, settings: Settings, why: AkiosError) {
    const ledger = openBrokenLedger(paths, why);
    const project = new OpenProject(entry, paths, ledger, settings, this.#ports);
    this.#made.set(entry.id, project);
    return project;
  }

  /** The error of a broken log; every other fault is thrown. */
  async #openLedger(paths: LedgerPaths): Promise<AuditLedger | AkiosError> {
    try {
      return await this.#ports.openLedger(paths);
    } catch (error) {
      if (isBroken(error)) return error;
      throw error;
    }
  }
}

function isBroken(error: unknown): error is AkiosError {
  return error instanceof AkiosError && error.code === 'LEDGER_BROKEN';
}

/** @throws AkiosError LEDGER_BROKEN: nothing acts in a project whose ledger takes no rows */
export function refuseBroken(project: OpenProject): void {
  const error = project.ledger.broken();
  if (error !== null) throw error;
}
