import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision, GateKind } from '../../../shared/domain/states.ts';
import { loadConfig } from '../config/config.ts';
import { compilePolicy } from './compile.ts';
import { decide } from './decide.ts';
import type { Policy, PolicyRequest, Rule, RuleEffect } from './model.ts';
import { pathGlob } from './targets.ts';

function policyOf(yaml: string): Policy {
  return compilePolicy(loadConfig(yaml, 'config.yaml'));
}

function ask(policy: Policy, gate: GateKind, action: string, target: string) {
  const request: PolicyRequest = {
    principal: 'user:alice',
    project: 'p',
    run: 'r',
    step: 's',
    agent: 'a',
    gate,
    action,
    target,
    reversibility: 'full',
  };
  return decide(policy, request);
}

const EMPTY = policyOf('');

describe('deny by default', () => {
  test.each([
    ['net', 'get', 'example.org:443'],
    ['exec', 'run', '/usr/bin/wc'],
    ['tool', 'query', 'db'],
    ['secret', 'read', 'OPENAI_API_KEY'],
    ['fs', 'read', 'notes.txt'],
    ['fs', 'write', 'data/input/x.txt'],
    ['fs', 'write', 'templates/x.yml'],
    ['fs', 'delete', 'workflows/x.yml'],
  ] as const)('%s.%s %s', (gate, action, target) => {
    expect(ask(EMPTY, gate, action, target).decision).toBe('deny');
  });

  test('the four project folders may be read and only data/output written', () => {
    for (const path of [
      'data/input/a.pdf',
      'data/output/run_1/a',
      'templates/t',
      'workflows/w.yml',
    ]) {
      expect(ask(EMPTY, 'fs', 'read', path).decision).toBe('allow');
    }
    expect(ask(EMPTY, 'fs', 'write', 'data/output/a.txt').decision).toBe('allow');
    expect(ask(EMPTY, 'fs', 'write', 'data/output').decision).toBe('deny');
    expect(ask(EMPTY, 'llm', 'complete', 'builtin/extractive').decision).toBe('allow');
  });
});

const ESCAPES = [
  '../x',
  'data/input/../../x',
  '/etc/passwd',
  '~/x',
  'data//input/x',
  './data/input/x',
  'data/input/.',
  'data/input/..',
  'data\\input\\x',
  'data/input/x\u0000',
  'data/input/x\u202etxt',
  'data/input/\u200bx',
  'data/input/x ',
  'data/ input/x',
  'data/input/x.',
  'data/input_private/x',
  'data/inputs/x',
  'Data/input/x',
  'data/INPUT/x',
  'data',
  '',
  '/',
  'data/input/e\u0301',
  'data/input/\ud800',
  'proc/self/root/etc/passwd',
  'data/output/../input/x',
  'audit/audit.db',
  'AUDIT/audit.db',
  'config.yaml',
  '.env',
  '.ENV',
  '.env.local',
  'data/input/.env',
  'data/input/prod.KEY',
  'data/input/a.pem',
  'data/input/id_rsa',
  'data/input/.ssh/known',
  'data/input/.ssh',
  'templates/.Env.production',
  'workflows/cert.P12',
  'agents/a.toml',
  'data/input/.netrc',
  'data/output/deep/er/id_ed25519.pub',
  'data/input/credentials.json',
  `data/input/${'x'.repeat(300)}`,
];
test.each(ESCAPES)('no spelling gets out or at a secret: %j', (path) => {
  expect(ask(EMPTY, 'fs', 'read', path).decision).toBe('deny');
  expect(ask(EMPTY, 'fs', 'write', path).decision).toBe('deny');
});

