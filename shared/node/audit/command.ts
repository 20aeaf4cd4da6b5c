import { dirname, resolve } from 'node:path';
import type { VerifyReport } from '../../contract/audit.ts';
import { listReceipts, type ReceiptView } from './receipts.ts';
import { VERIFY_EXIT, type VerifyMode, type VerifyOptions, verifyLog } from './verify.ts';

export interface CommandIo {
  out(line: string): void;
  err(line: string): void;
}

const USAGE =
  'usage: akios audit verify --log DIR --vkey FILE [--anchor FILE] [--quick|--full|--strict] [--json]';

interface Parsed extends VerifyOptions {
  json: boolean;
}

/**
 * `akios audit verify` with explicit files: needs no helper and no project. The last line written
 * to `out` is always the one JSON object of the report. Returns the exit code (0, 1, 2 or 3).
 */
export async function runVerifyCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseArguments(argv);
  if (typeof parsed === 'string') {
    io.err(`${parsed}\n${USAGE}`);
    const finding = { code: 'INPUT_UNREADABLE', detail: parsed };
    io.out(JSON.stringify({ ok: false, findings: [finding], anchored: false, exitCode: 2 }));
    return VERIFY_EXIT.unreadable;
  }
  const report = verifyLog(parsed);
  const receipts = listReceipts(dirname(resolve(parsed.vkeyFile)));
  if (!parsed.json)
    for (const line of [...describe(report), ...receipts.map(receiptLine)]) io.out(line);
  io.out(
    JSON.stringify({ ...report, receipts: receipts.map(({ file, state }) => ({ file, state })) }),
  );
  return report.exitCode;
}

function parseArguments(argv: readonly string[]): Parsed | string {
  const values = new Map<string, string>();
  let mode: VerifyMode | undefined;
  let json = false;
  for (let i = 0; i < argv.length; i++) {
    const [flag, inline] = splitFlag(argv[i]!);
    if (flag === '--json') json = true;
    else if (flag === '--quick' || flag === '--full' || flag === '--strict') {
      if (mode !== undefined && mode !== flag.slice(2))
        return 'Give one of --quick, --full, --strict.';
      mode = flag.slice(2) as VerifyMode;
    } else if (flag === '--log' || flag === '--vkey' || flag === '--anchor') {
      const value = inline ?? argv[++i];
      if (value === undefined || value === '') return `${flag} needs a path.`;
      values.set(flag, value);
    } else return `Unknown argument ${flag}.`;
  }
  const logDir = values.get('--log');
  const vkeyFile = values.get('--vkey');
  if (logDir === undefined || vkeyFile === undefined) return '--log and --vkey are both needed.';
  const anchorFile = values.get('--anchor') ?? null;
  return { logDir, vkeyFile, anchorFile, ...(mode === undefined ? {} : { mode }), json };
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
    lines.push(
      `Events: ${report.size}, sealed up to ${report.sealed ?? 0}, root ${report.root ?? '-'}`,
    );
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
  if (report.mode === 'quick' && report.exitCode !== 2) {
    lines.push(
      'Mode quick: hashes and checkpoints were checked, the bodies of the events were not.',
    );
  }
  return lines;
}

function receiptLine(receipt: ReceiptView): string {
  const what = typeof receipt.body['kind'] === 'string' ? receipt.body['kind'] : 'statement';
  const facts = JSON.stringify(receipt.body).slice(0, 300);
  return printable(`Receipt ${receipt.file}: ${what}, signature ${receipt.state}, ${facts}`);
}

/** Text out of a hostile file must not steer the reader's terminal. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
