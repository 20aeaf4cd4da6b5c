import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { ActionStep, ParallelStep } from '../../core/workflow/model.ts';
import { checkWorkflow, parseWorkflow } from '../../core/workflow/parse.ts';

const HEAD = 'name: Test\ndescription: A test.\n';
const CATALOG = { filesystem: ['read', 'write', 'delete'], llm: ['complete', 'chat', 'generate'] };
const read = (extra = '') =>
  `  - {agent: filesystem, action: read, parameters: {path: a.txt}${extra}}\n`;
const errorsOf = (source: string) =>
  checkWorkflow(source, 'w.yml', { catalog: CATALOG, env: {} }).errors;

describe('workflow files', () => {
  it('reads the seed form unchanged', () => {
    const { workflow, warnings } = parseWorkflow(
      `${HEAD}steps:
  - step: 1
    agent: filesystem
    action: read
    config:
      allowed_paths: ["./data/input"]
      read_only: true
    parameters:
      path: "./data/input/document.txt"
  - step: 2
    agent: llm
    action: complete
    config:
      provider: openai
      model: "gpt-4o-mini"
      api_key: "\${OPENAI_API_KEY}"
      max_tokens: 500
    parameters:
      prompt: "Analyze: {previous_output}"
    condition: "step_1_output.status == 'success'"
    on_error: skip
`,
      'w.yml',
    );
    expect(warnings).toEqual([]);
    const [first, second] = workflow.steps as [ActionStep, ActionStep];
    expect(first).toMatchObject({
      index: 1,
      name: 'step_1',
      dependsOn: [],
      onError: 'fail',
      timeoutMs: 300_000,
    });
    expect(second).toMatchObject({ index: 2, dependsOn: [1], onError: 'skip' });
    expect(second.config['api_key']).toBe('${OPENAI_API_KEY}');
    expect(workflow.budgetMicros).toBeNull();
  });

  it('numbers steps by position around declared numbers', () => {
    const source = `${HEAD}steps:\n${read(', step: 2')}${read()}${read(', step: 1')}${read()}`;
    const { workflow } = parseWorkflow(source, 'w.yml');
    expect(workflow.steps.map((s) => s.index)).toEqual([2, 3, 1, 4]);
    expect(workflow.steps.map((s) => s.dependsOn)).toEqual([[], [2], [3], [1]]);
  });

  it('makes a graph of depends_on and parallel groups', () => {
    const { workflow } = parseWorkflow(
      `${HEAD}steps:
  - {name: a, agent: filesystem, action: read}
  - {name: b, agent: filesystem, action: read, depends_on: []}
  - name: g
    condition: "steps.a.status == 'success'"
    depends_on: [a, b]
    max_parallel: 2
    parallel:
      - {name: c, agent: filesystem, action: read, condition: "1 == 1"}
      - {name: d, agent: filesystem, action: read, depends_on: c}
  - {name: e, agent: filesystem, action: read}
`,
      'w.yml',
    );
    const by = (name: string) => workflow.steps.find((s) => s.name === name);
    expect(by('c')).toMatchObject({
      group: 3,
      dependsOn: [1, 2],
      condition: "(steps.a.status == 'success') and (1 == 1)",
    });
    expect(by('d')).toMatchObject({
      group: 3,
      dependsOn: [4, 1, 2],
      condition: "steps.a.status == 'success'",
    });
    expect(by('g') as ParallelStep).toMatchObject({
      kind: 'parallel',
      children: [4, 5],
      dependsOn: [4, 5],
      maxParallel: 2,
    });
    expect(by('e')).toMatchObject({ dependsOn: [3] });
  });

  it('reads approvals, for_each, retry, compensation, sub-workflows and the rest', () => {
    const { workflow } = parseWorkflow(
      `${HEAD}version: 2
budget: "$0.25"
timeout: 10m
tags: [x]
hooks: {before_step: {command: ./check, args: [-q], timeout: 5}}
steps:
  - {agent: filesystem, action: write, timeout: 500ms, retry: {retries: 4, backoff: 2}, idempotency_key: k,
     for_each: {items: [1, 2], as: n}, parameters: {path: "{n}.txt"}, approve: "Write {n}?",
     compensate: {agent: filesystem, action: delete, parameters: {path: "{step_1_output[path]}"}}}
  - {name: ask, approve: {message: "Go on?", timeout: 1h}}
  - {workflow: workflows/other.yml, parameters: {id: "{previous_output}"}}
`,
      'w.yml',
    );
    expect(workflow).toMatchObject({
      version: '2',
      budgetMicros: 250_000,
      timeoutMs: 600_000,
      compensation: 'auto',
    });
    expect(workflow.hooks.beforeStep).toEqual({
      command: './check',
      args: ['-q'],
      timeoutMs: 5000,
    });
    expect(workflow.steps[0]).toMatchObject({
      onError: 'retry',
      timeoutMs: 500,
      retry: { retries: 4, backoffMs: 2000, maxBackoffMs: 30_000 },
      forEach: { items: [1, 2], as: 'n', max: 100, concurrency: 1 },
      approve: { message: 'Write {n}?', timeoutMs: 600_000 },
      idempotencyKey: 'k',
    });
    expect(workflow.steps[1]).toMatchObject({
      kind: 'approval',
      approve: { timeoutMs: 3_600_000 },
    });
    expect(workflow.steps[2]).toMatchObject({ kind: 'workflow', path: 'workflows/other.yml' });
  });

  it.each([
    [
      'a key with a typing mistake',
      `${HEAD}stesp: []\n`,
      'w.yml:3:1',
      'stesp: unknown key',
      'Did you mean "steps"?',
    ],
    [
      'a step key',
      `${HEAD}steps:\n  - {agent: llm, action: chat, paramters: {}}\n`,
      'w.yml:4:32',
      'steps[0].paramters: unknown key',
      'Did you mean "parameters"?',
    ],
    [
      'an agent',
      `${HEAD}steps:\n  - {agent: filesytem, action: read}\n`,
      'w.yml:4:13',
      'unknown agent "filesytem"',
      'Did you mean "filesystem"?',
    ],
    [
      'an action',
      `${HEAD}steps:\n  - {agent: filesystem, action: raed}\n`,
      'w.yml:4:33',
      'filesystem has no action "raed"',
      'Did you mean "read"?',
    ],
    [
      'a double key',
      `${HEAD}name: again\nsteps: []\n`,
      'w.yml:3:1',
      'The same key is given twice.',
      'docs/workflow.schema.json',
    ],
    [
      'a double number',
      `${HEAD}steps:\n${read(', step: 1')}${read(', step: 1')}`,
      'w.yml:5:',
      'step 1 is given twice',
      '',
    ],
    [
      'a double name',
      `${HEAD}steps:\n${read(', name: a')}${read(', name: a')}`,
      'w.yml:5:',
      'the name "a" is used twice',
      '',
    ],
    [
      'an unknown dependency',
      `${HEAD}steps:\n${read(', name: alpha')}${read(', depends_on: alhpa')}`,
      'w.yml:5:',
      'waits for "alhpa", which does not exist',
      'Did you mean "alpha"?',
    ],
    [
      'a cycle',
      `${HEAD}steps:\n${read(', name: a, depends_on: b')}${read(', name: b, depends_on: a')}`,
      'w.yml:4:',
      'steps wait for each other: a -> b -> a',
      '',
    ],
    ['itself', `${HEAD}steps:\n${read(', name: a, depends_on: a')}`, 'w.yml:4:', 'a -> a', ''],
    [
      'a reference to a later step',
      `${HEAD}steps:\n  - {agent: llm, action: chat, parameters: {prompt: "{step_2_output}"}}\n${read()}`,
      'w.yml:4:',
      '{step_2_output} in step_1 refers to step 2, which does not surely end before it',
      '',
    ],
    [
      'a reference to a sibling in a group',
      `${HEAD}steps:\n  - parallel:\n    - {name: a, agent: llm, action: chat}\n    - {agent: llm, action: chat, parameters: {prompt: "{steps.a.output}"}}\n`,
      'w.yml:6:',
      'does not surely end before it',
      '',
    ],
    [
      'a reference to nothing',
      `${HEAD}steps:\n${read(', name: first')}  - {agent: llm, action: chat, parameters: {prompt: "{steps.frist.output}"}}\n`,
      'w.yml:5:',
      '"frist", which does not exist',
      'Did you mean "first"?',
    ],
    [
      'previous_output in the first step',
      `${HEAD}steps:\n  - {agent: llm, action: chat, parameters: {prompt: "{previous_output}"}}\n`,
      'w.yml:4:',
      'no step runs before it',
      '',
    ],
    [
      'half a reference',
      `${HEAD}steps:\n${read()}  - {agent: llm, action: chat, parameters: {prompt: "{step_1_ouput}"}}\n`,
      'w.yml:5:',
      'Not a complete reference',
      '',
    ],
    [
      'a bad condition',
      `${HEAD}steps:\n${read()}${read(', condition: "1 = 1"')}`,
      'w.yml:5:',
      'condition: Did not expect',
      'Allowed',
    ],
    [
      'a condition on an unknown step',
      `${HEAD}steps:\n${read()}${read(', condition: "step_7_output == 1"')}`,
      'w.yml:5:',
      'step 7, which does not exist',
      '',
    ],
    [
      'a secret variable',
      `${HEAD}steps:\n  - {agent: llm, action: chat, parameters: {prompt: "x \${API_KEY}"}}\n`,
      'w.yml:4:',
      'would write a secret',
      '',
    ],
    [
      'a variable that is not allowed',
      `${HEAD}steps:\n  - {agent: llm, action: chat, parameters: {prompt: "\${HOME}"}}\n`,
      'w.yml:4:',
      '${HOME} has no value',
      'env_allow',
    ],
    [
      'two kinds in one step',
      `${HEAD}steps:\n  - {agent: llm, action: chat, workflow: a.yml}\n`,
      'w.yml:4:',
      'not both',
      '',
    ],
    ['no kind', `${HEAD}steps:\n  - {name: x}\n`, 'w.yml:4:', 'a step needs agent and action', ''],
    [
      'a sub-workflow outside',
      `${HEAD}steps:\n  - {workflow: ../../etc/x.yml}\n`,
      'w.yml:4:',
      'inside the project',
      '',
    ],
    ['no steps', `${HEAD}steps: []\n`, 'w.yml:3:', 'steps: ', ''],
    [
      'no description',
      'name: x\nsteps:\n  - {agent: llm, action: chat}\n',
      'w.yml:1:1',
      'description: is missing',
      '',
    ],
    [
      'a budget that is no amount',
      `${HEAD}budget: "1e300"\nsteps:\n${read()}`,
      'w.yml:3:9',
      'budget: Not a dollar amount',
      '',
    ],
    ['a negative budget', `${HEAD}budget: -1\nsteps:\n${read()}`, 'w.yml:3:9', 'budget: ', ''],
    ['a list', '- a\n', 'w.yml:1:1', 'is no workflow', ''],
    ['nothing', '', 'w.yml:1:1', 'is no workflow', ''],
    ['a program', '#!/bin/sh\necho "$HOME" {\n', 'w.yml:', '', ''],
    [
      'two documents',
      `${HEAD}steps:\n${read()}---\na: 1\n`,
      'w.yml:',
      'more than one document',
      '',
    ],
    ['a tag', `${HEAD}steps: !!python/object x\n`, 'w.yml:3:8', '', ''],
    [
      'a prototype key',
      `${HEAD}steps:\n  - {agent: llm, action: chat, parameters: {__proto__: {a: 1}}}\n`,
      'w.yml:4:',
      'This key is not allowed.',
      '',
    ],
    ['NaN', `${HEAD}budget: .nan\nsteps: []\n`, 'w.yml:3:9', 'Numbers must be finite.', ''],
    [
      'a number that loses digits',
      `${HEAD}steps:\n  - {agent: llm, action: chat, parameters: {id: 12345678901234567890}}\n`,
      'w.yml:4:',
      'put it in quotes',
      '',
    ],
  ])('says where %s is wrong', (_what, source, where, message, hint) => {
    const [first] = errorsOf(source);
    expect(first?.code).toBe('WORKFLOW_INVALID');
    expect(first?.where).toContain(where);
    expect(first?.message).toContain(message);
    expect(first?.hint ?? '').toContain(hint);
  });

  it.each([
    [
      'anchors that explode',
      `a: &a [${'x,'.repeat(9)}x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((k, i) => `${k}: &${k} [${`*${'abcdefgh'[i]},`.repeat(9)}*${'abcdefgh'[i]}]\n`).join('')}`,
    ],
    ['an anchor that holds itself', 'a: &a [*a]\n'],
    ['brackets without end', `x: ${'['.repeat(900_000)}`],
    ['dashes without end', '- '.repeat(400_000)],
    [
      'keys without end',
      `${Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}k:`).join('\n')}\n`,
    ],
    ['a flood of values', `x: [${'1,'.repeat(400_000)}1]`],
    ['10,000 steps', `${HEAD}steps:\n${read().repeat(10_000)}`],
  ])('refuses %s', (_what, source) => {
    expect(errorsOf(source)[0]?.code).toBe('WORKFLOW_INVALID');
  });

  it('refuses 10 MB before reading it, and names the place where the bound is passed', () => {
    const limit = 1_048_576;
    for (const [source, where] of [
      [`name: "${'x'.repeat(10_485_000)}"`, `w.yml:1:${limit + 1}`],
      [`${HEAD}${'# a comment\n'.repeat(900_000)}`, 'w.yml:87381:9'],
      ['é\n'.repeat(500_000), 'w.yml:349526:1'],
      ['😀'.repeat(300_000), `w.yml:1:${limit / 2 + 1}`],
    ] as const) {
      expect(errorsOf(source)[0]).toMatchObject({ code: 'TOO_LARGE', where });
    }
    expect(errorsOf(' '.repeat(limit))[0]?.code).toBe('WORKFLOW_INVALID');
    expect(errorsOf(' '.repeat(limit + 1))[0]?.code).toBe('TOO_LARGE');
  });

  it('inserts allowed variables as data', () => {
    const env = { TARGET: 'in/{step_1_output}/${HOME}' };
    const source = `${HEAD}steps:\n${read()}  - {agent: llm, action: chat, parameters: {prompt: "go \${TARGET} \${OTHER:-d}"}}\n`;
    const { workflow, warnings } = parseWorkflow(source, 'w.yml', { env });
    expect((workflow.steps[1] as ActionStep).parameters['prompt']).toBe(
      'go in/\\{step_1_output}/${HOME} d',
    );
    expect(warnings[0]).toContain('OTHER');
  });

  it('cannot judge variables when no project is known, and says so', () => {
    const source = `${HEAD}steps:\n  - {agent: llm, action: chat, parameters: {prompt: "\${NAME}"}}\n`;
    const { workflow, warnings } = parseWorkflow(source, 'w.yml');
    expect((workflow.steps[0] as ActionStep).parameters['prompt']).toBe('${NAME}');
    expect(warnings[0]).toContain('env_allow');
  });

  it('answers any text with a workflow or typed errors', () => {
    const words = [
      'name: a',
      'steps:',
      '  - step: 1',
      '    agent: llm',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '"',
      "'",
      '|',
      ': ',
      '\n',
      '? ',
      '!!str',
      '<<: *a',
      '\t',
      '%YAML 1.1',
      '---',
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 100 }),
          fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((w) => w.join('')),
        ),
        (source) => {
          const { workflow, errors } = checkWorkflow(source, 'w.yml');
          expect(workflow === null).toBe(errors.length > 0);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('throws the first problem and tells how many there are', () => {
    const source = `${HEAD}steps:\n${read(', step: 1')}${read(', step: 1')}`;
    expect(() => parseWorkflow(source, 'w.yml')).toThrow(AkiosError);
    try {
      parseWorkflow(source, 'w.yml');
    } catch (error) {
      expect((error as AkiosError).details?.['errors']).toBeGreaterThan(1);
    }
  });
});
