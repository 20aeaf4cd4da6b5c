import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/domain/json.ts';
import {
  escapeReferences,
  fillText,
  forEachItems,
  interpolate,
} from '../../core/workflow/interpolate.ts';
import type { Scope, Step, StepOutcome } from '../../core/workflow/model.ts';
import { groupOutput } from '../../core/workflow/outputs.ts';
import { parseWorkflow } from '../../core/workflow/parse.ts';
import { scopeFor } from '../../core/workflow/reference.ts';

function outcome(index: number, output: JsonObject, more: Partial<StepOutcome> = {}): StepOutcome {
  return { index, name: `step_${index}`, status: 'success', output, ...more };
}
function scopeOf(outcomes: StepOutcome[], item?: Scope['item']): Scope {
  return {
    previous: outcomes.at(-1) ?? null,
    byNumber: new Map(outcomes.map((o) => [o.index, o])),
    byName: new Map(outcomes.map((o) => [o.name, o])),
    context: { case: { id: 'C-7' } },
    ...(item ? { item } : {}),
  };
}
const scope = scopeOf([
  outcome(1, { data: 'd', stdout: 's', text: 't', list: [1, { a: 2 }] }),
  outcome(2, { response: 'r', data: 'd' }, { name: 'my-step' }),
  outcome(3, { stdout: '', status: 'odd', n: 4 }),
]);

describe('references', () => {
  it.each([
    ['{previous_output}', ''],
    ['{step_1_output}', 't'],
    ['{step_2_output}', 'r'],
    ['{step_1_output[data]}', 'd'],
    ['{step_1_output.list}', '[1,{"a":2}]'],
    ['{step_1_output[list][1].a}', '2'],
    ['{steps.my-step.output.data}', 'd'],
    ['{steps["my-step"].output}', 'r'],
    ['{steps.my-step.status}', 'success'],
    ['{step_3_output[n]}{step_3_status}', '4success'],
    ['{context.case.id}', 'C-7'],
    [
      '{"json": {"a": 1}} {x} {} { previous_output }',
      '{"json": {"a": 1}} {x} {} { previous_output }',
    ],
    ['\\{previous_output} and \\\\{step_1_output}', '{previous_output} and \\{step_1_output}'],
    ['{{step_1_output}}', '{t}'],
  ])('%s becomes %s', (template, expected) => {
    expect(fillText(template, scope)).toBe(expected);
  });

  it.each([
    '{step_9_output}',
    '{step_1_output[nope]}',
    '{steps.none.output}',
    '{context.none}',
    '{step_1_output.__proto__}',
    '{step_1_output.list.length}',
    '{step_1_output[constructor]}',
  ])('%s is an error', (template) => {
    expect(() => fillText(template, scope)).toThrow(
      expect.objectContaining({ code: 'STEP_FAILED' }),
    );
  });

  it('is an error when the step failed or was skipped', () => {
    const failed = scopeOf([outcome(1, { text: 'half' }, { status: 'failed' })]);
    expect(() => fillText('{step_1_output}', failed)).toThrow(
      expect.objectContaining({ code: 'STEP_FAILED' }),
    );
    expect(fillText('{step_1_status}', failed)).toBe('failed');
  });

  it('never looks into inserted text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 40 }),
          fc.constantFrom(
            '{previous_output}',
            '{step_1_output}',
            '\\{step_1_output}',
            '${HOME}',
            '{step_1_output',
            '}{',
          ),
        ),
        (document) => {
          const hostile = scopeOf([outcome(1, { text: document })]);
          expect(fillText('a{step_1_output}b{step_1_output}', hostile)).toBe(
            `a${document}b${document}`,
          );
          const filled = interpolate({ k: ['{step_1_output}'], '{step_1_output}': 1 }, hostile);
          expect(filled).toEqual({ k: [document], '{step_1_output}': 1 });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('escaped text stands for itself', () => {
    const part = fc.constantFrom(
      '{previous_output}',
      '{step_1_output[k]}',
      '\\',
      '{',
      '}',
      'x',
      'steps.',
      '{item}',
      '{item_index}',
      '{context.a}',
    );
    const item = { name: 'item', value: 'v', index: 0 };
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }).map((p) => p.join('')),
        (text) => {
          expect(fillText(escapeReferences(text, 'item'), scopeOf([outcome(1, {})], item))).toBe(
            text,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('has the item of a for_each', () => {
    const each = scopeOf([outcome(1, {})], { name: 'file', value: { path: 'a.txt' }, index: 2 });
    expect(fillText('{file.path} {file_index} {item}', each)).toBe('a.txt 2 {item}');
  });

  it('bounds the filled text', () => {
    const big = scopeOf([outcome(1, { text: 'x'.repeat(6_000_000) })]);
    expect(() => fillText('{step_1_output}{step_1_output}', big)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });

  it('takes lists and lines for for_each, up to its bound', () => {
    const lists = scopeOf([outcome(1, { text: 'a\n\nb\r\nc', entries: [{ p: 1 }, { p: 2 }] })]);
    expect(forEachItems('{step_1_output[entries]}', 10, lists)).toEqual([{ p: 1 }, { p: 2 }]);
    expect(forEachItems('{step_1_output}', 10, lists)).toEqual(['a', 'b', 'c']);
    expect(() => forEachItems('{step_1_output}', 2, lists)).toThrow(
      expect.objectContaining({ code: 'STEP_FAILED' }),
    );
    expect(() => forEachItems('plain', 2, lists)).toThrow(
      expect.objectContaining({ code: 'STEP_FAILED' }),
    );
  });
});

describe('previous output in a graph', () => {
  const { workflow } = parseWorkflow(
    `name: n
description: d
steps:
  - {name: a, agent: llm, action: complete, parameters: {prompt: x}}
  - name: g
    parallel:
      - {name: b, agent: llm, action: complete, parameters: {prompt: "{previous_output}"}}
      - {name: c, agent: llm, action: complete, parameters: {prompt: "{previous_output}"}}
  - {name: e, agent: llm, action: complete, condition: "1 == 2", parameters: {prompt: "{previous_output}"}}
  - {name: f, agent: llm, action: complete, parameters: {prompt: "{previous_output} {steps.b.output}"}}
`,
    'g.yml',
  );
  const step = (name: string) => workflow.steps.find((s) => s.name === name) as Step;
  const done = (name: string, text: string, status: StepOutcome['status'] = 'success') => {
    const { index } = step(name);
    return [index, { index, name, status, output: { text } }] as const;
  };

  it('is what stood before the group for each child, and the group after it', () => {
    const a = done('a', 'A');
    const outcomes = new Map<number, StepOutcome>([a]);
    for (const child of ['b', 'c']) {
      expect(scopeFor(workflow.steps, step(child), outcomes, {}).previous?.name).toBe('a');
    }
    const [b, c] = [done('b', 'B'), done('c', 'C')];
    const output = groupOutput([b[1], c[1]]);
    const group = { index: step('g').index, name: 'g', status: 'success' as const, output };
    const all = new Map<number, StepOutcome>([
      a,
      b,
      c,
      [group.index, group],
      done('e', '', 'skipped'),
    ]);
    const inside = scopeFor(workflow.steps, step('f'), all, {});
    expect(inside.previous?.name).toBe('g');
    expect(
      fillText('{previous_output}|{steps.b.output}|{steps.g.output.steps.c.text}', inside),
    ).toBe('B\n\nC|B|C');
  });
});
