import type { AuditRecord, AuditRow } from '../../../../shared/contract/audit.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';

/** OCSF release whose required attributes and enumerations the mapping follows. */
export const OCSF_VERSION = '1.3.0';
const API_ACTIVITY = 6003;
const OTHER = 99;

const ACTIVITY: readonly [RegExp, number, string][] = [
  [/(write|create|append|up)$/, 1, 'Create'],
  [/(read|list|call|fetch|get)$/, 2, 'Read'],
  [/(update|move|rename|change)$/, 3, 'Update'],
  [/(delete|remove|down|wipe)$/, 4, 'Delete'],
];
/** account_type of the 1.3 user object: 1 User, 3 System, 99 Other. */
const ACCOUNT: Readonly<Record<string, [number, string]>> = {
  user: [1, 'User'],
  system: [3, 'System'],
};

/** One event of class API Activity (6003); an absent value is left out, as the schema wants it. */
export function ocsfEvent(
  record: AuditRecord,
  row: AuditRow,
  body: JsonObject,
  origin: string,
): Record<string, unknown> {
  const [, activity, activityName] = ACTIVITY.find(([pattern]) => pattern.test(row.type)) ?? [
    null,
    OTHER,
    row.type,
  ];
  const actor = body['actor'] as JsonObject | undefined;
  const kind = typeof actor?.['type'] === 'string' ? actor['type'] : 'unknown';
  const [typeId, typeName] = ACCOUNT[kind] ?? [kind === 'unknown' ? 0 : OTHER, kind];
  return {
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'AKIOS Console', vendor_name: 'AKIOS' },
      log_name: origin,
      original_time: row.ts,
      sequence: row.seq,
      ...(typeof body['id'] === 'string' ? { uid: body['id'] } : {}),
    },
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: API_ACTIVITY,
    class_name: 'API Activity',
    activity_id: activity,
    activity_name: activityName,
    type_uid: API_ACTIVITY * 100 + activity,
    type_name: `API Activity: ${activity === OTHER ? 'Other' : activityName}`,
    time: Date.parse(row.ts),
    ...(row.decision === 'deny'
      ? { severity_id: 3, severity: 'Medium' }
      : { severity_id: 1, severity: 'Informational' }),
    ...statusOf(row),
    actor: {
      user: { uid: row.actor === '' ? 'unknown' : row.actor, type_id: typeId, type: typeName },
    },
    api: { operation: row.type, service: { name: 'akios-helper' } },
    src_endpoint: { name: 'akios-helper' },
    ...(row.subject === '' ? {} : { resources: [{ name: row.subject }] }),
    unmapped: filled({
      leaf: record.leaf,
      run: row.run,
      step: row.step,
      decision: row.decision,
      rule: row.rule,
      pruned: row.pruned,
    }),
  };
}

function statusOf(row: AuditRow): Record<string, unknown> {
  const detail = filled({ status_detail: row.status });
  if (row.decision === 'deny') return { status_id: 2, status: 'Failure', ...detail };
  if (row.status === null) return { status_id: 0, status: 'Unknown' };
  if (/^(ok|succeeded|done)$/.test(row.status))
    return { status_id: 1, status: 'Success', ...detail };
  if (/^(started|pending|running)$/.test(row.status)) {
    return { status_id: OTHER, status: row.status, ...detail };
  }
  return { status_id: 2, status: 'Failure', ...detail };
}

function filled(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
