import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AkiosError } from '../../../shared/domain/errors.ts';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { evaluateCondition } from '../../core/workflow/conditions.ts';
import type { Scope, StepOutcome } from '../../core/workflow/model.ts';

function outcome(index: number, output: JsonObject, status: StepOutcome['status'] = 'success') {
  return { index, name: `step_${index}`, status, output } satisfies StepOutcome;
}
function scopeOf(outcomes: StepOutcome[], context: JsonObject = {}): Scope {
  return {
    previous: outcomes.at(-1) ?? null,
    byNumber: new Map(outcomes.map((o) => [o.index, o])),
    byName: new Map(outcomes.map((o) => [o.name, o])),
    context,
  };
}
const scope = scopeOf(
  [
    outcome(1, { text: 'Claim 7 approved', count: 3, tags: ['a', 'b'], nested: { ok: true } }),
    outcome(2, {}, 'skipped'),
    outcome(3, { text: 'last words', status: 'closed' }),
  ],
  { ward: 'B2', limit: 10 },
);
const judge = (source: string) => evaluateCondition(source, scope);
function codeOf(source: string): string {
  try {
    judge(source);
  } catch (error) {
    return error instanceof AkiosError ? error.code : String(error);
  }
  return 'no error';
}

describe('conditions', () => {
  it.each([
    ["step_1_output.status == 'success'", true],
    ["step_2_status == 'skipped'", true],
    ["steps.step_3.output.status == 'closed'", true],
    ["steps['step_3'].status == 'success'", true],
    ["'approved' in step_1_output", true],
    ["'count' in {step_1_output[nested]}", false],
    ["'b' in step_1_output.tags and 'c' not in step_1_output['tags']", true],
    ['step_1_output.count >= 3 and not (step_1_output.count > 3)', true],
    ['{step_1_output[count]} == 3', true],
    ["previous_output == 'last words'", true],
    ["previous_output != 'last words' or status == 'success'", true],
    ['1 < 2 < 3', true],
    ['1 < 3 < 2', false],
    ['7 // 2 == 3 and -7 // 2 == -4 and -7 % 3 == 2 and 7 % -3 == -2', true],
    ["'ab' * 3 == 'ababab'", true],
    ["context.ward == 'B2' and context.limit * 2 == 20", true],
    ["true if step_1_output.count > 5 else 'x' == 'x'", true],
    ['None is null and True == true', true],
    ['1 is not None', true],
    ['not []', true],
    ["[1, 'a', [2]] == [1, 'a', [2]]", true],
    ["'1' == 1", false],
    ['step_1_output.tags[-1] == "b"', true],
    ['step_1_output == {step_1_output}', true],
  ])('%s is %s', (source, expected) => {
    expect(judge(source)).toBe(expected);
  });

  it.each([
    ['', 'CONDITION_INVALID'],
    ['1 +', 'CONDITION_INVALID'],
    ['a == 1', 'CONDITION_INVALID'],
    ["'open", 'CONDITION_INVALID'],
    ['previous_output()', 'CONDITION_INVALID'],
    ['previous_output.__class__', 'CONDITION_INVALID'],
    ['previous_output.constructor', 'CONDITION_INVALID'],
    ["previous_output['__proto__']", 'CONDITION_INVALID'],
    ["context['constructor']", 'CONDITION_INVALID'],
    ['1 = 1', 'CONDITION_INVALID'],
    ['1 == 1; 2', 'CONDITION_INVALID'],
    ['`x`', 'CONDITION_INVALID'],
    ["'a' < 1", 'CONDITION_INVALID'],
    ["'a' + 1", 'CONDITION_INVALID'],
    ['1 / 0', 'CONDITION_INVALID'],
    ['1 % 0', 'CONDITION_INVALID'],
    ['1e300 * 1e300', 'CONDITION_INVALID'],
    ["'a' * 1000000000", 'CONDITION_INVALID'],
    ["'a' in 5", 'CONDITION_INVALID'],
    ['step_1_output.missing == 1', 'CONDITION_INVALID'],
    ['step_9_output == 1', 'STEP_FAILED'],
    ['step_2_output == 1', 'STEP_FAILED'],
    ['x'.repeat(501), 'CONDITION_INVALID'],
    ['('.repeat(240), 'CONDITION_INVALID'],
    ['not '.repeat(100), 'CONDITION_INVALID'],
    ['-'.repeat(400), 'CONDITION_INVALID'],
    [`1${'+1'.repeat(249)}`, 'CONDITION_INVALID'],
    ['[1,2', 'CONDITION_INVALID'],
    ['99999999999999999', 'CONDITION_INVALID'],
  ])('%s is an error (%s), never a skip', (source, code) => {
    expect(codeOf(source)).toBe(code);
  });

  it('names the column', () => {
    expect(() => judge('1 == 1 andd 2')).toThrow(expect.objectContaining({ where: 'condition:8' }));
  });
});

