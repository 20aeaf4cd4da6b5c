import { describe, expect, it } from 'vitest';
import { type ExportFacts, formatter } from './formats.ts';
import { OCSF_VERSION } from './ocsf.ts';

const FACTS: ExportFacts = {
  origin: 'akios/host/log',
  filter: '',
  rows: 1,
  total: 1,
  root: '0'.repeat(64),
  note: 'akios/host/log\n1\nx\n\n\u2014 akios/host/log y\n',
  at: '2026-01-05T08:00:00.000Z',
};

function record(changes: Record<string, unknown> = {}) {
  const body = {
    actor: { id: 'agent-1', type: 'agent' },
    id: '0197a1de-0000-7000-8000-000000000000',
    seq: 0,
    subject: 'openai/gpt-4o',
    ts: '2026-01-05T08:00:00.000Z',
    type: 'llm.outcome',
    ...changes,
  };
  const { ts, type } = body;
  return { seq: 0, leaf: 'ab'.repeat(32), ts, type, body: JSON.stringify(body) };
}

const row = (format: 'csv' | 'ocsf' | 'otel' | 'html', changes?: Record<string, unknown>): string =>
  formatter(format).row(record(changes), true, FACTS);

describe('CSV', () => {
  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '  =1',
    '\u200b=1',
    '\uff1d1+1',
    '\uff20SUM(A1)',
  ])('a cell %j is text to a spreadsheet', (subject) => {
    const cell = /agent-1,("(?:[^"]|"")*"|[^,]*),/.exec(row('csv', { subject }))?.[1] ?? '';
    const value = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    expect(value).toBe(`'${subject}`);
  });

  it('other cells stay as they are', () => {
    expect(row('csv', { subject: 'a-b=c' })).toContain(',a-b=c,');
  });
});

describe('HTML', () => {
  it('shows marks that turn, hide or end text by their number', () => {
    const html = row('html', {
      subject: 'a\u202egnp.exe\u2066\u200b\u0000\u{e0041}<b onclick="x">',
    });
    expect(html).toContain(
      'a<i>U+202E</i>gnp.exe<i>U+2066</i><i>U+200B</i><i>U+0000</i><i>U+E0041</i>&lt;b onclick=&quot;x&quot;&gt;',
    );
    expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
  });

  it('has the note with its line ends in the head', () => {
    expect(formatter('html').head(FACTS)).toContain('<pre>akios/host/log\n1\nx\n\n\u2014 akios');
  });
});

describe('OCSF', () => {
  /** Required attributes of API Activity in release 1.3, with their JSON types. */
  const REQUIRED = {
    activity_id: 'number',
    category_uid: 'number',
    class_uid: 'number',
    severity_id: 'number',
    time: 'number',
    type_uid: 'number',
    metadata: 'object',
    actor: 'object',
    api: 'object',
    src_endpoint: 'object',
  };
  const noNull = (value: unknown): boolean =>
    value !== null && (typeof value !== 'object' || Object.values(value as object).every(noNull));

  it.each([
    ['allowed', { result: { status: 'succeeded' } }, 1, 1],
    ['denied', { policy: { decision: 'deny', rule: 'r' }, result: { status: 'denied' } }, 2, 3],
    ['failed', { result: { status: 'failed' } }, 2, 1],
    ['without result', { subject: '' }, 0, 1],
    ['begun', { type: 'log.export', result: { status: 'started' } }, 99, 1],
  ])('an event %s has what the class requires', (_name, changes, status, severity) => {
    const event = JSON.parse(row('ocsf', changes)) as Record<string, unknown>;
    for (const [name, type] of Object.entries(REQUIRED))
      expect([name, typeof event[name]]).toEqual([name, type]);
    expect(event).toMatchObject({
      category_uid: 6,
      class_uid: 6003,
      type_uid: 600_300 + (event['activity_id'] as number),
      status_id: status,
      severity_id: severity,
      metadata: { version: OCSF_VERSION, product: { vendor_name: 'AKIOS' } },
      actor: { user: { uid: 'agent-1', type_id: 99, type: 'agent' } },
    });
    expect(noNull(event)).toBe(true);
  });

  it('a pruned record is an event without what was removed', () => {
    const pruned = { ...record(), body: null };
    const event = JSON.parse(formatter('ocsf').row(pruned, true, FACTS)) as Record<string, unknown>;
    expect(noNull(event)).toBe(true);
    expect(event).toMatchObject({
      actor: { user: { uid: 'unknown', type_id: 0 } },
      unmapped: { pruned: true },
    });
  });
});

describe('OpenTelemetry', () => {
  function attributes(changes: Record<string, unknown>): Record<string, unknown> {
    const { resourceLogs } = JSON.parse(row('otel', changes)) as {
      resourceLogs: {
        scopeLogs: { logRecords: { attributes: { key: string; value: object }[] }[] }[];
      }[];
    };
    const list = resourceLogs[0]!.scopeLogs[0]!.logRecords[0]!.attributes;
    return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
  }

  it('names model, provider and tokens of a model call', () => {
    const found = attributes({
      subject: 'grok/grok-4/fast',
      data: { tokens_in: 12, tokens_out: 0 },
    });
    expect(found).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'x_ai',
      'gen_ai.request.model': 'grok-4/fast',
      'gen_ai.usage.input_tokens': '12',
      'gen_ai.usage.output_tokens': '0',
    });
  });

  it('names the tool that was run, and gives files no model', () => {
    const tool = attributes({ type: 'exec.run', subject: '/usr/bin/wc' });
    expect(tool).toMatchObject({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'wc',
    });
    const names = Object.keys(attributes({ type: 'fs.read', subject: 'a/b' }));
    expect(names.filter((name) => name.startsWith('gen_ai'))).toEqual([]);
  });
});
