import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { VerifyMode, VerifyReport } from '../../contract/audit.ts';
import { equalBytes, toHex } from '../../proof/bytes.ts';
import { Findings } from './findings.ts';
import { ARCHIVE_DIR, TIME } from './format.ts';
import { nodeTreeHasher } from './hash.ts';
import {
  type Anchor,
  InputUnreadable,
  LogUnreadable,
  proves,
  readInputs,
  refuseInside,
  type TrustedInputs,
} from './inputs.ts';
import { extendsAnchor, isWritable, type Known, keepKnown, readKnown } from './known.ts';
import type { Seal } from './log-events.ts';
import { checkNotes, keyAt, type NoteResult, wantedSizes } from './note-check.ts';
import { RowCheck } from './row-check.ts';
import { checkHead, leavesFromTiles, readBody, readRows } from './row-source.ts';
import { isNoAccess, openSource, type Source } from './source.ts';
import { TreeCheck } from './tree-check.ts';

export type { VerifyMode } from '../../contract/audit.ts';

export interface VerifyOptions {
  logDir: string;
  /** The trusted vkey, one line; must lie outside the log directory. */
  vkeyFile: string;
  /** The newest outside checkpoint; null or an absent file means unanchored. */
  anchorFile?: string | null;
  /**
   * `quick` reads tiles, head, checkpoints and anchor, not the rows; `full` also every row;
   * `strict` (the default) also canonical form and order of time; `incremental` as strict, but only
   * the rows since the last verification that found nothing.
   */
  mode?: VerifyMode;
  /** Where that verification is remembered, outside the log; nothing is remembered without it. */
  stateFile?: string | null;
}

/** Exit codes of the verifier alone: 0 verified, 1 tampered, 2 no verdict, 3 unanchored. */
export const VERIFY_EXIT = { ok: 0, tampered: 1, unreadable: 2, unanchored: 3 } as const;

/** The report, and what only the command line shows of a log. */
export interface LogReport extends VerifyReport {
  /** Root that the newest checkpoint with a valid signature states; null when there is none. */
  storedRoot: string | null;
  /** Times of the first and the last record; null when there is none, or none that is a time. */
  firstAt: string | null;
  lastAt: string | null;
  /** Digests, by number, of the receipts that a log without findings names. */
  receipts: ReadonlyMap<number, string>;
}

/**
 * Verifies a log database against the trusted key and the anchor. Trusts nothing in the log
 * directory; reads one snapshot, so a running writer does not disturb it. Does not throw for
 * anything the log holds.
 */
export function verifyLog(options: VerifyOptions): LogReport {
  const started = performance.now();
  let { run, exitCode } = attempt(options);
  // Segments are files of their own: a prune that ran meanwhile may show in one of them before it
  // shows in the snapshot of the log. What is really missing is missing the second time too.
  if (run.findings.has('UNAUTHORISED_PRUNE') && existsSync(join(options.logDir, ARCHIVE_DIR))) {
    ({ run, exitCode } = attempt(options));
  }
  return report(run, exitCode, performance.now() - started);
}

function attempt(options: VerifyOptions): { run: Run; exitCode: number } {
  const mode = options.mode ?? 'strict';
  const findings = new Findings();
  const run: Run = { mode, findings, anchored: false, known: null, ...NOTHING_READ };
  let exitCode: number;
  try {
    const stateFile = options.stateFile ?? null;
    for (const file of [options.vkeyFile, options.anchorFile ?? null, stateFile]) {
      refuseInside(options.logDir, file);
    }
    const inputs = readInputs(options.vkeyFile, options.anchorFile ?? null);
    run.anchorSize = inputs.anchor === null ? undefined : Number(inputs.anchor.checkpoint.size);
    if (mode === 'incremental') run.known = readKnown(stateFile, inputs.key);
    verifyFiles(options.logDir, inputs, run);
    if (findings.list.length === 0 && mode !== 'quick') {
      // Where the place is not ours to write, only incremental needs it.
      if (mode === 'incremental' || isWritable(stateFile)) {
        keepKnown(stateFile, inputs.key, run.reached);
      }
    }
    const clean = run.anchored ? VERIFY_EXIT.ok : VERIFY_EXIT.unanchored;
    exitCode = findings.list.length > 0 ? VERIFY_EXIT.tampered : clean;
  } catch (error) {
    if (!(error instanceof InputUnreadable)) throw error;
    // Without key and anchor, findings made before are no verdict; a link that leads where nobody
    // may read is evidence all the same.
    const evidence = error instanceof LogUnreadable && findings.list.length > 0;
    findings.add('INPUT_UNREADABLE', { detail: error.message });
    exitCode = evidence ? VERIFY_EXIT.tampered : VERIFY_EXIT.unreadable;
  }
  return { run, exitCode };
}

const NOTHING_READ = {
  storedRoot: null,
  firstAt: null,
  lastAt: null,
  receipts: new Map(),
} as const;

interface Run extends Pick<LogReport, 'storedRoot' | 'firstAt' | 'lastAt' | 'receipts'> {
  mode: VerifyMode;
  /** Incremental: what an earlier verification established. */
  known: Known | null;
  reached?: Known;
  findings: Findings;
  anchored: boolean;
  size?: number;
  root?: Uint8Array;
  sealed?: number;
  anchorSize?: number | undefined;
  anchorAt?: string | null;
}

