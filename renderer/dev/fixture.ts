/** Made-up data of one project, for development and for component tests. Never in the bundle. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type {
  AuditRecord,
  AuditRow,
  CheckpointView,
  LedgerStats,
} from '../../shared/contract/audit.ts';
import type { CageStatus } from '../../shared/contract/cage.ts';
import type { RunDetail, RunSummary, StepView } from '../../shared/contract/runs.ts';
import type { BudgetReport } from '../../shared/contract/system.ts';
import { toHex, utf8 } from '../../shared/proof/bytes.ts';
import { canonicalize } from '../../shared/proof/canonical.ts';
import { formatCheckpoint, formatNote, formatVkey, keyId } from '../../shared/proof/note.ts';
import {
  inclusionPath,
  type NodeSource,
  subtreeRoot,
  treeHasher,
} from '../../shared/proof/tree.ts';

export const sha256 = (data: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(data).digest());
export const hasher = treeHasher(sha256);

const TYPES = [
  ['gate.intent', 'data/input/clinical-letter.docx', 'allowed', 'allow', 'builtin.read-input'],
  ['gate.outcome', '48,212 B read', 'ok', null, null],
  ['llm.intent', 'extractive', 'allowed', 'allow', 'builtin.llm-local'],
  ['llm.outcome', '236 in, 212 out, $0.000000', 'ok', null, null],
  ['gate.denied', 'formulary.rxline.example:443', 'denied', 'deny', 'builtin.default-deny'],
  ['log.seal', 'checkpoint', null, null, null],
  ['cage.probe', '9 probes, 9 as needed', 'ok', null, null],
] as const;

const START = Date.parse('2026-11-20T06:00:00.000Z');
export const ORIGIN = 'akios.example/claims-intake';

/** A ledger of `size` rows whose tree, proofs and signature are real; bodies are made on demand. */
export class FixtureLedger {
  readonly size: number;
  readonly tampered: number | null;
  readonly #levels: Uint8Array[][] = [];
  readonly #keys = generateKeyPairSync('ed25519');
  readonly vkey: string;