/** A condition and what it means, built side by side: the reference never sees the text. */
interface Pair {
  text: string;
  value: Json;
}

const truthy = (v: Json) =>
  Array.isArray(v)
    ? v.length > 0
    : typeof v === 'object'
      ? v !== null && Object.keys(v).length > 0
      : Boolean(v);

const numberPair = fc
  .integer({ min: -50, max: 50 })
  .map((n): Pair => ({ text: n < 0 ? `(${n})` : `${n}`, value: n }));
const textPair = fc
  .string({ maxLength: 6 })
  .filter((s) => !/[\n\r\t]/.test(s))
  .map((s): Pair => ({ text: `'${s.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`, value: s }));

const { number, bool } = fc.letrec<{ number: Pair; bool: Pair }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 3 },
    numberPair,
    fc
      .tuple(tie('number'), fc.constantFrom('+', '-', '*'), tie('number'))
      .map(([a, op, b]): Pair => {
        const [x, y] = [a.value as number, b.value as number];
        const value = op === '+' ? x + y : op === '-' ? x - y : x * y;
        return { text: `(${a.text} ${op} ${b.text})`, value };
      }),
    fc
      .tuple(
        tie('number'),
        fc.constantFrom('//', '%'),
        tie('number').filter((p) => p.value !== 0),
      )
      .map(([a, op, b]): Pair => {
        const [x, y] = [a.value as number, b.value as number];
        const floor = Math.floor(x / y);
        return { text: `(${a.text} ${op} ${b.text})`, value: op === '//' ? floor : x - floor * y };
      }),
    fc.tuple(tie('bool'), tie('number'), tie('number')).map(
      ([t, a, b]): Pair => ({
        text: `(${a.text} if ${t.text} else ${b.text})`,
        value: t.value ? a.value : b.value,
      }),
    ),
  ),
  bool: fc.oneof(
    { maxDepth: 4 },
    fc.boolean().map((b): Pair => ({ text: String(b), value: b })),
    fc
      .tuple(tie('number'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('number'))
      .map(([a, op, b]): Pair => {
        const [x, y] = [a.value as number, b.value as number];
        const table: Record<string, boolean> = {
          '<': x < y,
          '<=': x <= y,
          '>': x > y,
          '>=': x >= y,
          '==': x === y,
          '!=': x !== y,
        };
        return { text: `(${a.text} ${op} ${b.text})`, value: table[op] as boolean };
      }),
    fc.tuple(textPair, textPair).map(
      ([a, b]): Pair => ({
        text: `(${a.text} in ${b.text})`,
        value: (b.value as string).includes(a.value as string),
      }),
    ),
    fc.tuple(tie('bool'), tie('bool')).map(
      ([a, b]): Pair => ({
        text: `(${a.text} and ${b.text})`,
        value: Boolean(a.value) && Boolean(b.value),
      }),
    ),
    fc.tuple(tie('bool'), tie('bool')).map(
      ([a, b]): Pair => ({
        text: `(${a.text} or ${b.text})`,
        value: Boolean(a.value) || Boolean(b.value),
      }),
    ),
    tie('bool').map((a): Pair => ({ text: `not ${a.text}`, value: !a.value })),
  ),
}));

describe('conditions against a reference', () => {
  it('agrees on random expressions', () => {
    let judged = 0;
    fc.assert(
      fc.property(fc.oneof(bool, number), ({ text, value }) => {
        fc.pre(text.length <= 500);
        judged += 1;
        expect(evaluateCondition(text, scope)).toBe(truthy(value));
      }),
      { numRuns: 2000 },
    );
    expect(judged).toBeGreaterThan(500);
  });

  it('gives a typed answer or a typed error for any text', () => {
    const words = [
      'previous_output',
      'step_1_output',
      '.',
      '[',
      ']',
      '(',
      ')',
      "'a'",
      '1',
      'and',
      'not',
      'in',
      '==',
      '-',
      ',',
      '{',
      '}',
      'if',
      'else',
      'is',
      '*',
      '/',
      ' ',
    ];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 60 }),
          fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((w) => w.join(' ')),
        ),
        (text) => {
          try {
            expect(typeof judge(text)).toBe('boolean');
          } catch (error) {
            expect(error).toBeInstanceOf(AkiosError);
            expect(['CONDITION_INVALID', 'STEP_FAILED']).toContain((error as AkiosError).code);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
