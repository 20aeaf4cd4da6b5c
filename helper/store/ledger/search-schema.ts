/** Columns behind the fields; `time` becomes a range of sequences. */
export const COLUMN: Readonly<Record<string, string>> = {
  type: 'type',
  actor: 'actor',
  subject: 'subject',
  run: 'run',
  step: 'step',
  status: 'status',
  decision: 'decision',
  rule: 'rule',
  id: 'id',
  seq: 'seq',
  cost: 'cost',
};

export const FLAG_SQL: Readonly<Record<string, string>> = {
  denied: "decision = 'deny'",
  asked: "decision = 'ask'",
  allowed: "decision = 'allow'",
  failed: "status IN ('failed','error','denied','killed')",
  pruned: 'pruned = 1',
  intent: 'expects = 1',
  outcome: 'intent IS NOT NULL',
  pii: 'pii = 1',
  log: "type >= 'log.' AND type < 'log/'",
};

export const SEARCH_VERSION = 2;

/** Derived data, never trusted, rebuilt at will: the verified database keeps its plain schema. */
export const SEARCH_SQL = `
CREATE TABLE state(id INTEGER PRIMARY KEY, version INTEGER NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL);
CREATE TABLE rows(
  seq INTEGER PRIMARY KEY, ts TEXT NOT NULL, type TEXT NOT NULL, subject TEXT, actor TEXT,
  run TEXT, step TEXT, status TEXT, decision TEXT, rule TEXT, cost INTEGER, id TEXT,
  intent INTEGER, expects INTEGER, pii INTEGER, pruned INTEGER NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, tokenize='unicode61');
`;

/**
 * Made after the first large filling: sorting once is far cheaper than inserting in order of time.
 * The further columns let usual pairs of conditions be counted from the index alone.
 */
export const SEARCH_INDEXES: readonly string[] = [
  'CREATE INDEX IF NOT EXISTS rows_ts ON rows(ts)',
  'CREATE INDEX IF NOT EXISTS rows_type ON rows(type, actor, decision, status)',
  'CREATE INDEX IF NOT EXISTS rows_subject ON rows(subject)',
  'CREATE INDEX IF NOT EXISTS rows_actor ON rows(actor, decision, status)',
  'CREATE INDEX IF NOT EXISTS rows_run ON rows(run, step, type)',
  'CREATE INDEX IF NOT EXISTS rows_step ON rows(step, decision, status) WHERE step IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS rows_status ON rows(status) WHERE status IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS rows_decision ON rows(decision) WHERE decision IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS rows_rule ON rows(rule) WHERE rule IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS rows_cost ON rows(cost) WHERE cost IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS rows_id ON rows(id)',
  'CREATE INDEX IF NOT EXISTS rows_intent ON rows(intent) WHERE intent IS NOT NULL',
  'CREATE INDEX IF NOT EXISTS rows_expects ON rows(expects) WHERE expects = 1',
  'CREATE INDEX IF NOT EXISTS rows_pii ON rows(pii) WHERE pii = 1',
  'CREATE INDEX IF NOT EXISTS rows_pruned ON rows(pruned) WHERE pruned = 1',
];
