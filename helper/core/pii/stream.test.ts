/**
 * A stream finds what a scan of the whole text finds, and what it holds back is bounded by its window,
 * whatever arrives and however it is cut.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import { createSegmentStream } from './stream.ts';

const detector = createDetector();
const BLOCK = 16_384;
/** The window, the longest run it may grow by, and what is carried into the next one. */
const MOST = BLOCK + 65_536 + 2 * 4096 + 8192;

/** Most units a stream had taken and not yet released. */
function mostHeld(chunks: Iterable<string>): { held: number; taken: number } {
  const stream = createSegmentStream(detector, { block: BLOCK });
  let held = 0;
  let taken = 0;
  let released = 0;
  for (const chunk of chunks) {
    taken += chunk.length;
    for (const segment of stream.push(chunk)) released += segment.text.length;
    held = Math.max(held, taken - released);
  }
  for (const segment of stream.flush()) released += segment.text.length;
  expect(released).toBe(taken);
  return { held, taken };
}

function* repeated(piece: string, size: number, total: number): Generator<string> {
  const chunk = piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  for (let sent = 0; sent < total; sent += size) yield chunk;
}

describe('what a stream holds back', () => {
  it.each([
    ['log lines', 'INFO request 12 from 10.20.30.40 by jane@example.com\n'],
    ['one line without an end', 'word 12 '],
    ['a run without white space', 'QUJDREVGR0g0'],
    ['an unfinished key block', '-----BEGIN PRIVATE KEY-----\nMIIEabcdefghijk\n'],
    ['a table', 'Jane Doe,1980-01-02,POL-100200\n'],
  ])('stays below the window on %s', (_name, piece) => {
    const small = mostHeld(repeated(piece, 4000, 200_000));
    const large = mostHeld(repeated(piece, 4000, 1_000_000));
    expect(small.held).toBeLessThan(MOST);
    expect(large.held).toBeLessThan(MOST);
  });

  it('gives the same segments when a long run arrives unit by unit', () => {
    const text = `${'a'.repeat(20_000)} SSN: 123-45-6789 ${'b'.repeat(90_000)} x`;
    const whole = createSegmentStream(detector, { block: BLOCK });
    const expected = [...whole.push(text), ...whole.flush()];
    const single = createSegmentStream(detector, { block: BLOCK });
    const got = [...text].flatMap((unit) => single.push(unit));
    expect([...got, ...single.flush()]).toEqual(expected);
  });
});

/** Places and types found by a stream that gets the text in pieces of a size. */
function streamed(text: string, size: number): string[] {
  const stream = createSegmentStream(detector, { block: 8192 });
  const segments = [];
  for (let at = 0; at < text.length; at += size)
    segments.push(...stream.push(text.slice(at, at + size)));
  segments.push(...stream.flush());
  return segments.flatMap(({ offset, spans }) =>
    spans.map((span) => `${span.start + offset}-${span.end + offset} ${span.type}`),
  );
}

function whole(text: string): string[] {
  return detector.detect(text).spans.map((span) => `${span.start}-${span.end} ${span.type}`);
}