function report(run: Run, exitCode: number, ms: number): LogReport {
  return {
    ok: run.findings.list.length === 0,
    findings: [...run.findings.list],
    ...(run.size === undefined ? {} : { size: run.size }),
    ...(run.root === undefined ? {} : { root: toHex(run.root) }),
    ...(run.sealed === undefined ? {} : { sealed: run.sealed }),
    anchored: run.anchored,
    exitCode,
    anchor:
      run.anchorSize === undefined ? null : { size: run.anchorSize, at: run.anchorAt ?? null },
    mode: run.mode,
    ...(run.mode === 'incremental' ? { from: run.known?.tree.size ?? 0 } : {}),
    ms: Math.round(ms),
    at: new Date().toISOString(),
    storedRoot: run.storedRoot,
    firstAt: run.firstAt,
    lastAt: run.lastAt,
    // What a changed log names, anybody may have written.
    receipts: run.findings.list.length === 0 ? run.receipts : new Map(),
  };
}

function verifyFiles(logDir: string, inputs: TrustedInputs, run: Run): void {
  // Incremental stands on the earlier look at the whole file.
  const deep = run.mode !== 'quick' && run.known === null;
  const source = openSource(logDir, deep, run.findings);
  if (source === null) return;
  try {
    verifyContent(source, inputs, run);
  } catch (error) {
    if (error instanceof InputUnreadable) throw error;
    if (isNoAccess(error)) throw new LogUnreadable('The log is held by another program.');
    // Whatever the file holds that SQLite or the reader cannot digest is damage, not a verdict of ok.
    run.findings.add('DB_CORRUPT', {
      detail: error instanceof Error ? error.message : 'unreadable',
    });
  } finally {
    source.close();
  }
}

function verifyContent(source: Source, inputs: TrustedInputs, run: Run): void {
  const { findings, mode } = run;
  const { db } = source;
  const known = run.known;
  const from = known?.tree.size ?? 0;
  const wanted = wantedSizes(db, from);
  if (run.anchorSize !== undefined) wanted.add(run.anchorSize);
  const quick = mode === 'quick';
  const tree = new TreeCheck(db, wanted, findings, quick, known?.tree ?? null);
  const rows = new RowCheck(findings, mode !== 'full' && !quick, from, known?.lastTs);
  if (quick) leavesFromTiles(db, tree, findings);
  else {
    readRows(source, rows, tree, findings, from);
    rows.finish();
  }
  tree.finish();
  run.size = tree.size;
  run.root = tree.range.root();
  checkHead(db, tree, findings);
  if (known !== null && rowsEnd(db) < from) {
    findings.add('ROLLBACK', { index: rowsEnd(db), upto: from });
  }
  const result = checkNotes(db, {
    findings,
    key: inputs.key,
    rows: tree.size,
    roots: tree.roots,
    from,
    epochs: known?.epochs ?? [],
    bodyOf: (idx) => readBody(source, idx, quick),
  });
  run.sealed = result.matched.at(-1) ?? 0;
  run.storedRoot = result.newestRoot === null ? null : toHex(result.newestRoot);
  run.firstAt = timeAt(db, source, 'min');
  run.lastAt = timeAt(db, source, 'max');
  run.receipts = rows.receipts;
  checkSeals(rows.seals, result, tree.size, findings);
  if (inputs.anchor !== null) checkAnchor(inputs.anchor, result, tree, run, db);
  run.reached = { tree: tree.state(), lastTs: rows.lastTs, epochs: result.epochs.slice(1) };
}

/** The ts column of the first or last row, which the closed segments may hold. */
function timeAt(db: Database.Database, source: Source, end: 'min' | 'max'): string | null {
  const read = (file: Database.Database): unknown =>
    file
      .prepare(
        `SELECT ts FROM events WHERE idx = (SELECT ${end}(idx) FROM events) AND octet_length(ts) = 24`,
      )
      .pluck()
      .get();
  const oldest = end === 'min' ? source.segments.find(({ from }) => from === 0) : undefined;
  const other = oldest === undefined ? null : source.openSegment(oldest.file);
  const ts = (other === null ? undefined : read(other)) ?? read(db);
  return typeof ts === 'string' && TIME.test(ts) ? ts : null;
}

/** Number of rows that the indexes claim. */
function rowsEnd(db: Database.Database): number {
  const last = db.prepare('SELECT max(idx) FROM events').pluck().get() as number | null;
  return (last ?? -1) + 1;
}

function checkSeals(
  seals: readonly Seal[],
  notes: NoteResult,
  rows: number,
  findings: Findings,
): void {
  for (const seal of seals) {
    if (!notes.valid.has(seal.size)) findings.add('CHECKPOINT_MISSING', { index: seal.size });
  }
  if (rows > notes.newestValid) findings.add('UNSEALED_TAIL', { index: notes.newestValid });
}

function checkAnchor(
  anchor: Anchor,
  notes: NoteResult,
  tree: TreeCheck,
  run: Run,
  db: Database.Database,
): void {
  const size = anchor.checkpoint.size;
  if (!anchor.proved && !proves(anchor, keyAt(notes.epochs, size))) {
    throw new InputUnreadable('The anchor is not signed by a key of this log.');
  }
  const at = Number(size);
  if (size > BigInt(tree.size)) {
    run.findings.add('ROLLBACK', { index: tree.size, upto: at });
    return;
  }
  const before = run.known !== null && at < run.known.tree.size;
  const root = at === 0 ? nodeTreeHasher().empty : tree.roots.get(at);
  const same = before
    ? extendsAnchor(db, anchor.checkpoint, run.known!.tree)
    : root !== undefined && equalBytes(root, anchor.checkpoint.root);
  if (!same) {
    const shared = notes.matched.filter((n) => n < at).at(-1) ?? 0;
    run.findings.add('FORK', { index: shared, after: shared, upto: at });
    return;
  }
  run.anchored = true;
  const ts = db
    .prepare('SELECT ts FROM events WHERE idx = ?')
    .pluck()
    .get(at - 1);
  run.anchorAt = typeof ts === 'string' ? ts : null;
}
