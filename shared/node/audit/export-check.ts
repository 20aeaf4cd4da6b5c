import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { fromUtf8 } from '../../proof/bytes.ts';
import { isCanonical } from '../../proof/canonical.ts';
import { checkSignature, parseNote } from '../../proof/note.ts';
import type { BundleReport } from './bundle.ts';
import { bornOut, type ExportedTree } from './export-anchor.ts';
import { Findings } from './findings.ts';
import { ed25519Verify } from './hash.ts';
import {
  InputUnreadable,
  laterKeys,
  readInputs,
  readSmall,
  refuseInside,
  type TrustedInputs,
} from './inputs.ts';
import { receiptBody } from './receipts.ts';

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
    facts = checkReceipt(receipt, inputs, vkeyFile, findings);
    if (facts !== null && (facts.sha256 !== digest.sha256 || facts.bytes !== digest.bytes)) {
      findings.add('EXPORT_DIGEST', { detail: 'the file is not the one that was exported' });
    }
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
      : { size: facts.total, root: facts.root, rows: facts.rows, filter: facts.filter }),
    ...(facts === null ? {} : { complete: facts.rows === facts.total && facts.filter === '' }),
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
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
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
  { key }: TrustedInputs,
  vkeyFile: string,
  findings: Findings,
): Facts | null {
  // The receipt came with the export: what is wrong with it is a finding, not a lack of access.
  const text = fromUtf8(bytes);
  const note = text === null ? null : parseNote(text);
  const found = note === null ? null : receiptBody(note, key.name);
  const facts = found === null ? null : factsOf(found.body);
  if (note === null || found === null || facts === null || !isCanonical(found.json, found.body)) {
    findings.add('EXPORT_MALFORMED', {
      detail: 'the receipt, or it is of another log than the verifier key',
    });
    return null;
  }
  const keys = [key, ...laterKeys(vkeyFile, key.name)];
  const states = keys.map((one) => checkSignature(ed25519Verify, note, one));
  if (states.includes('invalid')) findings.add('SIG_INVALID', { index: facts.total });
  else if (!states.includes('ok')) findings.add('SIG_UNTRUSTED_KEY', { index: facts.total });
  return facts;
}

function factsOf(body: Record<string, unknown>): Facts | null {
  const { kind, total, root, rows, filter, sha256, bytes } = body;
  const counts = [total, rows, bytes].every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  const texts = [filter, sha256].every((value) => typeof value === 'string');
  const isRoot = typeof root === 'string' && /^[0-9a-f]{64}$/.test(root);
  return kind === 'export' && counts && texts && isRoot ? (body as unknown as Facts) : null;
}

function isAnchored(
  facts: Facts,
  { anchor }: TrustedInputs,
  logDir: string | null,
  findings: Findings,
): boolean {
  if (anchor === null) return false;
  const found = bornOut(facts, anchor, logDir);
  if (found === 'fork') findings.add('FORK', { index: 0 });
  return found === 'same' && anchor.proved;
}
