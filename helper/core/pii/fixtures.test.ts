/** Every canonical type has a fixture file: values with their exact place, and hard negatives. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TYPES } from '../../../shared/redaction/types.ts';
import { createDetector } from './detector.ts';

interface Fixture {
  type: string;
  positives: { text: string; value: string }[];
  negatives: string[];
}

const detector = createDetector();
/** A label rather than a type of span: the name and the phone below it carry their own types. */
const LABEL_ONLY = new Set(['EMERGENCY_CONTACT']);

function fixtureOf(type: string): Fixture {
  return JSON.parse(
    readFileSync(new URL(`./fixtures/${type}.json`, import.meta.url), 'utf8'),
  ) as Fixture;
}

describe.each(TYPES.map((info) => info.type))('%s', (type) => {
  const fixture = fixtureOf(type);

  it('has positives and hard negatives', () => {
    expect(fixture.type).toBe(type);
    expect(fixture.positives.length).toBeGreaterThan(0);
    expect(fixture.negatives.length).toBeGreaterThan(0);
  });

  it('finds each value exactly', () => {
    const wanted = LABEL_ONLY.has(type) ? 'PERSON_NAME' : type;
    const missed = fixture.positives.filter(({ text, value }) => {
      const at = text.indexOf(value);
      const spans = detector.detect(text).spans;
      return !spans.some((s) => s.type === wanted && s.start === at && s.end === at + value.length);
    });
    expect(missed).toEqual([]);
  });

  it('leaves the hard negatives alone', () => {
    const hit = fixture.negatives.filter((text) =>
      detector.detect(text).spans.some((s) => s.type === type),
    );
    expect(hit).toEqual([]);
  });
});
