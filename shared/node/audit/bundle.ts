import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifyReport } from '../../contract/audit.ts';
import type { VerifierKey } from '../../proof/note.ts';
import { BundleCheck } from './bundle-check.ts';
import { bundleLines, Malformed, Unended } from './bundle-lines.ts';
import { Findings } from './findings.ts';
import { type Anchor, InputUnreadable, readInputs, refuseInside } from './inputs.ts';

export interface BundleOptions {
  /** The bundle, or a folder that holds it as its only `.jsonl` file. */
  file: string;
  vkeyFile: string;
  anchorFile?: string | null;
  /** The log of now, which leads from the bundle's tree to a later anchor. */
  logDir?: string | null;
}

export interface BundleReport extends Omit<VerifyReport, 'mode'> {
  /** Records in the bundle. */
  rows?: number;
  /** Every record of the log up to the signed size is in it. */
  complete?: boolean;
  filter?: string;
}

/**
 * Verifies an evidence bundle (docs/verify/FORMAT.md) against the trusted key and the anchor, line
 * by line in bounded memory. Exit codes as for a log. Does not throw for anything the bundle holds.
 */
export async function verifyBundle(options: BundleOptions): Promise<BundleReport> {
  const started = performance.now();
  const findings = new Findings();
  let check: BundleCheck | null = null;
  let exitCode: number;
  let anchor: Anchor | null = null;
  try {
    const { vkeyFile, anchorFile = null, logDir = null } = options;
    for (const file of [vkeyFile, anchorFile]) if (logDir !== null) refuseInside(logDir, file);
    const inputs = readInputs(vkeyFile, anchorFile);
    anchor = inputs.anchor;
    check = new BundleCheck(findings, anchor);
    await readBundle(bundleFile(options.file), check, inputs.key);
    check.finish(logDir);
    exitCode = findings.list.length > 0 ? 1 : check.anchored ? 0 : 3;
  } catch (error) {
    if (!(error instanceof InputUnreadable)) throw error;
    findings.add('INPUT_UNREADABLE', { detail: error.message });
    exitCode = 2;
  }
  return {
    ok: findings.list.length === 0,
    findings: [...findings.list],
    ...(check?.facts() ?? {}),
    anchored: check?.anchored ?? false,
    exitCode,
    anchor: anchor === null ? null : { size: Number(anchor.checkpoint.size), at: null },
    ms: Math.round(performance.now() - started),
    at: new Date().toISOString(),
  };
}

function bundleFile(path: string): string {
  try {
    const isFolder = statSync(path).isDirectory();
    const names = isFolder ? readdirSync(path).filter((name) => name.endsWith('.jsonl')) : [];
    if (isFolder && names.length !== 1) {
      throw new InputUnreadable(`${path} does not hold exactly one .jsonl file.`);
    }
    const file = isFolder ? join(path, names[0]!) : path;
    // A pipe would hang, a device would never end.
    if (!statSync(file).isFile()) throw new InputUnreadable(`${file} is not a regular file.`);
    return file;
  } catch (error) {
    if (error instanceof InputUnreadable) throw error;
    throw new InputUnreadable(`The bundle cannot be read: ${path}.`, { cause: error });
  }
}

async function readBundle(file: string, check: BundleCheck, key: VerifierKey): Promise<void> {
  try {
    for await (const line of bundleLines(file)) check.line(line, key);
    check.begun();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    check.malformed(error.message, error instanceof Unended);
  }
}