  constructor(size: number, tampered: number | null = null) {
    this.size = size;
    this.tampered = tampered;
    let row: Uint8Array[] = [];
    for (let i = 0; i < size; i++) row.push(hasher.leaf(utf8(this.#body(i))));
    this.#levels.push(row);
    while (row.length > 1) {
      const next: Uint8Array[] = [];
      for (let i = 0; i + 1 < row.length; i += 2) next.push(hasher.node(row[i]!, row[i + 1]!));
      this.#levels.push(next);
      row = next;
    }
    const raw = this.#keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    this.vkey = formatVkey(sha256, ORIGIN, new Uint8Array(raw));
  }

  readonly #node: NodeSource = (level, index) => this.#levels[level]![index]!;

  #fields(seq: number): (typeof TYPES)[number] {
    return TYPES[seq % 7]!;
  }

  ts(seq: number): string {
    return new Date(START + seq * 137).toISOString();
  }

  #body(seq: number): string {
    const [type, subject, status, decision, rule] = this.#fields(seq);
    return canonicalize({
      actor: { id: 'sample', type: 'workflow' },
      id: `019aa1c5-${String(seq).padStart(12, '0')}`,
      run: seq % 7 === 6 ? null : `r-${(seq >> 6).toString(16).padStart(8, '0')}`,
      salt: toHex(sha256(utf8(`salt ${seq}`))).slice(0, 32),
      seq,
      step: seq % 7 === 6 ? null : 'summarise',
      subject,
      ts: this.ts(seq),
      type,
      v: 1,
      ...(type === 'log.seal' ? { seal: seq } : {}),
      ...(status === null ? {} : { result: { code: null, ms: 6, status } }),
      ...(decision === null ? {} : { policy: { decision, rule } }),
    });
  }

  record(seq: number): AuditRecord {
    const body = this.#body(seq);
    return {
      seq,
      leaf: toHex(this.#levels[0]![seq]!),
      ts: this.ts(seq),
      type: this.#fields(seq)[0],
      body: seq === this.tampered ? body.replace('summarise', 'summarize') : body,
    };
  }

  row(seq: number): AuditRow {
    const [type, subject, status, decision, rule] = this.#fields(seq);
    return {
      seq,
      ts: this.ts(seq),
      type,
      subject,
      actor: 'workflow sample',
      run: seq % 7 === 6 ? null : `r-${(seq >> 6).toString(16).padStart(8, '0')}`,
      step: seq % 7 === 6 ? null : 'summarise',
      status,
      decision,
      rule,
      pruned: false,
    };
  }

  root(size = this.size): Uint8Array {
    return subtreeRoot(hasher, this.#node, 0, size);
  }

  path(seq: number, size: number): string[] {
    return inclusionPath(hasher, this.#node, seq, size).map(toHex);
  }

  checkpoint(size = this.size): CheckpointView {
    const root = this.root(size);
    const text = formatCheckpoint(ORIGIN, size, root);
    const raw = this.#keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const signature = sign(null, Buffer.from(text, 'utf8'), this.#keys.privateKey);
    const id = keyId(sha256, ORIGIN, new Uint8Array(raw));
    const note = formatNote(text, [{ name: ORIGIN, id, signature: new Uint8Array(signature) }]);
    return { size, root: toHex(root), note, at: this.ts(Math.max(0, size - 1)) };
  }

  stats(): LedgerStats {
    return {
      events: this.size,
      root: toHex(this.root()),
      bytes: this.size * 760,
      file: '/home/ingrid/claims-intake/audit/audit.db',
      checkpoints: Math.ceil(this.size / 7),
      firstAt: this.size === 0 ? null : this.ts(0),
      lastAt: this.size === 0 ? null : this.ts(this.size - 1),
      lastVerify: null,
      anchor: null,
      pruned: 0,
      segments: 1,
      receipts: 0,
    };
  }
}

const minutesAgo = (m: number): string => new Date(Date.now() - m * 60_000).toISOString();

export function cage(state: CageStatus['state']): CageStatus {
  const at = minutesAgo(0.2);
  const on = state === 'up' || state === 'degraded';
  const row = (
    id: CageStatus['protections'][number]['id'],
    title: string,
    wanted: string,
    detail: string,
  ) => ({
    id,
    title,
    wanted,
    wantedOn: true,
    proof: on
      ? id === 'anchor' && state === 'degraded'
        ? ('failed' as const)
        : ('proved' as const)
      : ('unknown' as const),
    detail: on ? detail : 'not tested while the cage is down',
    at: on ? at : null,
    recordSeq: on ? 6 : null,
  });
  return {
    project: 'claims-intake',
    state,
    posture: on ? 'ACTIVE' : 'DOWN',
    level: on ? 'full' : 'unknown',
    levelLabel: on ? 'Full (kernel-hard)' : 'Unknown',
    soft: [],
    reasons:
      state === 'degraded'
        ? ['The outside anchor of the ledger is 2 h 14 min old; the settings want at most 60 min']
        : [],
    ablations: [],
    production: false,
    backend: 'bubblewrap 0.8.0',
    policyDigest: '28961205b74fcfa1a3d0c4e88d1f6a2b9c7e5d4f3a2b1c0d9e8f7a6b5c4d3e2f',
    upSince: on ? minutesAgo(450) : null,
    testedAt: on ? at : null,
    heartbeatAt: new Date().toISOString(),
    probes: [],
    protections: [
      row(
        'sandbox',
        'Sandbox',
        'seccomp, 7 namespaces, cgroup v2',
        'ptrace, mount, keyctl refused; 512 MB limit kills',
      ),
      row(
        'network',
        'Network',
        'no route, 0 listed hosts',
        'connect() to 203.0.113.9:443 refused inside the cage',
      ),
      row(
        'files',
        'File system',
        'write to data/output and scratch only',
        'write through a symlink to ../ refused',
      ),
      row(
        'pii',
        'PII redaction',
        'inputs and outputs, 93 types',
        '93 of 93 canaries redacted, none in the egress bytes',
      ),
      row(
        'audit',
        'Audit ledger',
        'row on disk before the effect',
        'intent durable in 2.9 ms; probe effect came after it',
      ),
      row(
        'anchor',
        'Outside anchor',
        'at most 60 min old',
        'size 17,902 anchored; now 2 h 14 min old',
      ),
      row(
        'budget',
        'Budget stop',
        '$1.00 a run, $25.00 a day',
        'reservation above the cap refused before the call',
      ),
    ],
  };
}

const WORKFLOWS = ['prior-auth-summary', 'appeal-letter-draft', 'intake-batch-redact'];

export function run(n: number, state: RunSummary['state']): RunSummary {
  const ended = state !== 'running';
  return {
    id: `r-${(0x7f3a91c4 - n * 7919).toString(16)}`,
    project: 'claims-intake',
    workflow: WORKFLOWS[n % 3]!,
    path: `workflows/${WORKFLOWS[n % 3]}.yml`,
    startedBy: n % 2 === 0 ? 'Ingrid Solheim' : 'Daniel Whitcombe',
    startedAt: new Date(Date.now() - (n * 47 * 60_000 + 27_200)).toISOString(),
    endedAt: ended ? minutesAgo(n * 47) : null,
    ms: ended ? 27_200 + n * 3_100 : null,
    state,
    stepsDone: ended ? 4 : 2,
    stepsTotal: 4,
    denied: n % 2 === 0 ? 1 : 0,
    redacted: 29 + n * 4,
    costMicros: 5_904 + n * 1_117,
    reservedMicros: ended ? 0 : 6_380,
    budgetMicros: 1_000_000,
    ablations: [],
  };
}

export function step(index: number, name: string, change: Partial<StepView>): StepView {
  return {
    index,
    name,
    agent: 'filesystem',
    action: 'read',
    state: 'succeeded',
    startedAt: null,
    endedAt: null,
    ms: null,
    attempts: 1,
    verdict: { decision: 'allow', rule: 'builtin.read-input', reason: 'Inside data/input.' },
    denied: 0,
    redacted: {},
    costMicros: 0,
    tokensIn: 0,
    tokensOut: 0,
    records: [index * 2, index * 2 + 1],
    ...change,
  };
}

export function detail(summary: RunSummary): RunDetail {
  const t0 = Date.parse(summary.startedAt);
  const at = (ms: number): string => new Date(t0 + ms).toISOString();
  const span = (from: number, to: number) => ({
    startedAt: at(from),
    endedAt: at(to),
    ms: to - from,
  });
  const live = summary.endedAt === null;
  return {
    ...summary,
    description: 'Reads a clinical letter, summarises it and writes a report.',
    steps: [
      step(1, 'read_letter', { target: 'data/input/clinical-letter.docx', ...span(20, 201) }),
      step(2, 'summarise_clinical', {
        agent: 'llm',
        action: 'complete',
        target: 'extractive',
        ...span(210, 9_010),
        verdict: {
          decision: 'allow',
          rule: 'builtin.llm-local',
          reason: 'A local model is listed.',
        },
        redacted: { PERSON_NAME: 5, PHONE: 2, ADDRESS: 1, MRN: 1, EMAIL: 1, NPI: 1 },
        tokensIn: 236,
        tokensOut: 212,
        costMicros: 1_296,
      }),
      step(3, 'fetch_formulary', {
        agent: 'http',
        action: 'get',
        target: 'formulary.rxline.example:443',
        state: 'denied',
        denied: 1,
        ...span(9_020, 9_026),
        verdict: {
          decision: 'deny',
          rule: 'builtin.default-deny',
          where: 'policy/claims-intake.yml:32',
          reason:
            'The host is not listed, so the request was refused before its name was resolved.',
        },
        error: {
          code: 'NET_DENIED',
          message: 'The host is not listed.',
          hint: 'List it in policy/claims-intake.yml, then run akios policy check.',
        },
      }),
      step(
        4,
        'write_report',
        live
          ? {
              agent: 'filesystem',
              action: 'write',
              target: 'data/output/report.md',
              state: 'running',
              startedAt: at(9_040),
              costMicros: 0,
            }
          : {
              agent: 'filesystem',
              action: 'write',
              target: 'data/output/report.md',
              ...span(9_040, 9_300),
            },
      ),
    ],
    log: Array.from({ length: 14 }, (_, i) => ({
      n: i + 1,
      at: at(i * 700),
      stream: (['run', 'gate', 'stdout', 'gate'] as const)[i % 4]!,
      text: [
        'started, 4 steps, level Full (kernel-hard)',
        'allowed by builtin.read-input: data/input/clinical-letter.docx',
        '5,307 words',
        'denied by builtin.default-deny: formulary.rxline.example:443',
      ][i % 4]!,
    })),
    outputDirectory: live ? null : `data/output/${summary.id}`,
    firstSeq: 2,
    lastSeq: 9,
  };
}

export function budget(runs: readonly RunSummary[]): BudgetReport {
  const spent = runs.reduce((sum, r) => sum + r.costMicros, 0);
  const reserved = runs.reduce((sum, r) => sum + r.reservedMicros, 0);
  const by = new Map<string, { spentMicros: number; runs: number }>();
  for (const r of runs) {
    const old = by.get(r.workflow) ?? { spentMicros: 0, runs: 0 };
    by.set(r.workflow, { spentMicros: old.spentMicros + r.costMicros, runs: old.runs + 1 });
  }
  return {
    perRunLimitMicros: 1_000_000,
    day: {
      scope: 'day',
      limitMicros: 25_000_000,
      spentMicros: spent,
      reservedMicros: reserved,
      remainingMicros: 25_000_000 - spent - reserved,
      calls: runs.length,
      enforced: true,
      warnAt: [0.5, 0.8, 1],
    },
    byWorkflow: [...by].map(([workflow, v]) => ({ workflow, ...v })),
    lastRun: null,
    pricesDate: '1 Nov 2026',
    forecast: 'At the rate of the last 3 h the limit is not reached before 24:00 UTC.',
  };
}