describe('settings', () => {
  test('network: nothing without the switch, then exact hosts and ports only', () => {
    const closed = policyOf('allowed_domains: [api.example.org]');
    expect(ask(closed, 'net', 'get', 'api.example.org:443')).toMatchObject({
      decision: 'deny',
      rule: 'settings.network-off',
    });
    const open = policyOf(
      'network_access_allowed: true\nallowed_domains: [API.example.org, "db.example.org:5432"]',
    );
    expect(ask(open, 'net', 'get', 'api.example.org:443')).toMatchObject({
      decision: 'allow',
      where: 'config.yaml:2:1',
    });
    expect(ask(open, 'net', 'query', 'db.example.org:5432').decision).toBe('allow');
    for (const target of [
      'example.org:443',
      'x.api.example.org:443',
      'api.example.org:80',
      'api.example.org:8443',
      'db.example.org:443',
      'api.example.org',
      'API.example.org:443',
      'api.example.org.:443',
      'api.example.org:443/',
      'api.example.org@evil.org:443',
      '127.0.0.1:443',
      '[::1]:443',
      'api.example.org:0',
    ]) {
      expect(ask(open, 'net', 'get', target).decision, target).toBe('deny');
    }
  });

  test('programs by name mean the system folders only', () => {
    const policy = policyOf('allowed_commands: [wc, /opt/tool/bin/t]');
    expect(ask(policy, 'exec', 'run', '/usr/bin/wc').decision).toBe('allow');
    expect(ask(policy, 'exec', 'run', '/opt/tool/bin/t').decision).toBe('allow');
    for (const target of [
      '/tmp/wc',
      'data/input/wc',
      '/usr/bin/env',
      '/usr/bin/../../tmp/wc',
      '/usr/bin/sub/wc',
    ]) {
      expect(ask(policy, 'exec', 'run', target).decision, target).toBe('deny');
    }
  });

  test('providers, models and local_only narrow', () => {
    expect(ask(EMPTY, 'llm', 'complete', 'openai/gpt-4o').decision).toBe('allow');
    const one = policyOf('allowed_providers: [mistral]\nallowed_models: [mistral-small]');
    expect(ask(one, 'llm', 'complete', 'openai/gpt-4o').decision).toBe('deny');
    expect(ask(one, 'llm', 'complete', 'mistral/mistral-large').decision).toBe('deny');
    expect(ask(one, 'llm', 'complete', 'mistral/mistral-small').decision).toBe('allow');
    const local = policyOf('local_only: true');
    expect(ask(local, 'llm', 'complete', 'openai/gpt-4o')).toMatchObject({
      decision: 'deny',
      rule: 'settings.local-only',
    });
    expect(ask(local, 'llm', 'complete', 'ollama/llama3.2').decision).toBe('allow');
  });

  test('a project rule may open a tool, and may never open what is built in as never', () => {
    const policy = policyOf(`
rules:
  - {id: all-files, effect: allow, gate: fs, target: "**"}
  - {id: db, effect: allow, gate: tool, target: "data/input/*.db"}
`);
    expect(ask(policy, 'fs', 'read', 'notes/today.txt')).toMatchObject({
      decision: 'allow',
      rule: 'all-files',
      where: 'config.yaml:3:5',
    });
    expect(ask(policy, 'tool', 'query', 'data/input/a.db').decision).toBe('allow');
    for (const path of ['.env', 'audit/audit.db', 'x/.ssh/id_rsa', 'config.yaml']) {
      expect(ask(policy, 'fs', 'read', path).decision).toBe('deny');
    }
    expect(ask(policy, 'fs', 'write', 'notes/today.txt').decision).toBe('deny');
  });

  test('a deny rule covers other cases and what lies below', () => {
    const policy = policyOf(
      'rules:\n  - {id: no, effect: deny, gate: fs, target: "data/input/private"}',
    );
    for (const path of ['data/input/private', 'data/input/private/a', 'data/input/PRIVATE/b/c']) {
      expect(ask(policy, 'fs', 'read', path).rule).toMatch(/^no$|builtin/);
      expect(ask(policy, 'fs', 'read', path).decision).toBe('deny');
    }
    expect(ask(policy, 'fs', 'read', 'data/input/privately').decision).toBe('allow');
  });
});

describe('globs', () => {
  test.each([
    ['data/*.txt', 'data/a.txt', true],
    ['data/*.txt', 'data/sub/a.txt', false],
    ['data/**', 'data/sub/a.txt', true],
    ['data/**', 'data', true],
    ['**/*.key', 'a.key', true],
    ['**/*.key', 'x/y/a.key', true],
    ['**/*.key', 'akey', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a.b', 'axb', false],
    ['a(b|c)', 'ab', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**/z', 'a/b/c/zz', false],
  ])('%s on %s is %s', (pattern, path, expected) => {
    expect(pathGlob(pattern, { ignoreCase: false, below: false })(path)).toBe(expected);
  });
});

const effects: RuleEffect[] = ['never', 'deny', 'ask', 'allow'];
const ruleArb = fc.record({
  id: fc.stringMatching(/^[a-z]{1,6}$/),
  effect: fc.constantFrom(...effects),
  hits: fc.boolean(),
});
function toRules(specs: readonly { id: string; effect: RuleEffect; hits: boolean }[]): Rule[] {
  return specs.map((spec, i) => ({
    id: `${spec.id}${i}`,
    effect: spec.effect,
    gate: 'any',
    matches: () => spec.hits,
    reason: 'r',
    where: 'w',
  }));
}

test('the order of rules never matters, the strongest effect wins, and nothing matching denies', () => {
  void fc.assert(
    fc.property(
      fc.array(ruleArb, { maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (specs, random) => {
        const rules = toRules(specs);
        const shuffled = rules
          .map((rule) => ({ rule, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ rule }) => rule);
        const base = { id: 'x', version: '1', source: '' };
        const first = ask({ ...base, rules }, 'tool', 'x', 't');
        expect(ask({ ...base, rules: shuffled }, 'tool', 'x', 't')).toEqual(first);
        const hit = new Set(specs.filter((s) => s.hits).map((s) => s.effect));
        const expected: Decision =
          hit.has('never') || hit.has('deny')
            ? 'deny'
            : hit.has('ask')
              ? 'ask'
              : hit.has('allow')
                ? 'allow'
                : 'deny';
        expect(first.decision).toBe(expected);
      },
    ),
    { numRuns: 500 },
  );
});

test('adding a rule that restricts never turns a deny into something weaker', () => {
  void fc.assert(
    fc.property(
      fc.array(ruleArb, { maxLength: 8 }),
      fc.constantFrom('never', 'deny', 'ask'),
      (specs, effect) => {
        const base = { id: 'x', version: '1', source: '' };
        const rules = toRules(specs);
        const before = ask({ ...base, rules }, 'tool', 'x', 't');
        const more = toRules([...specs, { id: 'zz', effect: effect as RuleEffect, hits: true }]);
        const after = ask({ ...base, rules: more }, 'tool', 'x', 't');
        if (effect !== 'ask' || before.rule !== 'builtin.default-deny') {
          const rank = ['deny', 'ask', 'allow'];
          expect(rank.indexOf(after.decision)).toBeLessThanOrEqual(rank.indexOf(before.decision));
        }
      },
    ),
  );
});
