import { dirname, join, resolve } from 'node:path';
import type { VerifyReport } from '../../contract/audit.ts';
import { type BundleReport, verifyBundle } from './bundle.ts';
import { verifyExport } from './export-check.ts';
import { LOG_FILE } from './format.ts';
import { KNOWN_FILE } from './known.ts';
import { isFolder, verifyReceipt, verifyReceipts } from './receipt-check.ts';
import { listReceipts, RECEIPTS_DIR, type ReceiptView } from './receipts.ts';
import {
  type LogReport,
  VERIFY_EXIT,
  type VerifyMode,
  type VerifyOptions,
  verifyLog,
} from './verify.ts';

export interface CommandIo {
  out(line: string): void;
  err(line: string): void;
}

const USAGE =
  'usage: akios audit verify (--log DIR|(--bundle FILE|--export FILE [--receipt FILE]) [--log DIR]|--receipt FILE|DIR) --vkey FILE [--anchor FILE] [--quick|--incremental|--full|--strict] [--state FILE] [--json]';
const MODES: readonly VerifyMode[] = ['quick', 'incremental', 'full', 'strict'];
const PATHS = ['--log', '--bundle', '--export', '--receipt', '--vkey', '--anchor', '--state'];

interface Parsed extends VerifyOptions {
  bundle: string | null;
  exported: string | null;
  receipt: string | null;
  json: boolean;
}

/**
 * `akios audit verify` with explicit files: needs no helper and no project. The last line written
 * to `out` is always the one JSON object of the report. `own`: the key lies in the trust folder of the
 * project itself, not in a copy. Returns the exit code (0, 1, 2 or 3).
 */
export async function runVerifyCommand(
  argv: readonly string[],
  io: CommandIo,
  own = false,
): Promise<number> {
  const parsed = parseArguments(argv);
  if (typeof parsed === 'string') {
    io.err(`${parsed}\n${USAGE}`);
    return noVerdict(io, parsed);
  }
  try {
    return await verdict(parsed, io, own);
  } catch (error) {
    // What stops the verifier itself must not end with the exit code of a verdict.
    const detail = `The verifier stopped: ${error instanceof Error ? error.message : String(error)}`;
    io.err(printable(detail));
    return noVerdict(io, detail);
  }
}

function noVerdict(io: CommandIo, detail: string): number {
  const finding = { code: 'INPUT_UNREADABLE', detail };
  io.out(JSON.stringify({ ok: false, findings: [finding], anchored: false, exitCode: 2 }));
  return VERIFY_EXIT.unreadable;
}

async function verdict(parsed: Parsed, io: CommandIo, own: boolean): Promise<number> {
  if (parsed.bundle !== null || parsed.exported !== null) return fileCommand(parsed, io);
  if (parsed.receipt !== null) return receiptCommand(parsed.receipt, parsed, io);
  const { storedRoot, firstAt, lastAt, receipts: named, ...report } = verifyLog(parsed);
  const trustDir = dirname(resolve(parsed.vkeyFile));
  // A copy of the key alone, without the folder of receipts, misses none.
  const kept = own || isFolder(join(trustDir, RECEIPTS_DIR));
  const receipts = receiptsBeside(trustDir, kept ? named : new Map(), report.exitCode, io);
  if (!parsed.json)
    for (const line of [...describe(report), ...receipts.map(receiptLine)]) io.out(line);
  io.out(
    JSON.stringify({
      ...report,
      ...plainFields(parsed.logDir, { ...report, storedRoot, firstAt, lastAt }),
      receipts: receipts.map(({ file, state }) => ({ file, state })),
    }),
  );
  return report.exitCode;
}

/** Receipts that cannot be listed are no verdict; on a log that was changed, that stays the verdict. */
function receiptsBeside(
  trustDir: string,
  named: Parameters<typeof listReceipts>[1],
  exitCode: number,
  io: CommandIo,
): ReceiptView[] {
  try {
    return listReceipts(trustDir, named);
  } catch (error) {
    if (exitCode !== VERIFY_EXIT.tampered) throw error;
    io.err(printable(`The receipts cannot be listed: ${(error as Error).message}`));
    return [];
  }
}

