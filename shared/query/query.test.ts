import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AkiosError } from '../domain/errors.ts';
import type { FieldTable, QueryNode } from './ast.ts';
import { type Matchable, matchQuery } from './match.ts';
import { parseQuery } from './parse.ts';

const TABLE: FieldTable = {
  fields: { type: 'text', run: 'text', seq: 'integer', cost: 'money', time: 'time' },
  flags: ['denied'],
};
const NOW = Date.UTC(2026, 0, 10, 12);
const parse = (q: string): QueryNode | null => parseQuery(q, TABLE, { now: NOW });
const eq = (value: string): QueryNode => ({ kind: 'equals', field: 'type', value, prefix: false });

function failure(q: string): [string, unknown, string | undefined] {
  try {
    parse(q);
  } catch (error) {
    if (error instanceof AkiosError) return [error.code, error.details?.['position'], error.where];
    throw error;
  }
  throw new Error(`parsed: ${q}`);
}

describe('filter grammar', () => {
  it('terms, negation, OR, parentheses, quotes', () => {
    expect(parse('  ')).toBeNull();
    expect(parse('type:a')).toEqual(eq('a'));
    expect(parse('type:a type:b OR type:c')).toEqual({
      kind: 'or',
      items: [{ kind: 'and', items: [eq('a'), eq('b')] }, eq('c')],
    });
    expect(parse('type:a AND -(type:b OR is:denied)')).toEqual({
      kind: 'and',
      items: [
        eq('a'),
        { kind: 'not', item: { kind: 'or', items: [eq('b'), { kind: 'flag', flag: 'denied' }] } },
      ],
    });
    expect(parse('"a \\"b\\" (c)" x-y')).toEqual({
      kind: 'and',
      items: [
        { kind: 'text', text: 'a "b" (c)', phrase: true },
        { kind: 'text', text: 'x-y', phrase: false },
      ],
    });
    expect(parse('run:"my run"')).toMatchObject({ field: 'run', value: 'my run', prefix: false });
    expect(parse('type:llm.*')).toMatchObject({ value: 'llm.', prefix: true });
    expect(parse('type:"llm.*"')).toMatchObject({ value: 'llm.*', prefix: false });
  });

  it('numbers, money and times become exact bounds', () => {
    expect(parse('seq:10..20')).toMatchObject({ bound: { from: 10, to: 20 } });
    expect(parse('cost:>0.05')).toMatchObject({ bound: { from: 50_000, fromOpen: true } });
    expect(parse('cost:<=$1')).toMatchObject({ bound: { to: 1_000_000, toOpen: false } });
    expect(parse('time:24h')).toMatchObject({ bound: { from: '2026-01-09T12:00:00.000Z' } });
    expect(parse('time:2026-01-05')).toMatchObject({
      bound: { from: '2026-01-05T00:00:00.000Z', to: '2026-01-05T23:59:59.999Z' },
    });
    expect(parse('time:2026-01-05/2026-01-06T10:00Z')).toMatchObject({
      bound: { from: '2026-01-05T00:00:00.000Z', to: '2026-01-06T10:00:00.000Z', toOpen: true },
    });
    expect(parse('time:2026-01-01..2026-01-02')).toMatchObject({
      bound: { to: '2026-01-02T23:59:59.999Z' },
    });
  });

  it('names the position of a mistake', () => {
    expect(failure('type:a nope:1')).toEqual(['INPUT_INVALID', 7, 'q:1:8']);
    expect(failure('seq:abc')[1]).toBe(4);
    expect(failure('"open')[1]).toBe(0);
    expect(failure('(type:a')[1]).toBe(0);
    expect(failure('type:a)')[1]).toBe(6);
    expect(failure('type:a OR')[1]).toBe(9);
    expect(failure('is:nope')[1]).toBe(3);
    expect(failure('time:2026-02-30')[1]).toBe(5);
    expect(failure('--a')[1]).toBe(0);
    expect(failure('constructor:1')[1]).toBe(0);
    expect(failure('type:')[1]).toBe(5);
    expect(failure('seq:..')[1]).toBe(4);
    expect(failure('('.repeat(60))[0]).toBe('INPUT_INVALID');
  });

  it('any text parses or fails with a position inside it', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: 'grapheme' }), (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AkiosError);
          const at = (error as AkiosError).details?.['position'] as number;
          expect(at >= 0 && at <= text.length).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('matches lists in memory', () => {
    const item: Matchable = {
      field: (name) =>
        ({ type: 'llm.call', seq: 7, cost: 60_000, time: '2026-01-10T11:00:00.000Z' })[name],
      flag: (name) => name === 'denied',
      texts: () => ['Hello World'],
    };
    const yes = [
      '',
      'hello',
      '"lo wo"',
      'type:llm.*',
      'is:denied cost:>0.05',
      '-run:x',
      'time:2h',
      'seq:7 OR seq:9',
    ];
    const no = ['bye', 'type:llm', '-is:denied', 'cost:>0.06', 'run:x', 'time:30m', 'seq:8..'];
    for (const q of yes) expect([q, matchQuery(parse(q), item)]).toEqual([q, true]);
    for (const q of no) expect([q, matchQuery(parse(q), item)]).toEqual([q, false]);
  });
});
