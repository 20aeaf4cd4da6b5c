import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KEYS_FILE } from '../../../../shared/node/audit/inputs.ts';
import { parseCheckpoint, parseNote } from '../../../../shared/proof/note.ts';
import type { LedgerCore } from '../core.ts';
import { ANCHOR_FILE } from '../recover.ts';
import type { ExportFacts, Formatter } from './formats.ts';

const VERIFIER = 'docs/verify/verify.py';

/**
 * The evidence bundle: JSON lines that a stranger checks against the trusted key alone. A header
 * with the signed checkpoint, the chain of keys, then each event with its inclusion proof, and the
 * independent verifier itself.
 */
export function bundleFormatter(core: LedgerCore, anchor: string | null): Formatter {
  return {
    head: (facts) => [header(core, facts, anchor), ...rotations(core, facts)].map(line).join(''),
    row: (record, _first, facts) => {
      const { seq, leaf, body } = record;
      return line({ kind: 'event', seq, leaf, body, proof: core.reader.path(seq, facts.total) });
    },
    tail: (facts) => [verifier(), { kind: 'end', rows: facts.rows }].map(line).join(''),
  };
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function header(
  core: LedgerCore,
  facts: ExportFacts,
  anchor: string | null,
): Record<string, unknown> {
  const { trustDir } = core.paths;
  return {
    kind: 'akios-evidence',
    version: 1,
    ...facts,
    complete: facts.filter === '' && facts.rows === facts.total,
    keys: readLines(join(trustDir, KEYS_FILE)),
    ...sinceAnchor(core, anchor, facts.total),
  };
}

/** The outside anchor as it is now; null when there is none. */
export function knownAnchor(trustDir: string): string | null {
  const file = join(trustDir, ANCHOR_FILE);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** An outside anchor, and the proof that the exported tree extends it. */
export function sinceAnchor(
  core: LedgerCore,
  anchor: string | null,
  total: number,
): { anchor: string | null; consistency: string[] } {
  const size = Number(parseCheckpoint(parseNote(anchor ?? '')?.text ?? '')?.size ?? 0);
  if (size === 0 || size > total) return { anchor: null, consistency: [] };
  return { anchor, consistency: core.reader.consistency(size, total).hashes };
}

function readLines(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
    : [];
}

/** Each change of key: the row, its proof in the checkpoint both keys signed, and that tree's place. */
function rotations(core: LedgerCore, facts: ExportFacts): Record<string, unknown>[] {
  const where = { sql: "type = 'log.key_rotate'", params: [] };
  return [...core.search.matching(where, facts.total, 1000)].flat().map((seq) => {
    const { body } = core.reader.record(seq);
    const proof = core.reader.inclusion(seq, seq + 1);
    const consistency = core.reader.consistency(seq + 1, facts.total).hashes;
    return { kind: 'rotation', seq, body, proof: proof.hashes, note: proof.note, consistency };
  });
}

/** The script from the product's folder, wherever this code was built to. */
function verifier(): Record<string, unknown> {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    const file = join(dir, VERIFIER);
    if (existsSync(file))
      return { kind: 'verifier', name: 'verify.py', text: readFileSync(file, 'utf8') };
    if (dir === dirname(dir)) return { kind: 'verifier', name: 'verify.py', text: null };
  }
}
