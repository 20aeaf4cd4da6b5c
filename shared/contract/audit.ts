import * as z from 'zod';
import { hex, isoTime, jsonValue, onlyProject, projectRef, seq } from './common.ts';
import { AUDITORS, call, EVERYONE } from './define.ts';

export const auditRow = z.object({
  seq,
  ts: isoTime,
  type: z.string(),
  subject: z.string(),
  actor: z.string(),
  run: z.string().nullable(),
  step: z.string().nullable(),
  status: z.string().nullable(),
  decision: z.string().nullable(),
  rule: z.string().nullable(),
  pruned: z.boolean(),
});
export type AuditRow = z.infer<typeof auditRow>;

export const auditRecord = z.object({
  seq,
  leaf: hex,
  ts: isoTime,
  type: z.string(),
  body: z.string().nullable().describe('The exact stored bytes; null when pruned'),
});
export type AuditRecord = z.infer<typeof auditRecord>;

export const checkpointView = z.object({
  size: seq,
  root: hex,
  note: z.string().describe('C2SP signed note'),
  at: isoTime.nullable(),
});
export type CheckpointView = z.infer<typeof checkpointView>;

export const inclusionProof = z.object({
  seq,
  size: seq,
  leaf: hex,
  hashes: z.array(hex).describe('RFC 6962 audit path, leaf to root'),
  root: hex,
  note: z.string().nullable().describe('Signed checkpoint of this size, when one exists'),
});
export type InclusionProof = z.infer<typeof inclusionProof>;

export const finding = z.object({
  code: z.string(),
  index: z.number().optional().describe('Beyond 2^53 in a hostile log, then not exact'),
  level: z.number().optional(),
  after: z.number().optional(),
  upto: z.number().optional(),
  detail: z.string().optional(),
});

export const verifyMode = z.enum(['quick', 'incremental', 'full', 'strict']);
export type VerifyMode = z.infer<typeof verifyMode>;

export const verifyReport = z.object({
  ok: z.boolean(),
  findings: z.array(finding),
  size: seq.optional(),
  root: hex.optional(),
  sealed: seq.optional(),
  anchored: z.boolean(),
  exitCode: z.number().int().describe('0 verified, 1 tampered, 2 unreadable, 3 unanchored'),
  anchor: z.object({ size: seq, at: isoTime.nullable() }).nullable(),
  mode: verifyMode,
  from: seq
    .optional()
    .describe('Incremental: records below this size were verified before and were not read'),
  recorded: z
    .boolean()
    .optional()
    .describe('False: a broken ledger takes no rows, so this verification has none'),
  ms: z.number(),
  at: isoTime,
});
export type VerifyReport = z.infer<typeof verifyReport>;

export const anchorState = z.object({
  kind: z.enum(['syslog', 'file', 'witness']),
  where: z.string(),
  size: seq.nullable().describe('Size it last took; null when it never did'),
  at: isoTime.nullable(),
  error: z.string().nullable().describe('Why the newest attempt failed; null when it did not'),
});
export type AnchorState = z.infer<typeof anchorState>;

export const ledgerStats = z.object({
  events: seq,
  root: hex,
  bytes: z.number().int(),
  file: z.string(),
  checkpoints: z.number().int(),
  firstAt: isoTime.nullable(),
  lastAt: isoTime.nullable(),
  lastVerify: verifyReport.nullable(),
  anchor: z
    .object({
      size: seq,
      at: isoTime,
      where: z.string(),
      note: z.string().optional().describe('The anchored checkpoint (C2SP signed note)'),
    })
    .nullable(),
  pruned: z
    .number()
    .int()
    .nullable()
    .describe('Records without a body; null while the search index is made'),
  index: z
    .object({ indexed: seq, of: seq })
    .nullable()
    .optional()
    .describe('How far the search index is while it is made anew; null when it is complete'),
  clock: z
    .string()
    .nullable()
    .optional()
    .describe('Why no body is removed by the time of the clock; null when it is believed'),
  segments: z.number().int(),
  receipts: z.number().int(),
  current: z.object({ events: seq, bytes: z.number().int() }).optional(),
  archive: z
    .object({ segments: z.number().int(), events: seq, bytes: z.number().int() })
    .optional(),
  rotationEvents: z.number().int().optional().describe('Rows at which a segment is closed'),
  anchors: z.array(anchorState).optional().describe('Anchors on a schedule and how they went'),
});
export type LedgerStats = z.infer<typeof ledgerStats>;

