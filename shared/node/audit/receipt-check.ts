import { readdirSync, statSync } from 'node:fs';
import { equalBytes, fromUtf8, toHex } from '../../proof/bytes.ts';
import { isCanonical } from '../../proof/canonical.ts';
import { parseNote } from '../../proof/note.ts';
import type { BundleReport } from './bundle.ts';
import { type FindingCode, Findings } from './findings.ts';
import { InputUnreadable, readInputs, readSmall, type TrustedInputs } from './inputs.ts';
import {
  listReceipts,
  type ReceiptView,
  receiptBody,
  statedCheckpoint,
  trustFolderOf,
} from './receipts.ts';
import { signersState } from './signers.ts';

export interface StatementOptions {
  receiptFile: string;
  vkeyFile: string;
  anchorFile?: string | null;
}

export interface StatementReport extends BundleReport {
  /** What was signed; absent when nothing was. */
  statement?: Record<string, unknown>;
}

/**
 * A receipt alone: whether a key of the log signed it, and, where it quotes the newest checkpoint of
 * the log (an erasure does), whether that is the anchored one. An anchor beyond it means that the
 * receipt tells of fewer records than there were. Exit codes as for a log: what no anchor bears out,
 * whoever holds the key may have written. Does not throw for anything the receipt holds.
 */
export function verifyReceipt({
  receiptFile,
  vkeyFile,
  anchorFile = null,
}: StatementOptions): StatementReport {
  const started = performance.now();
  const findings = new Findings();
  let found: Partial<StatementReport> = {};
  let exitCode = 2;
  try {
    const inputs = readInputs(vkeyFile, anchorFile);
    found = check(readSmall(receiptFile, 'receipt'), inputs, findings);
    exitCode = findings.list.length > 0 ? 1 : found.anchored === true ? 0 : 3;
  } catch (error) {
    if (!(error instanceof InputUnreadable)) throw error;
    findings.add('INPUT_UNREADABLE', { detail: error.message });
  }
  return reportOf(findings, found, exitCode, started);
}

function reportOf(
  findings: Findings,
  found: Partial<StatementReport>,
  exitCode: number,
  started: number,
): StatementReport {
  return {
    ok: findings.list.length === 0,
    findings: [...findings.list],
    anchored: false,
    ...found,
    exitCode,
    anchor: null,
    ms: Math.round(performance.now() - started),
    at: new Date().toISOString(),
  };
}

/** Whether a path leads to a folder; what it is else, or why not, others say. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function refuseUnreadable(dir: string): void {
  try {
    readdirSync(dir);
  } catch (error) {
    throw new InputUnreadable(`The receipts cannot be read: ${dir}.`, { cause: error });
  }
}

const CODES: Partial<Record<ReceiptView['state'], FindingCode>> = {
  invalid: 'SIG_INVALID',
  untrusted: 'SIG_UNTRUSTED_KEY',
  missing: 'RECEIPT_MISSING',
};

export interface ReceiptsReport extends StatementReport {
  receipts: ReceiptView[];
}

/**
 * A folder of receipts, each by the keys of the trust folder that the vkey lies in. What is missing is
 * told from the numbers. No one anchor bears all of them out: the best exit code is 3.
 */
export function verifyReceipts({ receiptFile, vkeyFile }: StatementOptions): ReceiptsReport {
  const started = performance.now();
  const findings = new Findings();
  let receipts: ReceiptView[] = [];
  let exitCode = 2;
  try {
    readInputs(vkeyFile, null);
    refuseUnreadable(receiptFile);
    receipts = listReceipts(trustFolderOf(vkeyFile), new Map(), receiptFile);
    // Of nothing, nothing is said.
    if (receipts.length === 0) throw new InputUnreadable(`There is no receipt in ${receiptFile}.`);
    for (const { file, state } of receipts) {
      const code = CODES[state];
      if (code !== undefined) findings.add(code, { detail: file });
    }
    exitCode = findings.list.length > 0 ? 1 : 3;
  } catch (error) {
    if (!(error instanceof InputUnreadable)) throw error;
    findings.add('INPUT_UNREADABLE', { detail: error.message });
  }
  return { ...reportOf(findings, {}, exitCode, started), receipts };
}

function check(
  bytes: Uint8Array,
  { key, keys, anchor }: TrustedInputs,
  findings: Findings,
): Partial<StatementReport> {
  const source = fromUtf8(bytes);
  const note = source === null ? null : parseNote(source);
  const found = note === null ? null : receiptBody(note, key.name);
  const head = found === null ? 'malformed' : statedCheckpoint(found.body, key.name);
  const fits = found !== null && typeof found.body['kind'] === 'string' && head !== 'malformed';
  if (note === null || !fits || !isCanonical(found.json, found.body)) {
    findings.add('EXPORT_MALFORMED', {
      detail: 'the receipt, or it is of another log than the verifier key',
    });
    return {};
  }
  const at = head === null ? {} : { index: Number(head.size) };
  const outside = anchor === null ? null : { note: anchor.note, size: anchor.checkpoint.size };
  const state = signersState(keys, note, head, outside);
  if (state === 'invalid') findings.add('SIG_INVALID', at);
  if (state === 'untrusted') findings.add('SIG_UNTRUSTED_KEY', at);
  const statement = found.body;
  if (anchor !== null && !anchor.proved) {
    throw new InputUnreadable('The anchor is not signed by a key of this log.');
  }
  if (head === null) return { statement };
  const tree = { size: Number(head.size), root: toHex(head.checkpoint.root), statement };
  if (anchor === null || anchor.checkpoint.size < head.size) return tree;
  if (anchor.checkpoint.size > head.size) {
    findings.add('ROLLBACK', at);
    return tree;
  }
  const anchored = equalBytes(anchor.checkpoint.root, head.checkpoint.root);
  if (!anchored) findings.add('FORK', { index: 0 });
  return { ...tree, anchored };
}
