import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CageStatus } from '../../../shared/contract/cage.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import {
  type Ablation,
  type CageLevel,
  type CageState,
  LEVEL_LABEL,
  type Posture,
} from '../../../shared/domain/states.ts';
import type { CageBackend, ProbeReport } from '../../cage/port.ts';
import { effectiveAblations } from '../../core/config/config.ts';
import type { CageProof } from '../../engine/port.ts';
import type { Actor } from '../../store/ledger/port.ts';
import { type CageLife, type OpenProject, refuseBroken } from '../projects/projects.ts';
import { ledgerKept } from './erase-session.ts';
import { limitsOf } from './limits.ts';
import { PROBE_EVERY_MS, PROOF_LIFE_MS, type Prober } from './prober.ts';
import { type Proofs, protectionsOf, resultOf } from './protections.ts';
import { testBudget, testCage, testLedger, testRedaction } from './self-tests.ts';

export interface CagePorts {
  backend: CageBackend;
  prober: Prober;
  changed(project: OpenProject, status: CageStatus): void;
  fault(where: string, error: unknown): void;
}

export interface UpOptions {
  flags: readonly Ablation[];
  overlay: Readonly<Record<string, string>>;
  actor: Actor;
}

const RANK: Record<CageLevel, number> = { unknown: 0, refuse: 0, strong: 1, full: 2 };
const HELPER: Actor = { type: 'helper', id: 'cage' };

/**
 * The life of one project's cage. Every word of its status comes from the newest proofs; what is
 * not proved is shown as unknown, and nothing runs on it.
 */
export class Cage implements CageLife {
  readonly #project: OpenProject;
  readonly #ports: CagePorts;
  readonly #lost = new Set<(reason: string) => void>();
  #state: CageState = 'down';
  #reasons: string[] = [];
  #flags: readonly Ablation[] = [];
  #overlay: Readonly<Record<string, string>> = {};
  #relaxed = false;
  #proofs: Proofs | null = null;
  #provedAt = 0;
  #upSince: string | null = null;
  #lowering: { done: number; total: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Grows with each raising and lowering: a test that began before it says nothing any more. */
  #epoch = 0;

