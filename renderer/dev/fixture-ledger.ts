/** A ledger of made-up events whose tree, proofs and signatures are real. Never in the bundle. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type {
  AuditRecord,
  AuditRow,
  CheckpointView,
  LedgerStats,
} from '../../shared/contract/audit.ts';
import { toHex, utf8 } from '../../shared/proof/bytes.ts';
import { canonicalize } from '../../shared/proof/canonical.ts';
import {
  formatCheckpoint,
  formatNote,
  formatVkey,
  keyId,
  type SignatureLine,
} from '../../shared/proof/note.ts';
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

interface FixtureKey {
  privateKey: KeyObject;
  id: Uint8Array;
  vkey: string;
}

function newKey(): FixtureKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { privateKey, id: keyId(sha256, ORIGIN, raw), vkey: formatVkey(sha256, ORIGIN, raw) };
}

interface FixtureOptions {
  /** Row whose body is not the one that was hashed. */
  tampered?: number | null;
  /** Rows that hand over to the next key, ascending. */
  rotations?: readonly number[];
}

/** `size` rows, bodies made on demand. */
export class FixtureLedger {
  readonly size: number;
  readonly tampered: number | null;
  readonly rotations: readonly number[];
  readonly #levels: Uint8Array[][] = [];
  /** The first key and the one each rotation hands over to. */
  readonly #keys: readonly FixtureKey[];

  constructor(size: number, { tampered = null, rotations = [] }: FixtureOptions = {}) {
    this.size = size;
    this.tampered = tampered;
    this.rotations = rotations;
    this.#keys = [newKey(), ...rotations.map(newKey)];
    let row: Uint8Array[] = [];
    for (let i = 0; i < size; i++) row.push(hasher.leaf(utf8(this.#body(i))));
    this.#levels.push(row);
    while (row.length > 1) {
      const next: Uint8Array[] = [];
      for (let i = 0; i + 1 < row.length; i += 2) next.push(hasher.node(row[i]!, row[i + 1]!));
      this.#levels.push(next);
      row = next;
    }
  }

  /** The first key: the one an auditor holds. */
  get vkey(): string {
    return this.#keys[0]!.vkey;
  }

  readonly #node: NodeSource = (level, index) => this.#levels[level]![index]!;

  #fields(
    seq: number,
  ): readonly [string, string, string | null, 'allow' | 'deny' | null, string | null] {
    if (this.rotations.includes(seq)) return ['log.key_rotate', 'log', null, null, null];
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
      ...(type === 'log.key_rotate'
        ? { rotate: this.#keys[this.rotations.indexOf(seq) + 1]!.vkey }
        : {}),
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
    const line = ({ privateKey, id }: FixtureKey): SignatureLine => ({
      name: ORIGIN,
      id,
      signature: new Uint8Array(sign(null, Buffer.from(text, 'utf8'), privateKey)),
    });
    const past = this.rotations.filter((seq) => seq + 1 < size).length;
    const signers = this.#keys.slice(past, past + (this.rotations.includes(size - 1) ? 2 : 1));
    const note = formatNote(text, signers.map(line));
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
