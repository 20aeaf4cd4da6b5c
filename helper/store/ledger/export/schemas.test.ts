import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { providerTable } from '../../../agents/llm/providers.ts';
import { type ExportFacts, formatter } from './formats.ts';
import { OCSF_VERSION } from './ocsf.ts';
import {
  GEN_AI_ATTRIBUTES,
  GEN_AI_OPERATIONS,
  GEN_AI_PROVIDERS,
  OCSF_CAPTIONS,
  OCSF_CLASS,
  OCSF_FACTS,
  OCSF_RELEASE,
} from './schema-facts.data.ts';

const FACTS: ExportFacts = {
  origin: 'akios/host/log',
  filter: '',
  rows: 1,
  total: 1,
  root: '0'.repeat(64),
  note: 'akios/host/log\n1\nx\n\n\u2014 akios/host/log y\n',
  at: '2026-01-05T08:00:00.000Z',
};

const TYPES = [
  'log.open',
  'log.seal',
  'log.export',
  'fs.read',
  'fs.write.outcome',
  'llm.call',
  'llm.outcome',
  'exec.run',
  'gate.denied',
  'cage.up',
  'cage.down',
  'run.start',
  'config.change',
  'outcome.unknown',
];
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

/** Bodies as the writer makes them, with any of their parts missing. */
const body = fc.record(
  {
    type: fc.constantFrom(...TYPES),
    actor: fc.record({
      type: fc.constantFrom('user', 'agent', 'helper', 'system'),
      id: fc.string({ minLength: 1, maxLength: 12 }),
    }),
    subject: optional(fc.string({ maxLength: 20 })),
    run: optional(fc.string({ minLength: 1, maxLength: 8 })),
    step: optional(fc.string({ minLength: 1, maxLength: 8 })),
    policy: optional(
      fc.record({ decision: fc.constantFrom('allow', 'deny', 'ask'), rule: fc.string() }),
    ),
    result: optional(
      fc.record({
        status: fc.constantFrom('ok', 'started', 'failed', 'denied', 'unknown', 'killed'),
      }),
    ),
    data: optional(fc.record({ tokens_in: fc.nat(), tokens_out: fc.nat() })),
  },
  { requiredKeys: ['type', 'actor'] },
);

function record(value: object, pruned = false) {
  const { type } = value as { type: string };
  const ts = '2026-01-05T08:00:00.000Z';
  const text = JSON.stringify({ id: '0197a1de-0000-7000-8000-000000000000', seq: 0, ts, ...value });
  return { seq: 0, leaf: 'ab'.repeat(32), ts, type, body: pruned ? null : text };
}

/** What a value breaks of the schema; paths, nothing when it fits. */
function misfits(value: unknown, type: string, path: string): string[] {
  if (type === 'any') return typeof value === 'object' && value !== null ? [] : [path];
  if (type.startsWith('[')) {
    if (!Array.isArray(value) || value.length === 0) return [path];
    return value.flatMap((item, i) => misfits(item, type.slice(1, -1), `${path}[${i}]`));
  }
  if (type === 'string') return typeof value === 'string' && value !== '' ? [] : [path];
  if (type === 'integer') return Number.isSafeInteger(value) ? [] : [path];
  const facts = OCSF_FACTS[type];
  if (facts === undefined || typeof value !== 'object' || value === null) return [path];
  const own = value as Record<string, unknown>;
  const out = facts.required.filter((name) => !(name in own)).map((name) => `${path}.${name}`);
  if (facts.atLeastOne?.some((name) => name in own) === false) out.push(`${path}.(one of)`);
  for (const [name, part] of Object.entries(own)) {
    const allowed = facts.enums?.[name];
    if (allowed !== undefined && !allowed.includes(part as number)) out.push(`${path}.${name}`);
    const known = facts.attributes[name];
    out.push(
      ...(known === undefined ? [`${path}.${name}`] : misfits(part, known, `${path}.${name}`)),
    );
  }
  return out;
}

describe('OCSF export', () => {
  it('names the release its mapping was checked against', () => {
    expect(OCSF_VERSION).toBe(OCSF_RELEASE);
  });

  it('holds what the class requires, nothing the schema does not know, and only its numbers', () => {
    fc.assert(
      fc.property(body, fc.boolean(), (value, pruned) => {
        const line = formatter('ocsf').row(record(value, pruned), true, FACTS);
        const event = JSON.parse(line) as Record<string, number | string>;
        expect(misfits(event, 'api_activity', 'event')).toEqual([]);
        expect(event).toMatchObject(OCSF_CLASS);
        expect(event['type_uid']).toBe(OCSF_CLASS.class_uid * 100 + Number(event['activity_id']));
        for (const [id, name] of [
          ['activity_id', 'activity_name'],
          ['severity_id', 'severity'],
          ['status_id', 'status'],
        ] as const) {
          const caption = OCSF_CAPTIONS[id]?.[Number(event[id])];
          if (caption !== undefined) expect(event[name]).toBe(caption);
        }
      }),
    );
  });

  it('an event that breaks the schema is seen by this test', () => {
    const event = JSON.parse(formatter('ocsf').row(record({ type: 'fs.read' }), true, FACTS));
    const { actor: _, ...without } = event;
    expect(misfits(without, 'api_activity', 'e')).toEqual(['e.actor']);
    expect(misfits({ ...event, status_id: 7 }, 'api_activity', 'e')).toEqual(['e.status_id']);
    expect(misfits({ ...event, more: 1 }, 'api_activity', 'e')).toEqual(['e.more']);
    expect(misfits({ ...event, actor: { user: {} } }, 'api_activity', 'e')).toEqual([
      'e.actor.user.(one of)',
    ]);
  });
});

describe('OpenTelemetry export', () => {
  type Attribute = { key: string; value: Record<string, string> };
  function genAi(value: object): Map<string, [string, string]> {
    const line = formatter('otel').row(record(value), true, FACTS);
    const { resourceLogs } = JSON.parse(line) as {
      resourceLogs: { scopeLogs: { logRecords: { attributes: Attribute[] }[] }[] }[];
    };
    const all = resourceLogs[0]!.scopeLogs[0]!.logRecords[0]!.attributes;
    return new Map(
      all
        .filter(({ key }) => key.startsWith('gen_ai.'))
        .map(({ key, value: held }) => [key, Object.entries(held)[0]!]),
    );
  }

  it('uses only attributes and values of the conventions, with their types', () => {
    fc.assert(
      fc.property(body, (value) => {
        for (const [key, [kind, text]] of genAi(value)) {
          expect([key, kind]).toEqual([
            key,
            GEN_AI_ATTRIBUTES[key] === 'int' ? 'intValue' : 'stringValue',
          ]);
          if (key === 'gen_ai.operation.name') expect(GEN_AI_OPERATIONS).toContain(text);
        }
      }),
    );
  });

  it('gives every remote provider the name the conventions have for it', () => {
    const remote = [...providerTable().values()].filter(({ kind }) => kind === 'remote');
    expect(remote.length).toBeGreaterThan(3);
    for (const { name } of remote) {
      const found = genAi({ type: 'llm.outcome', subject: `${name}/model-1` });
      expect(GEN_AI_PROVIDERS).toContain(found.get('gen_ai.provider.name')?.[1]);
    }
  });
});