  constructor(project: OpenProject, ports: CagePorts) {
    this.#project = project;
    this.#ports = ports;
    project.ledger.onRefused((error) => this.#ledgerRefused(error));
  }

  /** On a broken ledger the cage is blocked, whatever was proved before. */
  get state(): CageState {
    return this.#project.ledger.broken() === null ? this.#state : 'blocked';
  }

  overlay(): Readonly<Record<string, string>> {
    return this.#overlay;
  }

  onLost(listener: (reason: string) => void): () => void {
    this.#lost.add(listener);
    return () => this.#lost.delete(listener);
  }

  /** What may be relied on at this very moment. */
  proof(): CageProof {
    const proofs = this.#proofs;
    const level = proofs?.report.level ?? 'unknown';
    const base = {
      level,
      mode: proofs === null ? 'none' : `${proofs.report.backend}/${level}`,
      features: proofs?.report.features ?? [],
      ablations: this.#flags,
    };
    const problem = this.#problem();
    return problem === null
      ? { ...base, proved: true, reasons: [] }
      : { ...base, proved: false, code: problem.code, reasons: problem.reasons };
  }

  /**
   * Tests everything, writes the result to the ledger, and only then allows runs.
   * @throws AkiosError CONFIG_INVALID, DENIED, CAGE_UNPROVED, LEDGER_*
   */
  async up({ flags, overlay, actor }: UpOptions): Promise<CageStatus> {
    refuseBroken(this.#project);
    this.#refuseBusy();
    const before = this.#state;
    this.#epoch += 1;
    this.#overlay = overlay;
    this.#project.refresh(true);
    const ablations = effectiveAblations(this.#project.config, flags);
    this.#move('raising', []);
    try {
      const proofs = await this.#test(actor, 'cage.up', flags);
      const wrong = this.#shortcomings(proofs, ablations);
      if (wrong.length > 0) throw this.#unproved(proofs, wrong);
      if (flags.length > 0) this.#announceOutside(flags, actor, proofs.recordSeq);
      this.#flags = flags;
      this.#relaxed = false;
      this.#upSince = new Date().toISOString();
      this.#accept(proofs);
      return this.status();
    } catch (error) {
      if (this.#state === 'raising') this.#fail(before, error);
      throw error;
    }
  }

  /** Tests again. While up, anything short of the last level stops the steps. */
  async probe(actor: Actor): Promise<CageStatus> {
    refuseBroken(this.#project);
    if (this.#state !== 'up' && this.#state !== 'degraded') {
      throw new AkiosError('CAGE_DOWN', 'The cage is down; there is nothing to test.', {
        hint: 'Raise it first: akios cage up.',
      });
    }
    const epoch = this.#epoch;
    const { proofs, wrong } = await this.#testAgain(actor);
    if (epoch !== this.#epoch) return this.status();
    if (wrong.length === 0) this.#accept(proofs);
    else {
      this.#proofs = proofs;
      this.#lose(wrong);
    }
    return this.status();
  }

  /** Called by lowering: from here on nothing is proved and nothing starts. */
  beginDown(): void {
    this.#refuseBusy();
    clearInterval(this.#timer);
    this.#epoch += 1;
    this.#move('lowering', []);
    this.#tellLost('the cage is being lowered');
  }

  progress(done: number, total: number): void {
    this.#lowering = { done, total };
    this.#announce();
  }

  endDown(relaxed: boolean): void {
    this.#lowering = undefined;
    this.#proofs = null;
    this.#flags = [];
    this.#overlay = {};
    this.#upSince = null;
    this.#relaxed = relaxed;
    this.#move('down', []);
  }

  /** Lowering did not finish; what is left is told, and the cage stays shut. */
  failDown(reason: string): void {
    this.#lowering = undefined;
    this.#proofs = null;
    this.#move('blocked', [reason]);
  }

  status(): CageStatus {
    const { config, dir } = this.#project;
    const broken = this.#project.ledger.broken() !== null;
    const problem = broken || this.#state === 'up' ? this.#problem() : null;
    const level = this.#proofs?.report.level ?? 'unknown';
    return {
      project: dir,
      state: broken || problem === null ? this.state : 'degraded',
      posture: this.#posture(),
      level,
      levelLabel: LEVEL_LABEL[level],
      soft: this.#proofs?.report.soft ?? [],
      reasons: [...this.#reasons, ...(problem?.reasons ?? [])],
      ablations: [...this.#flags],
      production: config.environment === 'production',
      backend: this.#ports.backend.name,
      policyDigest: this.#project.policyDigest,
      ledgerKept: ledgerKept(config),
      upSince: this.#upSince,
      testedAt: this.#proofs?.at ?? null,
      heartbeatAt: new Date().toISOString(),
      probes: this.#proofs?.report.probes ?? [],
      protections: protectionsOf(config, this.#flags, this.#proofs),
      ...(this.#lowering === undefined ? {} : { lowering: this.#lowering }),
    };
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#tellLost('the helper stops');
  }

  #posture(): Posture {
    if (this.#state === 'up' && this.#problem() === null) {
      return this.#flags.length > 0 ? 'CUSTOM' : 'ACTIVE';
    }
    if (this.state === 'down') return this.#relaxed ? 'RELAXED (DEV)' : 'DOWN';
    return 'UNKNOWN';
  }

  #problem(): {
    code: 'CAGE_DOWN' | 'CAGE_UNPROVED' | 'DENIED' | 'LEDGER_BROKEN';
    reasons: string[];
  } | null {
    const broken = this.#project.ledger.broken();
    if (broken !== null) return { code: 'LEDGER_BROKEN', reasons: [broken.message] };
    if (this.#state === 'degraded' || this.#state === 'blocked') {
      return { code: 'CAGE_UNPROVED', reasons: this.#reasons };
    }
    if (this.#state !== 'up' || this.#proofs === null) {
      return { code: 'CAGE_DOWN', reasons: ['The cage is down.'] };
    }
    const { settingsFault } = this.#project;
    if (settingsFault !== null) {
      const { where, message } = settingsFault.toValue();
      const at = where === undefined ? '' : `${where}: `;
      return { code: 'CAGE_UNPROVED', reasons: [`The settings are invalid: ${at}${message}`] };
    }
    if (performance.now() - this.#provedAt > PROOF_LIFE_MS) {
      return { code: 'CAGE_UNPROVED', reasons: ['The last proof is too old.'] };
    }
    try {
      const ablations = effectiveAblations(this.#project.config, this.#flags);
      const wrong = this.#shortcomings(this.#proofs, ablations);
      return wrong.length === 0 ? null : { code: 'CAGE_UNPROVED', reasons: wrong };
    } catch (error) {
      if (!(error instanceof AkiosError)) throw error;
      return { code: 'DENIED', reasons: [error.message] };
    }
  }

  /** What is wanted and not proved, in plain sentences. */
  #shortcomings(proofs: Proofs, ablations: readonly Ablation[]): string[] {
    const { config } = this.#project;
    const wrong = protectionsOf(config, ablations, proofs)
      .filter((p) => p.wantedOn && p.proof !== 'proved')
      .map((p) => `${p.title}: ${resultOf(p.id, proofs).detail}`);
    if (!config.sandbox_enabled) wrong.push('sandbox_enabled is false: nothing runs uncaged.');
    const needed = config.require_level === 'none' ? 'strong' : config.require_level;
    if (RANK[proofs.report.level] < RANK[needed]) {
      wrong.push(`Level ${LEVEL_LABEL[needed]} is required.`);
    }
    return [...new Set(wrong)];
  }

  /** A test that cannot be finished proves nothing, so what was proved before does not stand. */
  async #testAgain(actor: Actor): Promise<{ proofs: Proofs; wrong: string[] }> {
    const epoch = this.#epoch;
    try {
      const proofs = await this.#test(actor, 'cage.probe', this.#flags);
      const ablations = effectiveAblations(this.#project.config, this.#flags);
      return { proofs, wrong: this.#shortcomings(proofs, ablations) };
    } catch (error) {
      if (epoch === this.#epoch) {
        if (error instanceof AkiosError && isLedgerFault(error)) this.#ledgerRefused(error);
        else {
          this.#proofs = null;
          const why = error instanceof AkiosError ? error.message : 'an unexpected fault.';
          this.#lose([`The cage could not be tested again: ${why}`]);
        }
      }
      throw error;
    }
  }

  /** Rows that cannot be made durable: no effect may follow, and the screen must not say "proved". */
  #ledgerRefused(error: AkiosError): void {
    if (this.#proofs === null || (this.#state !== 'up' && this.#state !== 'degraded')) return;
    const audit = { ok: false, detail: error.message };
    this.#proofs = { ...this.#proofs, tests: { ...this.#proofs.tests, audit } };
    this.#lose([`Audit ledger: ${error.message}`]);
  }

  /** The row is durable before the first trial program starts, its outcome follows. */
  async #test(actor: Actor, type: string, flags: readonly Ablation[]): Promise<Proofs> {
    const { ledger, config, redactor, policyDigest, dir, paths } = this.#project;
    const intent = await ledger.append({
      type: 'cage.self-test',
      actor,
      subject: this.#project.id,
      expects: 'outcome',
      data: { for: type },
    });
    const [report, canary] = await Promise.all([
      this.#ports.prober.fresh(),
      testCage(this.#ports.backend, limitsOf(config), dir),
    ]);
    const anchored = existsSync(join(paths.trustDir, 'anchor.note'));
    const proofs: Proofs = {
      at: new Date().toISOString(),
      report,
      tests: {
        ...canary,
        pii: await testRedaction(redactor),
        audit: guarded(() => testLedger(ledger, intent.seq)),
        anchor: {
          ok: anchored,
          detail: anchored ? 'A checkpoint lies in the trust folder.' : 'No checkpoint was found.',
        },
        budget: guarded(() => testBudget(config.budget_limit_per_run)),
      },
      recordSeq: null,
    };
    const row = await ledger.append({
      type,
      actor,
      subject: this.#project.id,
      intent: intent.seq,
      cage: { mode: `${report.backend}/${report.level}`, features: report.features },
      result: { status: this.#shortcomings(proofs, flags).length === 0 ? 'proved' : 'refused' },
      data: {
        level: report.level,
        flags: flags.join(' '),
        policy: policyDigest,
        environment: config.environment,
        probes: Object.fromEntries(report.probes.map((p) => [p.id, probeWord(p.ok)])),
        tests: Object.fromEntries(
          Object.entries(proofs.tests).map(([id, test]) => [id, probeWord(test.ok)]),
        ),
      },
    });
    return { ...proofs, recordSeq: row.seq };
  }

  #accept(proofs: Proofs): void {
    this.#proofs = proofs;
    this.#provedAt = performance.now();
    this.#move('up', []);
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      this.probe(HELPER).catch((error: unknown) => this.#ports.fault('cage probe', error));
    }, PROBE_EVERY_MS);
    this.#timer.unref();
  }

  #lose(reasons: string[]): void {
    this.#move('degraded', reasons);
    this.#tellLost(reasons.join(' '));
  }

  #tellLost(reason: string): void {
    const listeners = [...this.#lost];
    this.#lost.clear();
    for (const listener of listeners) listener(reason);
  }

  #fail(before: CageState, error: unknown): void {
    this.#proofs = null;
    const reason = error instanceof AkiosError ? error.message : 'Raising the cage failed.';
    this.#move('blocked', [reason]);
    if (before === 'up' || before === 'degraded') this.#tellLost(reason);
  }

  #unproved(proofs: Proofs, wrong: readonly string[]): AkiosError {
    const needed = this.#project.config.require_level === 'full' ? 'full' : 'strong';
    // A probe that only a higher level needs is not why this was refused.
    const short = RANK[proofs.report.level] < RANK[needed];
    const failed = proofs.report.probes.find((probe) => probe.ok === false && probe.fix);
    const fix = short ? failed?.fix : undefined;
    this.#proofs = proofs;
    this.#move('blocked', [...wrong]);
    return new AkiosError('CAGE_UNPROVED', `The cage could not be proved. ${wrong.join(' ')}`, {
      hint: fix ?? 'Run `akios doctor` for every probe with its fix.',
      details: { level: proofs.report.level },
    });
  }

  /** A dropped protection is on record where neither the project nor its erasure reaches. */
  #announceOutside(flags: readonly Ablation[], actor: Actor, record: number | null): void {
    const statement = {
      kind: 'ablation',
      project: this.#project.id,
      path: this.#project.dir,
      actor: `${actor.type}:${actor.id}`,
      at: new Date().toISOString(),
      flags: flags.join(' '),
      record: record ?? -1,
    };
    this.#project.ledger.signReceipt(statement, { named: true });
  }

  #refuseBusy(): void {
    if (this.#state !== 'raising' && this.#state !== 'lowering') return;
    throw new AkiosError('CONFLICT', `The cage is ${this.#state} at this moment.`, {
      hint: 'Wait for it; `akios cage status` shows the state.',
    });
  }

  #move(state: CageState, reasons: string[]): void {
    this.#state = state;
    this.#reasons = reasons;
    this.#announce();
  }

  #announce(): void {
    this.#ports.changed(this.#project, this.status());
  }
}

function probeWord(ok: boolean | null): string {
  return ok === null ? 'unknown' : ok ? 'pass' : 'fail';
}

function isLedgerFault({ code }: AkiosError): boolean {
  return code === 'DISK_FULL' || code.startsWith('LEDGER_');
}

function guarded<T>(test: () => T): T | { ok: false; detail: string } {
  try {
    return test();
  } catch (error) {
    return {
      ok: false,
      detail: error instanceof Error ? error.message : 'The test itself failed.',
    };
  }
}

export type { ProbeReport };
