/** Faults that were met once, each with the text that showed it. */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const detector = createDetector();
const found = (text: string) =>
  detector.detect(text).spans.map((s) => `${s.type}=${text.slice(s.start, s.end)}`);

describe('a label whose value is already redacted', () => {
  it('takes no other value, neither beside it nor lines away', () => {
    expect(found('CVV «CARD_CVV».\nx\n> Sent: Friday, 13 November 2026 17:41')).toEqual([]);
    expect(found('CVV is «CARD_CVV» and the form has 2026 entries')).toEqual([]);
    expect(found('CVV «CARD_CVV:0123456789abcdef» 2026')).toEqual([]);
  });

  it('changes nothing in a second redaction', () => {
    const text =
      'Prior authorization number PA-20261110-7743 was obtained\n\n... which the insured paid by card 4111 1111 1111 1111, expiry 09/28, CVV 737.\nx\n> Sent: Friday, 13 November 2026 17:41';
    const once = detector.redact(text).text;
    expect(once).toContain('which the insured paid by card «CREDIT_CARD»');
    expect(once).toContain('13 November 2026 17:41');
    expect(detector.redact(once).text).toBe(once);
  });
});

describe('words that look like a joined label', () => {
  it('does not read "paid" as "PA ID"', () => {
    expect(found('The invoice was paid 20261110 in full')).toEqual([]);
  });
});
