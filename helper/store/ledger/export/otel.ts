import type { AuditRecord, AuditRow } from '../../../../shared/contract/audit.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';

type OtelValue = { stringValue: string } | { intValue: string };

/** Names of the semantic conventions where they differ from ours; others are given as they are. */
const PROVIDER: Readonly<Record<string, string>> = {
  grok: 'x_ai',
  mistral: 'mistral_ai',
  google: 'gcp.gemini',
  bedrock: 'aws.bedrock',
};

/** One OTLP/JSON document, as the OpenTelemetry file exporter writes a line; `gen_ai.*` for models and tools. */
export function otelDocument(
  record: AuditRecord,
  row: AuditRow,
  body: JsonObject,
): Record<string, unknown> {
  const attributes: { key: string; value: OtelValue }[] = [];
  const put = (key: string, value: unknown): void => {
    if (typeof value === 'string' && value !== '')
      attributes.push({ key, value: { stringValue: value } });
    if (typeof value === 'number') attributes.push({ key, value: { intValue: String(value) } });
  };
  for (const [key, value] of genAi(row, part(body, 'data'))) put(key, value);
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
  const denied = row.decision === 'deny';
  const log = {
    timeUnixNano: `${Date.parse(row.ts)}000000`,
    severityNumber: denied ? 13 : 9,
    severityText: denied ? 'WARN' : 'INFO',
    body: { stringValue: row.type },
    attributes,
  };
  const service = { key: 'service.name', value: { stringValue: 'akios' } };
  const scopeLogs = [{ scope: { name: 'akios.ledger' }, logRecords: [log] }];
  return { resourceLogs: [{ resource: { attributes: [service] }, scopeLogs }] };
}

/** Subject of a model's row is `provider/model`, of a tool's row the program. */
function genAi(row: AuditRow, data: JsonObject): [string, unknown][] {
  if (row.type.startsWith('exec.') || row.type.startsWith('tool.')) {
    return [
      ['gen_ai.operation.name', 'execute_tool'],
      ['gen_ai.tool.name', row.subject.slice(row.subject.lastIndexOf('/') + 1)],
    ];
  }
  if (!row.type.startsWith('llm.')) return [];
  const slash = row.subject.indexOf('/');
  const provider = slash < 0 ? '' : row.subject.slice(0, slash);
  return [
    ['gen_ai.operation.name', 'chat'],
    ['gen_ai.provider.name', PROVIDER[provider] ?? provider],
    ['gen_ai.request.model', slash < 0 ? '' : row.subject.slice(slash + 1)],
    ['gen_ai.usage.input_tokens', data['tokens_in']],
    ['gen_ai.usage.output_tokens', data['tokens_out']],
  ];
}

function part(body: JsonObject, key: string): JsonObject {
  const value = body[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
