import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalize, isCanonical } from './canonical.ts';
import { CanonicalScanner } from './canonical-scan.ts';

const encoder = new TextEncoder();
const scanner = new CanonicalScanner();
const WANTED = { seq: 1234, ts: '2026-11-20T06:00:00.000Z', type: 'gate.intent' };

/** The scanner's answer, read from the middle of a buffer with other bytes around. */
function plain(text: string, wanted = WANTED): boolean {
  const body = encoder.encode(text);
  const bytes = new Uint8Array(body.length + 20).fill(0x7d);
  bytes.set(body, 3);
  return scanner.isPlain(bytes, 3, 3 + body.length, wanted);
}

/** What the careful reader says of the same text. */
function careful(text: string, wanted = WANTED): boolean {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    if (cause instanceof SyntaxError) return false;
    throw cause;
  }
  if (typeof body !== 'object' || body === null || !text.isWellFormed()) return false;
  const { seq, ts, type } = wanted;
  return (
    isCanonical(text, body) && body['seq'] === seq && body['ts'] === ts && body['type'] === type
  );
}

const value = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>;
const body = fc
  .dictionary(
    fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 4 })),
    value,
  )
  .map((more) => ({ ...more, ...WANTED }))
  .filter((object) => JSON.stringify(object).isWellFormed());

const text = body.map((object) => {
  try {
    return canonicalize(object);
  } catch (cause) {
    if (cause instanceof TypeError) return '{}';
    throw cause;
  }
});

test('bodies of the ledger are plain', () => {
  const object = { ...WANTED, actor: { id: 'a', type: 'agent' }, data: { note: 'überprüft\n"x"' } };
  const more = { ...object, list: [1, -2, [], {}, true, false, null, 'y'], v: 0 };
  expect(plain(canonicalize(object))).toBe(true);
  expect(plain(canonicalize(more))).toBe(true);
});

test('whatever it calls plain, the careful reader calls canonical with the same fields', () => {
  let seen = 0;
  fc.assert(
    fc.property(text, (canonical) => {
      if (!plain(canonical)) return;
      seen += 1;
      expect(careful(canonical)).toBe(true);
    }),
    { numRuns: 2000 },
  );
  expect(seen).toBeGreaterThan(100);
});

test('a body with one character changed, added or taken away is never plain by mistake', () => {
  const odd = '"\\{}[]:,0123456789-+.eEutfn \t\n\u0000\u007fü\u2028\u{1f600}abz_';
  const change = fc.record({
    at: fc.nat(),
    put: fc.constantFrom('', ...odd, '\\u0061', '\\ud800', '00', '-0', '1.0', '1e3', '{}', '""'),
    cut: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(text, fc.array(change, { minLength: 1, maxLength: 3 }), (canonical, changes) => {
      let changed = canonical;
      for (const { at, put, cut } of changes) {
        const place = at % (changed.length + 1);
        changed = changed.slice(0, place) + put + changed.slice(place + cut);
      }
      if (changed.isWellFormed() && plain(changed)) expect(careful(changed)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});

test('other forms, other fields and what follows are not plain', () => {
  const good = canonicalize({ ...WANTED, a: 1 });
  expect(plain(good)).toBe(true);
  for (const bad of [
    ` ${good}`,
    `${good} `,
    `${good}}`,
    good.slice(0, -1),
    good.replace('"a":1', '"a":1,"a":1'),
    good.replace('"a":1', '"z":1'),
    good.replace('"a":1', '"a":01'),
    good.replace('"a":1', '"a":-0'),
    good.replace('"a":1', '"a":1.0'),
    good.replace('"a":1', '"a":1234567890123456'),
    good.replace('"a":1', '"a": 1'),
    good.replace('"a":1', '"a":"\\u0041"'),
    good.replace('"a":1', '"a":"\\/"'),
    good.replace('"a":1', '"a":tru'),
    good.replace('"a":1', '"a":[1,]'),
    good.replace('1234', '1235'),
    good.replace('gate.intent', 'gate.intenT'),
    good.replace('"type":"gate.intent"', '"x":{"type":"gate.intent"}'),
    `[${good}]`,
    '',
    '{',
    '{}',
    '{"a"',
    '"',
  ]) {
    expect([bad, plain(bad)]).toEqual([bad, false]);
  }
  expect(plain(`{"a":${'['.repeat(100)}${']'.repeat(100)},${good.slice(7)}`)).toBe(false);
});
