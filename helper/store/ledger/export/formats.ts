import type { AuditRecord } from '../../../../shared/contract/audit.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';
import { auditRow } from '../log-reader.ts';
import { ocsfEvent } from './ocsf.ts';
import { otelDocument } from './otel.ts';

export type ExportFormat = 'bundle' | 'jsonl' | 'json' | 'csv' | 'ocsf' | 'otel' | 'html';

/** What every export states about itself. */
export interface ExportFacts {
  origin: string;
  /** The filter as given; empty for all rows. */
  filter: string;
  /** Rows in this export, and rows of the whole log at its size. */
  rows: number;
  total: number;
  root: string;
  note: string;
  at: string;
}

export interface Formatter {
  head(facts: ExportFacts): string;
  row(record: AuditRecord, first: boolean, facts: ExportFacts): string;
  tail(facts: ExportFacts): string;
}

const none = (): string => '';

export function formatter(format: Exclude<ExportFormat, 'bundle'>): Formatter {
  switch (format) {
    case 'jsonl':
      // One body a line, byte for byte: SHA-256 of 0x00 and the line is the leaf.
      return { head: none, row: (r) => `${r.body ?? prunedLine(r)}\n`, tail: none };
    case 'json':
      return {
        head: (facts) => `{"export":${JSON.stringify(facts)},"events":[`,
        row: (r, first) =>
          `${first ? '' : ','}\n{"seq":${r.seq},"leaf":"${r.leaf}","body":${r.body ?? 'null'}}`,
        tail: () => '\n]}\n',
      };
    case 'csv':
      return { head: () => `${CSV_COLUMNS.join(',')}\r\n`, row: csvRow, tail: none };
    case 'ocsf':
      return {
        head: none,
        row: (r, _first, facts) =>
          `${JSON.stringify(ocsfEvent(r, auditRow(r), bodyOf(r), facts.origin))}\n`,
        tail: none,
      };
    case 'otel':
      return {
        head: none,
        row: (r) => `${JSON.stringify(otelDocument(r, auditRow(r), bodyOf(r)))}\n`,
        tail: none,
      };
    case 'html':
      return { head: htmlHead, row: htmlRow, tail: () => '</tbody></table></body></html>\n' };
  }
}

function prunedLine(record: AuditRecord): string {
  const { seq, leaf, ts, type } = record;
  return JSON.stringify({ leaf, pruned: true, seq, ts, type });
}

function bodyOf(record: AuditRecord): JsonObject {
  return record.body === null ? {} : (JSON.parse(record.body) as JsonObject);
}

function part(body: JsonObject, key: string): JsonObject {
  const value = body[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

const CSV_COLUMNS = [
  'seq',
  'ts',
  'type',
  'actor',
  'subject',
  'run',
  'step',
  'status',
  'decision',
  'rule',
  'cost_micros',
  'leaf',
  'body',
];

function csvRow(record: AuditRecord): string {
  const row = auditRow(record);
  const cost = part(bodyOf(record), 'budget')['delta'];
  const cells = [row.seq, row.ts, row.type, row.actor, row.subject, row.run, row.step, row.status];
  const all = [...cells, row.decision, row.rule, cost, record.leaf, record.body];
  return `${all.map(csvCell).join(',')}\r\n`;
}

/** Also the wide forms, which some spreadsheets take for the narrow ones, and leading white space. */
const FORMULA = /^[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

/** RFC 4180, and no cell that a spreadsheet would run as a formula. */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Controls, and marks that turn or hide text: shown by number, so that a cell reads as it is stored. */
const HIDDEN =
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text
    .replace(/[&<>"']/g, (c) => names[c]!)
    .replace(HIDDEN, (c) => {
      const code = c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      return `<i>U+${code}</i>`;
    });
}

function htmlHead(facts: ExportFacts): string {
  const scope =
    facts.filter === ''
      ? `All ${facts.rows} records.`
      : `Filter <code>${escapeHtml(facts.filter)}</code>: ${facts.rows} of ${facts.total} records. A filtered list proves presence, never absence.`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Audit report</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:14px system-ui,sans-serif;margin:2rem}table{border-collapse:collapse;width:100%}
td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;overflow-wrap:anywhere;vertical-align:top}
code,pre{font-family:ui-monospace,monospace}</style></head><body>
<h1>Audit report</h1><p>Log <code>${escapeHtml(facts.origin)}</code>, made ${facts.at}.</p><p>${scope}</p>
<p>Tree size ${facts.total}, root <code>${facts.root}</code>.</p><pre>${facts.note.split('\n').map(escapeHtml).join('\n')}</pre>
<table><thead><tr><th>Seq</th><th>Time (UTC)</th><th>Type</th><th>Actor</th><th>Subject</th><th>Run / step</th><th>Status</th><th>Decision</th><th>Leaf</th></tr></thead><tbody>
`;
}

function htmlRow(record: AuditRecord): string {
  const row = auditRow(record);
  const where = [row.run, row.step].filter((x) => x !== null).join(' / ');
  const decision = [row.decision, row.rule].filter((x) => x !== null).join(' by ');
  const status = row.pruned ? 'body pruned' : (row.status ?? '');
  const cells = [
    String(row.seq),
    row.ts,
    row.type,
    row.actor,
    row.subject,
    where,
    status,
    decision,
    record.leaf,
  ];
  return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>\n`;
}
