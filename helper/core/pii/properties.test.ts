/** Properties that hold for any text: offsets, order, idempotence, chunking, exact maps. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import { normalise, sourceRange } from './normalise/normalise.ts';
import { createRedactionStream } from './stream.ts';

const detector = createDetector();

const VALUES = [
  'SSN: 123-45-6789',
  'jane.doe@example.com',
  '+33 6 12 34 56 78',
  'card 4111 1111 1111 1111',
  'DE89370400440532013000',
  'Name: Jane Doe',
  'born on 12 March 1980',
  'Password: Tr0ub4dor&3',
  'MRN 00123456',
  '10.20.30.40',
  'policy no. POL-889912',
  'Dear Dr. Smith,',
  '12 Main Street, Springfield, IL 62704',
  'ssn,dob,name\n123-45-6789,1980-01-02,John Smith\n',
  '\u200b',
  '%40',
  '&#49;',
  '\\u0031',
  '«EMAIL»',
  '**',
  '\n',
  ' ',
  '١٢٣',
  'е',
  'MTIzLTQ1LTY3ODk=',
  'plain words here',
  '"',
  ':',
  '=',
  ',',
  '|',
  '\t',
  '9434765919',
  'NHS',
  'https://user:pa55word@host.example/x',
  'Dear Norah Castle, Norah',
  'HR 80 T 37.1 BP 120/80',
  'Ann Lee (45), her husband Tom Lee',
  '{"patient":{"id":"H30951746","name":{"family":"Castle"}}}',
  'PID|1||H309^^^A^MR||CASTLE^NORAH||19611214|F\n',
  '«GB82WBSB80338947777623»',
  'SSN: three five eight three five two two four three',
  'Emergency contact: Ann Lee 415-555-0134',
  'pin="OTgyNQ=="',
  '-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\n-----END RSA PRIVATE KEY-----',
];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 10 }) },
);
const document = fc.array(piece, { maxLength: 25 }).map((parts) => parts.join(' '));

describe('detection', () => {
  it('gives sorted, disjoint spans inside the text', () => {
    void fc.assert(
      fc.property(document, (text) => {
        let last = 0;
        for (const span of detector.detect(text).spans) {
          expect(span.start).toBeGreaterThanOrEqual(last);
          expect(span.end).toBeGreaterThan(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
          last = span.end;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on what was scanned before', () => {
    void fc.assert(
      fc.property(document, document, (first, second) => {
        const fresh = detector.detect(second);
        detector.detect(first);
        expect(detector.detect(second)).toEqual(fresh);
      }),
      { numRuns: 60 },
    );
  });
});

describe('redaction', () => {
  it('changes nothing the second time', () => {
    void fc.assert(
      fc.property(document, (text) => {
        const once = detector.redact(text).text;
        expect(detector.redact(once).text).toBe(once);
      }),
      { numRuns: 400 },
    );
  });

  it('keeps everything outside the replacements', () => {
    void fc.assert(
      fc.property(document, (text) => {
        const redacted = detector.redact(text);
        let rebuilt = '';
        let at = 0;
        for (const r of redacted.replacements) {
          rebuilt += text.slice(at, r.start) + r.marker;
          at = r.end;
          expect(redacted.text.slice(r.outStart, r.outEnd)).toBe(r.marker);
        }
        expect(rebuilt + text.slice(at)).toBe(redacted.text);
      }),
      { numRuns: 200 },
    );
  });
});

describe('streams', () => {
  it('give the same result under any chunking', () => {
    const long = fc
      .array(document, { minLength: 30, maxLength: 80 })
      .map((parts) => parts.join('\n'));
    void fc.assert(
      fc.property(
        long,
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 }),
        (text, sizes) => {
          const whole = createRedactionStream(detector, { block: 8192 });
          const expected = whole.push(text) + whole.flush();
          const stream = createRedactionStream(detector, { block: 8192 });
          let out = '';
          for (let at = 0, i = 0; at < text.length; i++) {
            const size = sizes[i % sizes.length]!;
            out += stream.push(text.slice(at, at + size));
            at += size;
          }
          expect(out + stream.flush()).toBe(expected);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('carries the header of a table over windows', () => {
    const rows = Array.from(
      { length: 2000 },
      (_, i) => `John Smith,1980-01-0${1 + (i % 9)},POL-${100000 + i}`,
    );
    const stream = createRedactionStream(detector, { block: 8192 });
    const out = stream.push(`name,dob,policy_number\n${rows.join('\n')}\n`) + stream.flush();
    expect(stream.counts['POLICY_NUMBER']).toBe(2000);
    expect(stream.counts['DATE_OF_BIRTH']).toBe(2000);
    expect(out).not.toContain('POL-1');
  });
});

describe('normalisation', () => {
  it('maps every range of the normal text to a source that normalises to it', () => {
    const hard = fc
      .array(
        fc.constantFrom(
          'a',
          '1',
          '@',
          ' ',
          '\u200b',
          '&#49;',
          '&nbsp;',
          '%41',
          '%C3%A9',
          '%2540',
          '\\u0041',
          'é',
          'e\u0301',
          'х',
          '１',
          '𝟏',
          '-',
          '\u2011',
          '\u00a0',
          '%',
          '&',
          '\\',
          '\n',
          '٣',
        ),
        { maxLength: 40 },
      )
      .map((p) => p.join(''));
    void fc.assert(
      fc.property(hard, fc.nat(), fc.nat(), (text, a, b) => {
        const normal = normalise(text);
        if (normal.text.length === 0) return;
        const start = a % normal.text.length;
        const end = start + 1 + (b % (normal.text.length - start));
        const range = sourceRange(normal, start, end);
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThan(range.start);
        expect(range.end).toBeLessThanOrEqual(text.length);
        const units = [...normal.text.split('').keys()].map((i) => sourceRange(normal, i, i + 1));
        for (let i = 1; i < units.length; i++) {
          expect(units[i]!.start).toBeGreaterThanOrEqual(units[i - 1]!.start);
          expect(units[i]!.end).toBeGreaterThanOrEqual(units[i - 1]!.end);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reads ASCII by itself as it reads it before another character', () => {
    const ascii = fc
      .array(
        fc.oneof(
          fc.constantFrom('%', '41', '%25', '&', '#65;', 'amp;', '&lt;', '\\', 'u0041', 'n', '\\"'),
          fc.string({ unit: 'grapheme-ascii', maxLength: 3 }),
        ),
        { maxLength: 30 },
      )
      .map((p) => p.join(''));
    void fc.assert(
      fc.property(ascii, (text) => {
        expect(normalise(`${text} é`).text).toBe(`${normalise(text).text} é`);
      }),
      { numRuns: 500 },
    );
  });
});

/** Ways to write one character that normalisation undoes. */
const WRITTEN: readonly ((char: string) => string)[] = [
  (c) => c,
  (c) => `${c}\u200b`,
  (c) => `\u2066${c}`,
  (c) => `&#${c.charCodeAt(0)};`,
  (c) => `&#x${c.charCodeAt(0).toString(16)};`,
  (c) => `%${c.charCodeAt(0).toString(16)}`,
  (c) => `%25${c.charCodeAt(0).toString(16)}`,
  (c) => `\\u00${c.charCodeAt(0).toString(16)}`,
  (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0),
];
const PLAIN: readonly (readonly [type: string, label: string, value: string])[] = [
  ['US_SSN', 'SSN', '358-35-2243'],
  ['CREDIT_CARD', 'Card', '5127-6930-1432-4668'],
  ['IBAN', 'IBAN', 'NL69INGB5551831899'],
  ['EMAIL', 'Email', 'norah.castle@pinevale.example'],
  ['UK_NHS', 'NHS number', '4737760293'],
  ['FR_NIR', 'NIR', '288021464840535'],
];

describe('findings in disguise', () => {
  it('have a source that normalises to the value', () => {
    void fc.assert(
      fc.property(
        fc.constantFrom(...PLAIN),
        fc.array(fc.nat({ max: WRITTEN.length - 1 }), { minLength: 1, maxLength: 32 }),
        ([type, label, value], ways) => {
          const hidden = [...value].map((c, i) => WRITTEN[ways[i % ways.length]!]!(c)).join('');
          const text = `See below.\n${label}: ${hidden}\nThank you.`;
          const span = detector.detect(text).spans.find((s) => s.type === type);
          expect(span).toBeDefined();
          expect(normalise(text.slice(span!.start, span!.end)).text).toBe(value);
        },
      ),
      { numRuns: 600 },
    );
  });
});
