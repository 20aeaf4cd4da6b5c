import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../shared/domain/json.ts';
import { canonicalize } from '../../../shared/proof/canonical.ts';
import { encodeBody, MAX_DATA } from './body.ts';
import type { EventDraft } from './port.ts';

const STAMP = { seq: 7, id: 'i', ts: '2026-01-01T00:00:00.000Z', salt: 's', boot: 'b', mono: '1' };
const ACTOR = { type: 'agent', id: 'a' } as const;
/** Keys that an engine lists in another order than RFC 8785 are among them: 10 before 9, é, emoji. */
const key = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.nat({ max: 120 }).map(String),
);
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

describe('the body of a row', () => {
  it('is canonical JSON of everything in the draft, whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true }), (data) => {
        const draft: EventDraft = {
          type: 'tool.call',
          actor: ACTOR,
          run: 'r',
          step: 's',
          parent: 1,
          subject: 'x',
          policy: { version: '1', id: 'p', rule: 'r', digest: 'd', decision: 'allow' },
          budget: { limit: 3, before: 1, delta: 2 },
          pii: { direction: 'out', counts: { phone: 1, email: 2 } },
          argsHmac: 'h',
          result: { status: 'ok', ms: 3, code: 'c' },
          cage: { mode: 'm', features: ['z', 'a'] },
          intent: 2,
          expects: 'outcome',
          data: data as JsonObject,
        };
        const text = encodeBody(draft, { seal: 5, prune: [1, 2], rotate: 'k' }, STAMP);
        const parsed = JSON.parse(text) as JsonObject;
        expect(text).toBe(canonicalize(parsed));
        const { argsHmac, ...named } = draft;
        const rest = { args_hmac: argsHmac, seal: 5, prune: [1, 2], rotate: 'k', v: 1 };
        expect(text).toBe(canonicalize({ ...STAMP, ...named, ...rest }));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what has no exact JSON form, and data beyond its size', () => {
    const encode = (data: unknown) => () =>
      encodeBody({ type: 'x', actor: ACTOR, data: data as JsonObject }, {}, STAMP);
    for (const data of [
      { a: 0.5 },
      { a: Number.NaN },
      { a: '\ud800' },
      { a: [undefined] },
      { a: new Date() },
      { a: () => 1 },
      { a: 'x'.repeat(MAX_DATA) },
    ]) {
      expect(encode(data)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    }
    expect(encode({ a: { toJSON: 'x' } })()).toContain('"data":{"a":{"toJSON":"x"}}');
    expect(encode({ a: undefined, b: 'x'.repeat(MAX_DATA - 8) })()).toContain('"data":{"b":');
  });

  it('looks at everything a caller gave, not at its data alone', () => {
    const encode = (more: Partial<EventDraft>) => () =>
      encodeBody({ type: 'x', actor: ACTOR, ...more }, {}, STAMP);
    for (const more of [
      { subject: '\ud800' },
      { actor: { type: 'user', id: 'a\udfff' } },
      { budget: { before: 0.5, delta: 1, limit: 1 } },
      { budget: { before: 1, delta: Number.NaN, limit: 1 } },
      { result: { status: 'ok', ms: Number.POSITIVE_INFINITY } },
      { pii: { direction: 'in', counts: { email: 0.1 } } },
      { data: { '\ud83d': 1 } },
    ] as Partial<EventDraft>[]) {
      expect(encode(more)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    }
    // What reads like the escape of half a character, and is none.
    const subject = 'C:\\ud800\\udata 😀';
    expect(JSON.parse(encode({ subject })())).toMatchObject({ subject });
    expect(encode({ pii: { direction: 'in', counts: { phone: 1, email: 2 } } })()).toContain(
      '"counts":{"email":2,"phone":1}',
    );
  });
});
