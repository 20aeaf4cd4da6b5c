import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { equalBytes, fromUtf8, toHex } from '../../proof/bytes.ts';
import { isCanonical } from '../../proof/canonical.ts';
import { type Checkpoint, parseNote, type SignedNote } from '../../proof/note.ts';
import type { BundleReport } from './bundle.ts';
import { count, hashOf, signedCheckpoint, statedAnchor, text } from './bundle-fields.ts';
import { Malformed } from './bundle-lines.ts';
import { bornOut, type ExportedTree, leadsOn } from './export-anchor.ts';
import { contradiction } from './export-record.ts';
import { Findings } from './findings.ts';
import {
  InputUnreadable,
  openAtOnce,
  readInputs,
  readSmall,
  refuseInside,
  type TrustedInputs,
} from './inputs.ts';
import { receiptBody } from './receipts.ts';
import { signersState } from './signers.ts';

export interface ExportOptions {
  /** Any export: CSV, JSON, HTML, OCSF, OTLP, JSON lines or an evidence bundle. */
  file: string;
  /** Its receipt; `<file>.receipt` when absent. */
  receiptFile?: string | null;
  vkeyFile: string;
  anchorFile?: string | null;
  /** The log of now, which leads from the exported tree to a later anchor. */
  logDir?: string | null;
}

interface Facts extends ExportedTree {
  rows: number;
  filter: string;
  sha256: string;
  bytes: number;
  format: unknown;
  /** The checkpoint of the exported tree. */
  head: { note: SignedNote; checkpoint: Checkpoint };
}

/**
 * Whether a file is byte for byte what the log exported: the receipt beside it is signed by a key of
 * the log and names digest, filter and totals. Exit codes as for a log: without an anchor
 * that is tied to its tree nothing outside vouches for the log that signed. Does not throw for
 * anything the files hold.
 */
export async function verifyExport(options: ExportOptions): Promise<BundleReport> {
  const started = performance.now();
  const findings = new Findings();
  let facts: Facts | null = null;
  let anchored = false;
  let exitCode: number;
  try {
    const { vkeyFile, anchorFile = null, logDir = null } = options;
    for (const file of [vkeyFile, anchorFile]) if (logDir !== null) refuseInside(logDir, file);
    const inputs = readInputs(vkeyFile, anchorFile);
    const receipt = readSmall(options.receiptFile ?? `${options.file}.receipt`, 'receipt');
    const digest = await digestOf(options.file);
    facts = checkReceipt(receipt, inputs, findings);
    if (facts !== null && (facts.sha256 !== digest.sha256 || facts.bytes !== digest.bytes)) {
      findings.add('EXPORT_DIGEST', { detail: 'the file is not the one that was exported' });
    }
    const other =
      facts === null || logDir === null ? null : contradiction(logDir, facts, inputs.keys);
    if (other !== null) findings.add('EXPORT_DIGEST', { detail: other });
    anchored = facts !== null && isAnchored(facts, inputs, logDir, findings);
    exitCode = findings.list.length > 0 ? 1 : anchored ? 0 : 3;
  } catch (error) {
    if (!(error instanceof InputUnreadable)) throw error;
    findings.add('INPUT_UNREADABLE', { detail: error.message });
    exitCode = 2;
  }
  return {
    ok: findings.list.length === 0,
    findings: [...findings.list],
    ...(facts === null
      ? {}
      : { size: facts.size, root: toHex(facts.root), rows: facts.rows, filter: facts.filter }),
    ...(facts === null ? {} : { complete: facts.rows === facts.size && facts.filter === '' }),
    anchored,
    exitCode,
    anchor: null,
    ms: Math.round(performance.now() - started),
    at: new Date().toISOString(),
  };
}

async function digestOf(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    if (!statSync(file).isFile()) throw new InputUnreadable(`${file} is not a regular file.`);
    const input = createReadStream('', { fd: openAtOnce(file) });
    for await (const chunk of input as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (error instanceof InputUnreadable) throw error;
    throw new InputUnreadable(`The export cannot be read: ${file}.`, { cause: error });
  }
  return { sha256: hash.digest('hex'), bytes };
}

function checkReceipt(
  bytes: Uint8Array,
  { key, keys, anchor }: TrustedInputs,
  findings: Findings,
): Facts | null {
  // The receipt came with the export: what is wrong with it is a finding, not a lack of access.
  const source = fromUtf8(bytes);
  const note = source === null ? null : parseNote(source);
  const found = note === null ? null : receiptBody(note, key.name);
  const facts = found === null || !isCanonical(found.json, found.body) ? null : factsOf(found.body);
  if (note === null || facts === null) {
    findings.add('EXPORT_MALFORMED', {
      detail: 'the receipt, or it is of another log than the verifier key',
    });
    return null;
  }
  const index = facts.size;
  const { checkpoint } = facts.head;
  const outside = anchor === null ? null : { note: anchor.note, size: anchor.checkpoint.size };
  const state = signersState(keys, note, { note: facts.head.note, size: BigInt(index) }, outside);
  if (state === 'invalid') findings.add('SIG_INVALID', { index });
  if (state === 'untrusted') findings.add('SIG_UNTRUSTED_KEY', { index });
  if (checkpoint.origin !== key.name) findings.add('ORIGIN_MISMATCH', { index });
  if (checkpoint.size !== BigInt(index) || !equalBytes(checkpoint.root, facts.root)) {
    findings.add('ROOT_MISMATCH', { index });
  }
  return facts;
}

/** What the receipt states; null when a field is missing or of another kind. */
function factsOf(body: Record<string, unknown>): Facts | null {
  if (body['kind'] !== 'export') return null;
  try {
    return {
      size: count(body, 'total'),
      rows: count(body, 'rows'),
      bytes: count(body, 'bytes'),
      format: body['format'],
      root: hashOf(body['root'], 'root'),
      filter: text(body, 'filter'),
      sha256: text(body, 'sha256'),
      head: signedCheckpoint(text(body, 'note')),
      stated: statedAnchor(body),
    };
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

function isAnchored(
  facts: Facts,
  { anchor }: TrustedInputs,
  logDir: string | null,
  findings: Findings,
): boolean {
  if (anchor !== null && !anchor.proved) {
    throw new InputUnreadable('The anchor is not signed by a key of this log.');
  }
  const found = anchor === null ? 'unknown' : bornOut(facts, anchor, logDir);
  if (found === 'fork' || !leadsOn(facts)) findings.add('FORK', { index: 0 });
  return found === 'same';
}
