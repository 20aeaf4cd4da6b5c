import { createHash } from 'node:crypto';
import { linkSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { AuditRecord } from '../../../../shared/contract/audit.ts';
import { AkiosError } from '../../../../shared/domain/errors.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';
import type { LedgerCore } from '../core.ts';
import { storeFault } from '../faults.ts';
import { exists, writeNew } from '../files.ts';
import type { Actor } from '../port.ts';
import { nameOf, type Receipt } from '../receipts.ts';
import { bundleFormatter, knownAnchor, sinceAnchor } from './bundle.ts';
import { type ExportFacts, type ExportFormat, formatter } from './formats.ts';

export interface ExportOptions {
  format: ExportFormat;
  /** Filter grammar; all rows when absent. */
  q?: string;
  /** Absolute path that must not exist; `<file>.receipt` is written beside it. */
  file: string;
  actor: Actor;
  signal?: AbortSignal;
  progress?: (done: number, rows: number) => void;
}

export interface Exported {
  file: string;
  rows: number;
  total: number;
  filter: string;
  sha256: string;
  bytes: number;
}

interface Exporter extends LedgerCore {
  signReceipt(body: JsonObject): Receipt;
  vkey(): string;
}

const PAGE = 500;

/**
 * Streams the rows of one moment to a file, with filter and totals stated. The export is an event
 * of the log before its first byte and after its last; a receipt signed by the log names the digest.
 * Throws INPUT_INVALID, CONFLICT (file exists), CANCELLED, and what a commit or the disk throws.
 */
export async function exportLog(core: Exporter, options: ExportOptions): Promise<Exported> {
  const filter = options.q ?? '';
  const where = core.search.where(filter);
  if (!isAbsolute(options.file)) {
    throw new AkiosError('INPUT_INVALID', 'The export needs an absolute path.', { where: 'file' });
  }
  const taken = [options.file, `${options.file}.receipt`, partOf(options.file)].find(exists);
  if (taken !== undefined) {
    throw new AkiosError('CONFLICT', `${taken} exists already.`, {
      hint: 'Give another name; nothing is overwritten.',
    });
  }
  // Before the row that says it began: an index that is being made has no answer yet.
  core.search.count(where);
  // Before that row: what somebody took away last, not the checkpoint of this very export.
  const anchor = knownAnchor(core.paths.trustDir);
  const named = { filter, format: options.format };
  record(core, options, named, 'started');
  const facts = factsOf(core, filter, core.search.count(where));
  // The size of the exported tree tells which beginning an end belongs to.
  const of = { ...named, total: facts.total };
  const made: string[] = [];
  try {
    const written = await stream(core, options, { facts, where, anchor }, made);
    const end = { rows: written.rows, bytes: written.bytes, sha256: written.sha256 };
    const receipt = core.signReceipt({
      kind: 'export',
      format: options.format,
      filter,
      total: facts.total,
      root: facts.root,
      at: facts.at,
      note: facts.note,
      ...sinceAnchor(core, anchor, facts.total),
      ...end,
    });
    // The receipt is there before the file has its name, so no export is ever without one.
    writeNew(`${options.file}.receipt`, receipt.note, 0o640);
    made.push(`${options.file}.receipt`);
    takeName(partOf(options.file), options.file);
    made.push(options.file);
    record(core, options, { ...of, ...end, receipt: nameOf(receipt) }, 'ok');
    return { file: options.file, total: facts.total, filter, ...end };
  } catch (error) {
    for (const file of made) rmSync(file, { force: true });
    const fault = exportFault(error, options.file);
    record(core, options, of, fault.code === 'CANCELLED' ? 'cancelled' : 'failed');
    throw fault;
  }
}

/** What the disk of the export refused, which is not the disk of the log. */
function exportFault(error: unknown, file: string): AkiosError {
  if (error instanceof AkiosError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = { where: 'file', cause: error };
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new AkiosError('DISK_FULL', `There is no room for ${file}; no file was kept.`, {
      ...words,
      hint: 'Free space, export to another disk, or give a filter. The log is as it was.',
    });
  }
  if (/^E(ACCES|PERM|ROFS|NOENT|NOTDIR|ISDIR|NAMETOOLONG|LOOP|XIO)$/.test(code)) {
    return new AkiosError('INPUT_INVALID', `${file} cannot be written (${code}).`, {
      ...words,
      hint: 'Give a path in an existing folder that the helper may write to.',
    });
  }
  return storeFault(error);
}

/** Until it is complete, an export has another name: nobody takes a part for the whole. */
function partOf(file: string): string {
  return `${file}.part`;
}

/** Gives the finished file its name, unless another took that name meanwhile. */
function takeName(part: string, file: string): void {
  try {
    linkSync(part, file);
    rmSync(part);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    // File systems without hard links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    if (exists(file)) throw new AkiosError('CONFLICT', `${file} exists already.`);
    renameSync(part, file);
  }
}

function record(core: Exporter, options: ExportOptions, data: JsonObject, status: string): void {
  core.commitNow([
    { draft: { type: 'log.export', actor: options.actor, result: { status }, data } },
  ]);
}

function factsOf(core: Exporter, filter: string, rows: number): ExportFacts {
  const view = core.reader.checkpoint()!;
  return {
    origin: core.vkey().split('+')[0]!,
    filter,
    rows,
    total: view.size,
    root: view.root,
    note: view.note,
    at: new Date().toISOString(),
  };
}

interface Content {
  facts: ExportFacts;
  where: ReturnType<Exporter['search']['where']>;
  anchor: string | null;
}

async function stream(
  core: Exporter,
  options: ExportOptions,
  { facts, where, anchor }: Content,
  made: string[],
): Promise<{ rows: number; bytes: number; sha256: string }> {
  const format =
    options.format === 'bundle' ? bundleFormatter(core, anchor) : formatter(options.format);
  const out = await open(partOf(options.file), 'wx', 0o640);
  made.push(partOf(options.file));
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (text: string): Promise<void> => {
    const data = Buffer.from(text, 'utf8');
    hash.update(data);
    bytes += data.length;
    await out.appendFile(data);
  };
  try {
    await write(format.head(facts));
    let rows = 0;
    for (const seqs of core.search.matching(where, facts.total, PAGE)) {
      stopIfAsked(options.signal);
      const records = recordsOf(core, seqs);
      const text = records.map((record, i) => format.row(record, rows + i === 0, facts));
      await write(text.join(''));
      rows += seqs.length;
      options.progress?.(rows, facts.rows);
      // Hashing and reading are synchronous: let appends in between two pages.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await write(format.tail(facts));
    await out.sync();
    return { rows, bytes, sha256: hash.digest('hex') };
  } finally {
    await out.close();
  }
}

/** Records of ascending sequences: one read where they lie close together. */
function recordsOf(core: Exporter, seqs: readonly number[]): AuditRecord[] {
  const [first, last] = [seqs[0]!, seqs.at(-1)!];
  const span = last - first + 1;
  if (span > seqs.length * 4) return seqs.map((seq) => core.reader.record(seq));
  const wanted = new Set(seqs);
  return core.reader.records(first, span).filter((record) => wanted.has(record.seq));
}

function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AkiosError('CANCELLED', 'The export was cancelled; no file was kept.');
}
