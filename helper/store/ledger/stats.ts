import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type LedgerStats,
  type VerifyReport,
  verifyReport,
} from '../../../shared/contract/audit.ts';
import { LOG_FILE } from '../../../shared/node/audit/format.ts';
import { listReceipts } from '../../../shared/node/audit/receipts.ts';
import { toHex } from '../../../shared/proof/bytes.ts';
import type { LedgerCore } from './core.ts';
import { replaceFile } from './files.ts';
import type { LedgerPaths } from './port.ts';
import { ANCHOR_FILE, LAST_VERIFY_FILE, readAnchor } from './recover.ts';
import { listSegments } from './segments.ts';
import type { Upkeep } from './upkeep.ts';

/** Keeps a verdict of the verifier as the last one, outside the project. */
export function keepVerifyReport(paths: LedgerPaths, report: VerifyReport): void {
  if (report.exitCode === 2) return;
  replaceFile(join(paths.trustDir, LAST_VERIFY_FILE), `${JSON.stringify(report)}\n`);
}

function lastVerify(trustDir: string): VerifyReport | null {
  const file = join(trustDir, LAST_VERIFY_FILE);
  if (!existsSync(file)) return null;
  const parsed = verifyReport.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  // Without a verdict nothing was found: neither that the log is whole nor that it is not.
  return parsed.success && parsed.data.exitCode !== 2 ? parsed.data : null;
}

function bytesOf(files: readonly string[]): number {
  return files
    .map((name) => statSync(name, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, n) => sum + n, 0);
}

/** What only the database can tell. */
type Counted = Pick<
  LedgerStats,
  'events' | 'root' | 'checkpoints' | 'pruned' | 'index' | 'clock' | 'firstAt' | 'lastAt'
>;

/** Size, root and ages as they are now; nothing here is a verification. */
export function ledgerStats(
  core: LedgerCore & { clockDoubt(): string | null },
  upkeep: Upkeep | null = null,
): LedgerStats {
  const size = core.size();
  const building = core.search.building();
  const counted = {
    events: size,
    root: toHex(core.reader.rootAt(size)),
    checkpoints: core.db.prepare('SELECT count(*) FROM checkpoints').pluck().get() as number,
    firstAt: size === 0 ? null : core.reader.record(0).ts,
    lastAt: size === 0 ? null : core.reader.record(size - 1).ts,
    pruned: building === null ? core.search.count({ sql: 'pruned = 1', params: [] }) : null,
    index: building,
    clock: core.clockDoubt(),
  };
  const stats = pathStats(core.paths, counted, readAnchor(core.paths.trustDir), pagesOf(core));
  if (upkeep === null) return stats;
  return { ...stats, rotationEvents: upkeep.rotationEvents(), anchors: upkeep.anchors() };
}

/** Bytes of the database, what waits in the write-ahead file in its place and without its room. */
function pagesOf({ db }: LedgerCore): number {
  const [pages, page] = ['page_count', 'page_size'].map((name) =>
    db.pragma(name, { simple: true }),
  );
  return Number(pages) * Number(page);
}

/**
 * The same around numbers that were counted already; the files are looked at, never opened.
 * `bytes`: of the current segment, those of its files when absent.
 */
export function pathStats(
  { logDir, trustDir }: LedgerPaths,
  counted: Counted,
  anchor = readAnchor(trustDir),
  bytes?: number,
): LedgerStats {
  const segments = listSegments(logDir);
  const file = join(logDir, LOG_FILE);
  const current = bytes ?? bytesOf([file, `${file}-wal`]);
  const archived = bytesOf(segments.map((s) => s.file));
  const start = segments.at(-1)?.to ?? 0;
  const anchorFile = join(trustDir, ANCHOR_FILE);
  return {
    ...counted,
    bytes: current + archived,
    file,
    lastVerify: lastVerify(trustDir),
    anchor:
      anchor === null
        ? null
        : {
            size: Number(anchor.size),
            at: statSync(anchorFile).mtime.toISOString(),
            where: anchorFile,
            note: readFileSync(anchorFile, 'utf8'),
          },
    segments: segments.length + 1,
    receipts: listReceipts(trustDir).length,
    current: { events: Math.max(0, counted.events - start), bytes: current },
    archive: { segments: segments.length, events: start, bytes: archived },
  };
}