export const auditCalls = {
  'audit.list': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/events',
    roles: EVERYONE,
    input: z.strictObject({
      project: projectRef,
      q: z.string().max(500).optional().describe('Filter grammar of shared/query'),
      before: seq.optional().describe('Rows below this sequence, newest first'),
      after: seq.optional().describe('Rows above this sequence, oldest first'),
      limit: z.number().int().min(1).max(1000).optional(),
    }),
    output: z.object({
      items: z.array(auditRow),
      total: seq.describe('Rows matching the filter (all rows when there is none)'),
      size: seq,
    }),
    errors: [
      'PROJECT_NOT_FOUND',
      'INPUT_INVALID',
      'LEDGER_UNAVAILABLE',
      'LEDGER_BROKEN',
      'INDEX_BUILDING',
    ],
    audit: 'none',
    summary: 'Ledger rows.',
  }),
  'audit.record': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/events/:seq',
    roles: AUDITORS,
    input: z.strictObject({ project: projectRef, seq }),
    output: auditRecord,
    errors: ['PROJECT_NOT_FOUND', 'RECORD_NOT_FOUND'],
    audit: 'none',
    summary: 'One record, byte for byte.',
  }),
  'audit.records': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/records',
    roles: AUDITORS,
    input: z.strictObject({
      project: projectRef,
      from: seq,
      count: z.number().int().min(1).max(5000),
    }),
    output: z.object({ items: z.array(auditRecord) }),
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'A range of records, for a verifier of your own.',
  }),
  'audit.proof': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/proof/:seq',
    roles: AUDITORS,
    input: z.strictObject({ project: projectRef, seq, size: seq.optional() }),
    output: inclusionProof,
    errors: ['PROJECT_NOT_FOUND', 'RECORD_NOT_FOUND'],
    audit: 'none',
    summary: 'Inclusion proof (RFC 6962) of one record.',
  }),
  'audit.consistency': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/consistency',
    roles: AUDITORS,
    input: z.strictObject({ project: projectRef, first: seq, second: seq.optional() }),
    output: z.object({
      first: seq,
      second: seq,
      hashes: z.array(hex),
      firstRoot: hex,
      secondRoot: hex,
    }),
    errors: ['PROJECT_NOT_FOUND', 'INPUT_INVALID'],
    audit: 'none',
    summary: 'Consistency proof (RFC 6962) between two sizes.',
  }),
  'audit.checkpoint': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/checkpoint',
    roles: EVERYONE,
    input: z.strictObject({ project: projectRef, size: seq.optional() }),
    output: z.object({ checkpoint: checkpointView.nullable(), vkey: z.string() }),
    errors: ['PROJECT_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
    audit: 'none',
    summary: 'The newest signed checkpoint and the verifier key.',
  }),
  'audit.verify': call({
    kind: 'command',
    method: 'POST',
    path: '/audit/verify',
    roles: EVERYONE,
    input: z.strictObject({
      project: projectRef,
      mode: verifyMode.optional(),
    }),
    output: verifyReport,
    errors: ['PROJECT_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
    audit: 'row',
    summary: 'Verify the ledger from its files.',
  }),
  'audit.stats': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/stats',
    roles: EVERYONE,
    input: onlyProject,
    output: ledgerStats,
    errors: ['PROJECT_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
    audit: 'none',
    summary: 'Size, root, age of the last verify and of the last outside anchor.',
  }),
  'audit.anchor': call({
    kind: 'command',
    method: 'POST',
    path: '/audit/anchor',
    roles: AUDITORS,
    input: z.strictObject({ project: projectRef }),
    output: checkpointView,
    errors: ['PROJECT_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
    audit: 'row',
    summary: 'Write the newest checkpoint to every outside anchor.',
  }),
  'audit.check': call({
    kind: 'query',
    method: 'POST',
    path: '/audit/check',
    roles: AUDITORS,
    input: z.strictObject({
      project: projectRef,
      note: z.string().max(65_536).describe('A checkpoint (signed note) seen earlier'),
    }),
    output: z.object({
      verdict: z
        .enum(['consistent', 'rolled_back', 'forked', 'unsigned'])
        .describe('Whether the log of now still holds exactly what the checkpoint signed'),
      seen: z.object({ size: seq, root: hex }),
      now: checkpointView,
      hashes: z.array(hex).describe('RFC 6962 consistency proof from the seen size to now'),
    }),
    errors: ['PROJECT_NOT_FOUND', 'INPUT_INVALID', 'LEDGER_UNAVAILABLE'],
    audit: 'none',
    summary: "Compare an auditor's last-seen checkpoint with the log.",
  }),
  'audit.exports': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/exports',
    roles: AUDITORS,
    input: onlyProject,
    output: z.object({
      items: z.array(z.object({ file: z.string(), done: seq, rows: seq })),
    }),
    errors: ['PROJECT_NOT_FOUND'],
    audit: 'none',
    summary: 'Exports that are being written now.',
  }),
  'audit.rotate': call({
    kind: 'command',
    method: 'POST',
    path: '/audit/rotate',
    roles: AUDITORS,
    input: onlyProject,
    output: z.object({
      rotated: z.boolean(),
      archived_events: seq,
      archived_merkle_root: hex,
      archive_dir: z.string(),
      rotated_at: isoTime,
    }),
    errors: ['PROJECT_NOT_FOUND', 'LEDGER_UNAVAILABLE'],
    audit: 'intent',
    summary: 'Close the current segment; the tree goes on.',
  }),
  'audit.migrate': call({
    kind: 'command',
    method: 'POST',
    path: '/audit/migrate',
    roles: ['compliance', 'admin'],
    input: z.strictObject({
      project: projectRef,
      content: z
        .base64()
        .min(1)
        .max(11_184_812)
        .describe('Whole lines of a JSON-lines log of the older form, at most 8 MiB'),
    }),
    output: z.object({
      lines: z.number().int(),
      unreadable: z.number().int().describe('No JSON object of the old form; digest kept'),
      known: z.number().int().describe('Recorded by an earlier import of the same bytes'),
      sha256: hex,
      attachment: z.string().describe('The kept copy, byte for byte'),
      records: z.tuple([seq, seq]).describe('Records of the intent and of the outcome'),
    }),
    errors: [
      'PROJECT_NOT_FOUND',
      'INPUT_INVALID',
      'LEDGER_UNAVAILABLE',
      'LEDGER_BROKEN',
      'INDEX_BUILDING',
    ],
    audit: 'intent',
    summary: 'Take an older JSON-lines log in as evidence: kept by digest, one record a line.',
  }),
  'audit.renew': call({
    kind: 'command',
    method: 'POST',
    path: '/audit/renew',
    roles: ['compliance', 'admin'],
    input: z.strictObject({ project: projectRef, reason: z.string().min(1).max(500) }),
    output: z.object({
      retired: z.string().describe('Folder that keeps the older log, its key and its anchor'),
      movedFrom: z.string().nullable().describe('The project the older log was begun in'),
      previous: z.object({
        vkey: z.string().nullable(),
        size: seq.nullable(),
        root: hex.nullable(),
      }),
      receipt: z.string().nullable().describe('Signed by the older key where it is here'),
      vkey: z.string().describe('The trusted key of the new log'),
    }),
    errors: ['PROJECT_NOT_FOUND', 'CONFLICT', 'LEDGER_LOCKED', 'LEDGER_UNAVAILABLE'],
    audit: 'row',
    summary: 'Set a log aside that is gone, changed or of another place, and begin a new one.',
  }),
  'audit.prune': call({
    kind: 'command',
    method: 'POST',
    path: '/audit/prune',
    roles: ['compliance', 'admin', 'developer'],
    input: z.strictObject({
      project: projectRef,
      days: z.number().int().min(0),
      dryRun: z.boolean().optional(),
      trustClock: z
        .boolean()
        .optional()
        .describe('The caller vouches for a clock that seems to have jumped; recorded'),
      reason: z.string().max(500).optional(),
    }),
    output: z.object({ from: seq, to: seq, bodies: z.number().int(), dryRun: z.boolean() }),
    errors: ['PROJECT_NOT_FOUND', 'LEGAL_HOLD', 'DENIED', 'CONFLICT', 'INDEX_BUILDING'],
    audit: 'intent',
    summary: 'Remove old bodies; hashes and proofs stay.',
  }),
  'audit.export': call({
    kind: 'command',
    method: 'POST',
    path: '/audit/export',
    roles: AUDITORS,
    input: z.strictObject({
      project: projectRef,
      format: z.enum(['bundle', 'jsonl', 'json', 'csv', 'ocsf', 'otel', 'html']),
      q: z.string().max(500).optional(),
      file: z.string().max(4096).describe('Absolute path to write; must not exist'),
    }),
    output: z.object({
      file: z.string(),
      rows: z.number().int(),
      total: seq,
      filter: z.string(),
      sha256: hex,
      bytes: z.number().int(),
    }),
    errors: [
      'PROJECT_NOT_FOUND',
      'INPUT_INVALID',
      'CONFLICT',
      'DENIED',
      'CANCELLED',
      'DISK_FULL',
      'INDEX_BUILDING',
    ],
    audit: 'intent',
    summary: 'Stream rows to a file, with the filter and totals stated.',
  }),
  'audit.body': call({
    kind: 'query',
    method: 'GET',
    path: '/audit/events/:seq/body',
    roles: AUDITORS,
    input: z.strictObject({ project: projectRef, seq }),
    output: z.object({ seq, body: jsonValue }),
    errors: ['PROJECT_NOT_FOUND', 'RECORD_NOT_FOUND'],
    audit: 'none',
    summary: 'The parsed body of one record.',
  }),
};