/** The same verdict under the names that scripts for the older command line read. */
function plainFields(logDir: string, report: Omit<LogReport, 'receipts'>): object {
  const { findings, size = 0, root = null, exitCode, storedRoot, firstAt, lastAt } = report;
  const words: Record<number, string> = { 0: 'verified', 1: 'tampered', 3: 'unanchored' };
  return {
    integrity: words[exitCode] ?? 'unknown',
    events: size,
    merkle_root: root,
    stored_root: storedRoot,
    roots_match:
      root === null ? null : !findings.some((f) => f.code === 'ROOT_MISMATCH' || f.code === 'FORK'),
    first_event: firstAt,
    last_event: lastAt,
    ledger_file: join(resolve(logDir), LOG_FILE),
    verified_at: report.at,
    first_bad_index: findings.find((f) => f.index !== undefined)?.index ?? null,
  };
}

/** A file that was exported: a bundle by its proofs, any other by its receipt. */
async function fileCommand(parsed: Parsed, io: CommandIo): Promise<number> {
  const { vkeyFile, anchorFile = null, json, bundle, exported, receipt } = parsed;
  const logDir = parsed.logDir === '' ? null : parsed.logDir;
  const report =
    bundle === null
      ? await verifyExport({
          file: exported ?? '',
          receiptFile: receipt,
          vkeyFile,
          anchorFile,
          logDir,
        })
      : await verifyBundle({ file: bundle, vkeyFile, anchorFile, logDir });
  if (!json) for (const line of describeFile(report)) io.out(line);
  io.out(JSON.stringify(report));
  return report.exitCode;
}

/** A receipt alone: an erasure, a protection that was dropped, a log that was set aside. */
function receiptCommand(receiptFile: string, parsed: Parsed, io: CommandIo): number {
  const { vkeyFile, anchorFile = null } = parsed;
  if (isFolder(receiptFile)) return receiptsCommand(receiptFile, parsed, io);
  const report = verifyReceipt({ receiptFile, vkeyFile, anchorFile });
  if (!parsed.json) {
    const [verdict, ...lines] = describe({ ...report, mode: 'strict' });
    io.out((verdict ?? '').replace('the log is not', 'the receipt is not'));
    for (const line of lines) io.out(line);
    if (report.statement !== undefined) {
      io.out(printable(`Receipt: ${factsOf(report.statement)}`));
    }
  }
  io.out(JSON.stringify(report));
  return report.exitCode;
}

function receiptsCommand(receiptFile: string, parsed: Parsed, io: CommandIo): number {
  const { receipts, ...report } = verifyReceipts({ receiptFile, vkeyFile: parsed.vkeyFile });
  if (!parsed.json) {
    const [verdict] = describe({ ...report, mode: 'strict' });
    io.out((verdict ?? '').replace('the log is not', 'the folder of receipts is not'));
    for (const receipt of receipts) io.out(receiptLine(receipt));
  }
  const views = receipts.map(({ file, state }) => ({ file, state }));
  io.out(JSON.stringify({ ...report, receipts: views }));
  return report.exitCode;
}

function describeFile(report: BundleReport): string[] {
  const lines = describe({ ...report, mode: 'strict' });
  if (report.rows === undefined) return lines;
  const scope = report.complete
    ? 'all records of the log'
    : `of ${report.size} records, filter "${printable(report.filter ?? '')}": presence is proved, absence is not`;
  const records = report.rows === 1 ? '1 record' : `${report.rows} records`;
  return [...lines, `Export: ${records}, ${scope}.`];
}

