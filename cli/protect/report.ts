import type { ErrorValue } from '../../shared/domain/errors.ts';
import { placeText } from '../../shared/redaction/place.ts';
import { type Io, printable } from '../io.ts';
import type { Finding } from './scan-text.ts';

/** What became of one file, text or stream. Values are never part of it. */
export interface ItemEnd {
  id: string;
  kind?: string | undefined;
  warnings?: readonly string[] | undefined;
  error?: ErrorValue | undefined;
  /** The file holds nothing at all. */
  empty?: boolean | undefined;
}

export interface Totals {
  found: number;
  scanned: number;
  notScanned: number;
  skipped: number;
}

/**
 * Writes findings as they come, so that memory does not grow with them: lines for a person, or one
 * JSON document `{files, skipped, total, ...}`.
 */
export interface Report {
  findings(id: string, more: readonly Finding[]): void;
  end(item: ItemEnd): void;
  skipped(name: string, why: string): void;
  close(exitCode: number): void;
  readonly totals: Totals;
}

/** Findings held back so that the count can stand above them; more are written as they come. */
const HEADED = 10_000;
/** Rows that decide how wide the first column is. */
const WIDTH_OF = 1000;

export function textReport(io: Io): Report {
  const totals: Totals = { found: 0, scanned: 0, notScanned: 0, skipped: 0 };
  let held: Finding[] = [];
  let flowing = false;
  let count = 0;
  const write = (findings: readonly Finding[]): void => {
    const places = findings.map(({ place }) => placeText(place));
    const width = Math.max(10, ...places.slice(0, WIDTH_OF).map((place) => place.length));
    let out = '';
    for (const [i, { start, end, type, score }] of findings.entries()) {
      const size = `${end - start} chars`.padEnd(9);
      out += `  ${(places[i] ?? '').padEnd(width)}  ${type.padEnd(18)}  ${size}  score ${score.toFixed(2)}\n`;
    }
    if (out !== '') io.raw(out);
  };
  return {
    totals,
    findings(id, more) {
      count += more.length;
      if (!flowing && held.length + more.length <= HEADED) {
        held.push(...more);
        return;
      }
      if (!flowing) io.out(`${printable(id)}: many findings`);
      flowing = true;
      write(held);
      held = [];
      write(more);
    },
    end({ id, warnings, error, empty }) {
      const name = printable(id);
      const nothing = empty === true ? 'empty, nothing to find' : 'nothing found';
      const what = count === 0 ? nothing : `${count} found`;
      if (error === undefined) io.out(`${name}: ${what}`);
      else if (count > 0) io.out(`${name}: ${what} before it failed`);
      write(held);
      for (const warning of warnings ?? []) io.err(`${name}: ${warning}`);
      if (error !== undefined) {
        const hint = error.hint === undefined ? '' : ` ${error.hint}`;
        const where = error.message.includes(id) ? '' : `${name}: `;
        io.err(`akios: not scanned: ${where}${printable(error.message)}${printable(hint)}`);
      }
      addUp(totals, count, error);
      held = [];
      flowing = false;
      count = 0;
    },
    skipped(name, why) {
      totals.skipped += 1;
      io.err(`${printable(name)}: skipped, ${why}`);
    },
    close() {
      const { found, scanned, notScanned, skipped } = totals;
      if (scanned + notScanned + skipped < 2) return;
      const left = skipped === 0 ? '' : `, ${skipped} skipped`;
      io.err(`${scanned} scanned, ${found} found, ${notScanned} not scanned${left}`);
    },
  };
}

export function jsonReport(io: Io): Report {
  const totals: Totals = { found: 0, scanned: 0, notScanned: 0, skipped: 0 };
  const skipped: { id: string; why: string }[] = [];
  let counts: Record<string, number> = {};
  let open = false;
  let files = 0;
  let count = 0;
  const begin = (id: string): void => {
    if (open) return;
    io.raw(`${files === 0 ? '{"files":[' : ','}{"id":${JSON.stringify(id)},"spans":[`);
    open = true;
    files += 1;
  };
  return {
    totals,
    findings(id, more) {
      if (more.length === 0) return;
      begin(id);
      io.raw(`${count === 0 ? '' : ','}${more.map((one) => JSON.stringify(one)).join(',')}`);
      count += more.length;
      for (const { type } of more) counts[type] = (counts[type] ?? 0) + 1;
    },
    end(item) {
      begin(item.id);
      const { id: _id, ...rest } = item;
      io.raw(`],${JSON.stringify({ counts, ...rest }).slice(1)}`);
      addUp(totals, count, item.error);
      counts = {};
      open = false;
      count = 0;
    },
    skipped(id, why) {
      totals.skipped += 1;
      skipped.push({ id, why });
    },
    close(exitCode) {
      if (files === 0) io.raw('{"files":[');
      const { found, scanned, notScanned } = totals;
      const rest = { total: found, scanned, not_scanned: notScanned, skipped, exit_code: exitCode };
      io.out(`],${JSON.stringify(rest).slice(1)}`);
    },
  };
}

function addUp(totals: Totals, count: number, error: ErrorValue | undefined): void {
  totals.found += count;
  if (error === undefined) totals.scanned += 1;
  else totals.notScanned += 1;
}