describe('a stream and a scan of the whole', () => {
  const fill = (units: number): string =>
    'and so it went on for a while\n'.repeat(Math.ceil(units / 30)).slice(0, units);

  it('find the same repeated names, however far the name was shown within its reach', () => {
    void fc.assert(
      fc.property(
        fc.nat(9000),
        fc.array(fc.integer({ min: 40, max: 4400 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 9000 }),
        (lead, gaps, size) => {
          const later = gaps.map((gap) => `${fill(gap)}\nThen Wetherby came back.\n`).join('');
          const text = `${fill(lead)}\nDear Dr. Norah Wetherby,\n${later}${fill(300)}`;
          expect(streamed(text, size)).toEqual(whole(text));
        },
      ),
      { numRuns: 60 },
    );
  });

  const many = (make: (i: number) => string, between: string): string =>
    Array.from({ length: 3000 }, (_, i) => make(i)).join(between);

  it.each([
    [
      'a list under one key, a line each',
      `{\n "patient": {\n "policy_numbers": [\n${many((i) => ` "AB${100_200 + i}"`, ',\n')}\n]}}`,
    ],
    [
      'a list under one key in one line',
      `{"patient":{"policy_numbers":[${many((i) => `"AB${100_200 + i}"`, ',')}]}}`,
    ],
    [
      'objects of a list',
      `{"patients":[${many((i) => `{"id":"H${30_951_746 + i}","note":"x y z"}`, ',')}]}`,
    ],
    [
      'objects of a list, a line each',
      `{"patients":[\n${many((i) => `{"id": "H${30_951_746 + i}",\n "note": "x, y"}`, ',\n')}\n]}`,
    ],
  ])('find the same in JSON that is longer than a window: %s', (_name, text) => {
    const all = whole(text);
    expect(all).toHaveLength(3000);
    expect(streamed(text, 5000)).toEqual(all);
  });

  const policy = (i: number): string => `AB${100_200 + i}`;
  const record = (i: number): string => `H${30_951_746 + i}`;
  it.each([
    ['a list of YAML', 3000, `policy_numbers:\n${many((i) => `  - ${policy(i)}`, '\n')}\nend: 1\n`],
    [
      'a list of YAML further in',
      3000,
      `patient:\n  insurance:\n    policy_numbers:\n${many((i) => `      - ${policy(i)}`, '\n')}\n`,
    ],
    ['a list of YAML in one line', 3000, `policy_numbers: [${many(policy, ', ')}]\n`],
    [
      'objects of a list of YAML',
      3000,
      `patients:\n${many((i) => `  - note: x y\n    id: ${record(i)}`, '\n')}\n`,
    ],
    [
      'a key of YAML behind a long one',
      1,
      `patient:\n  notes:\n${many((i) => `    n${i}: fine day`, '\n')}\n  id: H30951746\n`,
    ],
    [
      'elements of XML',
      3000,
      `<patients>${many((i) => `<patient><id>${record(i)}</id><note>x</note></patient>`, '\n')}</patients>`,
    ],
    [
      'one element of XML',
      3000,
      `<patient>${many((i) => `<id>${record(i)}</id>`, '\n')}</patient>`,
    ],
    [
      'values of one element of XML',
      3000,
      `<PolicyNumbers>${many((i) => `<v>${policy(i)}</v>`, '')}</PolicyNumbers>`,
    ],
    [
      'the text of one element of XML',
      3000,
      `<PolicyNumbers>${many(policy, ', ')}</PolicyNumbers>`,
    ],
    ['a list in running text', 3000, `Policy numbers: ${many(policy, ', ')}.`],
    ['a list of lines', 3000, `Policy numbers:\n${many((i) => `- ${policy(i)}`, '\n')}\n`],
    [
      'an HTML table',
      6000,
      `<p>Hello</p><table><tr><th>Name</th><th>Policy number</th></tr>\n${many((i) => `<tr><td>Jane Doe</td><td>${policy(i)}</td></tr>`, '\n')}</table>`,
    ],
    [
      'an SQL statement',
      6000,
      `INSERT INTO c (full_name, policy_number) VALUES ${many((i) => `('Jane Doe','${policy(i)}')`, ',\n')};`,
    ],
    [
      'an SQL statement in one line',
      6000,
      `INSERT INTO c (full_name, policy_number) VALUES ${many((i) => `('Jane Doe','${policy(i)}')`, ',')};`,
    ],
    [
      'aligned columns',
      6000,
      `name        policy number   amount\n${many((i) => `Jane Doe    ${policy(i)}        12`, '\n')}\n`,
    ],
  ])('find the same in %s', (_name, count, text) => {
    const all = whole(text);
    expect(all).toHaveLength(count);
    expect(streamed(text, 5000)).toEqual(all);
  });

  it('find the same in YAML and XML of any depth and length, however they are cut', () => {
    const key = fc.constantFrom('patient', 'member', 'notes', 'claim', 'items');
    void fc.assert(
      fc.property(
        fc.array(fc.tuple(key, fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9000 }),
        fc.boolean(),
        (levels, size, xml) => {
          const text = xml ? asXml(levels) : asYaml(levels);
          expect(streamed(text, size)).toEqual(whole(text));
        },
      ),
      { numRuns: 40 },
    );
  });

  /** Keys inside each other, each with lines before and an id behind what it holds. */
  function asYaml(levels: readonly (readonly [string, number])[], depth = 0): string {
    const [level, ...inner] = levels;
    if (level === undefined) return '';
    const pad = '  '.repeat(depth);
    const lines = Array.from({ length: level[1] }, (_, i) => `${pad}  n${i}: fine day\n`).join('');
    return `${pad}${level[0]}:\n${lines}${asYaml(inner, depth + 1)}${pad}  id: H${30_951_746 + depth}\n`;
  }

  function asXml(levels: readonly (readonly [string, number])[], depth = 0): string {
    const [level, ...inner] = levels;
    if (level === undefined) return '';
    const lines = '<n>fine day</n>\n'.repeat(level[1]);
    return `<${level[0]}>\n${lines}${asXml(inner, depth + 1)}<id>H${30_951_746 + depth}</id>\n</${level[0]}>\n`;
  }
});