function parseArguments(argv: readonly string[]): Parsed | string {
  const values = new Map<string, string>();
  let mode: VerifyMode | undefined;
  let json = false;
  for (let i = 0; i < argv.length; i++) {
    const [flag, inline] = splitFlag(argv[i]!);
    if (flag === '--json') json = true;
    else if (MODES.some((name) => flag === `--${name}`)) {
      if (mode !== undefined && mode !== flag.slice(2)) {
        return `Give one of ${MODES.map((name) => `--${name}`).join(', ')}.`;
      }
      mode = flag.slice(2) as VerifyMode;
    } else if (PATHS.includes(flag)) {
      const value = inline ?? argv[++i];
      if (value === undefined || value === '') return `${flag} needs a path.`;
      values.set(flag, value);
    } else return `Unknown argument ${flag}.`;
  }
  const logDir = values.get('--log');
  const vkeyFile = values.get('--vkey');
  // Beside an export the log is no subject: it only leads from the exported tree to a later anchor.
  const exported = values.has('--export') || values.has('--bundle');
  const subjects = exported ? ['--bundle', '--export'] : ['--log', '--receipt'];
  const what = subjects.filter((flag) => values.has(flag));
  if (vkeyFile === undefined || what.length !== 1) {
    return '--vkey and one of --log, --bundle, --export and --receipt are needed.';
  }
  if (what[0] !== '--log' && (mode !== undefined || values.has('--state'))) {
    return `An export is always checked whole: no mode and no --state with ${what.join()}.`;
  }
  if (values.has('--receipt') && values.has('--bundle')) return '--receipt goes with --export.';
  // Asked to go on from the last time, the place to remember it is beside the trusted key.
  const beside = mode === 'incremental' ? join(dirname(resolve(vkeyFile)), KNOWN_FILE) : null;
  return {
    logDir: logDir ?? '',
    bundle: values.get('--bundle') ?? null,
    exported: values.get('--export') ?? null,
    receipt: values.get('--receipt') ?? null,
    vkeyFile,
    anchorFile: values.get('--anchor') ?? null,
    stateFile: values.get('--state') ?? beside,
    ...(mode === undefined ? {} : { mode }),
    json,
  };
}

function splitFlag(argument: string): [string, string | undefined] {
  const at = argument.indexOf('=');
  if (!argument.startsWith('--') || at < 0) return [argument, undefined];
  return [argument.slice(0, at), argument.slice(at + 1)];
}

const VERDICT: Record<number, string> = {
  0: 'VERIFIED: consistent with the key of the log and with the anchor.',
  1: 'TAMPERED: the log is not what was signed.',
  2: 'NO VERDICT: key, anchor or access do not permit one.',
  3: 'CONSISTENT BUT UNANCHORED: without an outside anchor, a log rolled back or replaced by whoever holds the key cannot be told.',
};

/** The report for people, one line each; the JSON line follows it. */
export function describe(report: VerifyReport): string[] {
  const lines = [VERDICT[report.exitCode] ?? 'NO VERDICT'];
  if (report.size !== undefined) {
    const sealed = report.sealed === undefined ? '' : `, sealed up to ${report.sealed}`;
    lines.push(`Events: ${report.size}${sealed}, root ${report.root ?? '-'}`);
  }
  if (report.anchor !== null) {
    lines.push(
      `Anchor: size ${report.anchor.size}${report.anchor.at === null ? '' : `, ${report.anchor.at}`}`,
    );
  }
  for (const f of report.findings) {
    const where = f.index === undefined ? '' : ` at ${f.index}`;
    const level = f.level === undefined ? '' : ` (tile level ${f.level})`;
    const span = f.after === undefined ? '' : ` (between ${f.after} and ${f.upto ?? '-'})`;
    lines.push(
      `${f.code}${where}${level}${span}${f.detail === undefined ? '' : `: ${printable(f.detail)}`}`,
    );
  }
  if (report.mode === 'incremental' && report.exitCode !== 2) {
    lines.push(
      `Mode incremental: records below ${report.from ?? 0} were verified before and not read again.`,
    );
  }
  if (report.mode === 'quick' && report.exitCode !== 2) {
    lines.push(
      'Mode quick: hashes and checkpoints were checked, the bodies of the events were not.',
    );
  }
  return lines;
}

function receiptLine(receipt: ReceiptView): string {
  return printable(
    `Receipt ${receipt.file}: ${kindOf(receipt.body)}, signature ${receipt.state}, ${factsOf(receipt.body)}`,
  );
}

function kindOf(body: Record<string, unknown>): string {
  return typeof body['kind'] === 'string' ? body['kind'] : 'statement';
}

function factsOf(body: Record<string, unknown>): string {
  const { anchor: _anchor, consistency: _proof, note: _note, ...rest } = body;
  return JSON.stringify(rest).slice(0, 300);
}

/** Text out of a hostile file must not steer the reader's terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
