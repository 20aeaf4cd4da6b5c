import type { AuditRecord } from '../../../../shared/contract/audit.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';
import { auditRow } from '../log-reader.ts';

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
/** OCSF release whose field meanings the mapping follows. */
const OCSF_VERSION = '1.3.0';

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
      return { head: none, row: (r) => `${JSON.stringify(ocsf(r))}\n`, tail: none };
    case 'otel':
      return { head: none, row: (r) => `${JSON.stringify(otel(r))}\n`, tail: none };
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

/** RFC 4180, and no cell that a spreadsheet would run as a formula. */
function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const OCSF_ACTIVITY: readonly [RegExp, number][] = [
  [/(write|create|append|up)$/, 1],
  [/(read|list|call|fetch|get)$/, 2],
  [/(update|move|rename|change)$/, 3],
  [/(delete|remove|down|wipe)$/, 4],
];

/** OCSF API Activity (class 6003). */
function ocsf(record: AuditRecord): Record<string, unknown> {
  const body = bodyOf(record);
  const row = auditRow(record);
  const activity = OCSF_ACTIVITY.find(([pattern]) => pattern.test(row.type))?.[1] ?? 99;
  const failed =
    row.decision === 'deny' || (row.status !== null && !/^(ok|succeeded|done)$/.test(row.status));
  return {
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'AKIOS Console', vendor_name: 'AKIOS' },
      uid: body['id'] ?? null,
      sequence: row.seq,
    },
    category_uid: 6,
    class_uid: 6003,
    activity_id: activity,
    type_uid: 600_300 + activity,
    time: Date.parse(row.ts),
    severity_id: row.decision === 'deny' ? 3 : 1,
    status_id: failed ? 2 : 1,
    status: row.status ?? 'unknown',
    actor: { user: { uid: row.actor, type: part(body, 'actor')['type'] ?? 'unknown' } },
    api: { operation: row.type, service: { name: 'akios-helper' } },
    src_endpoint: { name: 'akios-helper' },
    resources: row.subject === '' ? [] : [{ name: row.subject }],
    unmapped: {
      leaf: record.leaf,
      run: row.run,
      step: row.step,
      rule: row.rule,
      pruned: row.pruned,
    },
  };
}

type OtelValue = { stringValue: string } | { intValue: string };

/** One OTLP/JSON document a line, as the OpenTelemetry file exporter writes it. */
function otel(record: AuditRecord): Record<string, unknown> {
  const body = bodyOf(record);
  const row = auditRow(record);
  const data = part(body, 'data');
  const attributes: { key: string; value: OtelValue }[] = [];
  const put = (key: string, value: unknown): void => {
    if (typeof value === 'string' && value !== '')
      attributes.push({ key, value: { stringValue: value } });
    if (typeof value === 'number') attributes.push({ key, value: { intValue: String(value) } });
  };
  if (row.type.startsWith('llm.')) {
    put('gen_ai.operation.name', 'chat');
    put('gen_ai.provider.name', data['provider']);
    put('gen_ai.request.model', data['model']);
    put('gen_ai.usage.input_tokens', data['tokens_in']);
    put('gen_ai.usage.output_tokens', data['tokens_out']);
  }
  put('akios.seq', row.seq);
  put('akios.leaf', record.leaf);
  put('akios.subject', row.subject);
  put('akios.actor', row.actor);
  put('akios.run', row.run);
  put('akios.step', row.step);
  put('akios.decision', row.decision);
  put('akios.rule', row.rule);
  put('akios.status', row.status);
  put('akios.cost_micros', part(body, 'budget')['delta']);
  const log = {
    timeUnixNano: `${Date.parse(row.ts)}000000`,
    severityNumber: row.decision === 'deny' ? 13 : 9,
    body: { stringValue: row.type },
    attributes,
  };
  const service = { key: 'service.name', value: { stringValue: 'akios' } };
  const scopeLogs = [{ scope: { name: 'akios.ledger' }, logRecords: [log] }];
  return { resourceLogs: [{ resource: { attributes: [service] }, scopeLogs }] };
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (c) => names[c]!);
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
<p>Tree size ${facts.total}, root <code>${facts.root}</code>.</p><pre>${escapeHtml(facts.note)}</pre>
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
