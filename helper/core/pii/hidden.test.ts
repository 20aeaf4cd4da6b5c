import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const detector = createDetector();

/** What of `value` is left in the redacted text, its marks and blanks aside. */
function left(text: string, value: string): string {
  const { spans } = detector.detect(text);
  const from = text.indexOf(value);
  let rest = '';
  for (let i = from; i < from + value.length; i++)
    if (!spans.some((s) => s.start <= i && i < s.end)) rest += text.charAt(i);
  return rest.replace(/<[^<>]*>/g, '').replace(/[^A-Za-z0-9]/g, '');
}

const VALUES: readonly (readonly [string, string])[] = [
  ['SSN: ', '536-22-8771'],
  ['Card number: ', '4111 1111 1111 1111'],
  ['', 'ada.byron@inbox.example'],
  ['IBAN: ', 'DE89 3704 0044 0532 0130 00'],
  ['token ', 'ghp_tacfFumHqTeKpXxC3DJE9bt1ZXthk3eTuxdG'],
];

const each = (value: string, between: string) => [...value].join(between);
const half = (value: string, between: string) => value.slice(0, 4) + between + value.slice(4);
const hex = (char: string) => char.charCodeAt(0).toString(16).padStart(2, '0');

const WAYS: Record<string, (value: string) => string> = {
  'zero bytes of UTF-16': (v) => each(v, '\0'),
  'delete characters': (v) => each(v, '\u007f'),
  'control characters': (v) => each(v, '\u0002'),
  'C1 controls': (v) => each(v, '\u0083'),
  'colours of a terminal': (v) => half(v, '\u001b[31;1m'),
  'a colour before each character': (v) => each(v, '\u001b[1m'),
  'a link of a terminal': (v) => half(v, '\u001b]8;;x\u0007'),
  'colours as a log writes them': (v) => half(v, '\\x1b[31m'),
  'colours as JSON writes them': (v) => half(v, '\\u001b[0m'),
  'struck over': (v) => [...v].map((c) => `${c}\b${c}`).join(''),
  'one character struck over': (v) => `${v.slice(0, 4)}x\b${v.slice(4).trimStart()}`,
  'line ends of old systems': (v) => half(v, '\r'),
  'spaces as entities': (v) => v.replace(/[ -]/g, '&nbsp;'),
  'units of the old escape': (v) => [...v].map((c) => `%u00${hex(c)}`).join(''),
  'eight hexadecimal digits': (v) => [...v].map((c) => `\\U000000${hex(c)}`).join(''),
  'black circled digits': (v) =>
    v.replace(/[1-9]/g, (c) => String.fromCodePoint(0x2775 + Number(c))),
  'digits in brackets': (v) => v.replace(/[1-9]/g, (c) => String.fromCodePoint(0x2473 + Number(c))),
  'base64 of UTF-16': (v) => Buffer.from(v, 'utf16le').toString('base64'),
  'hexadecimal of UTF-16': (v) => Buffer.from(v, 'utf16le').toString('hex'),
  'a tag around each character': (v) => [...v].map((c) => `<b class="d">${c}</b>`).join(''),
  'word breaks': (v) => each(v, '<wbr>'),
  'a line break of HTML': (v) => half(v, '<br/>'),
  'strings joined': (v) => `"${half(v, '" + "')}"`,
};

describe('what a reader does not see', () => {
  for (const [way, write] of Object.entries(WAYS))
    it(way, () => {
      for (const [label, value] of VALUES) {
        const written = write(value);
        expect(left(`Notes.\n${label}${written}\nEnd.`, written), written).toBe('');
      }
    });

  it('spaces of forms in addresses and of the wrong encoding', () => {
    expect(left('card=4111+1111+1111+1111&x=1', '4111+1111+1111+1111')).toBe('');
    expect(left('Card: 4111~1111~1111~1111', '4111~1111~1111~1111')).toBe('');
    expect(
      left('Card: 4111Â\u00a01111Â\u00a01111Â\u00a01111', '4111Â\u00a01111Â\u00a01111Â\u00a01111'),
    ).toBe('');
  });

  it('lines of old systems are lines', () => {
    const spans = detector.detect('Name: Ada Oakes\rSSN: 536-22-8771\rEnd').spans;
    expect(spans.map((s) => s.type)).toEqual(['PERSON_NAME', 'US_SSN']);
  });

  it('separators of messages divide', () => {
    const text = 'SSN=536-22-8771\u0001PHONE=4155550162\u0000EMAIL=ada@inbox.example';
    expect(detector.detect(text).spans.map((s) => s.type)).toEqual(['US_SSN', 'PHONE', 'EMAIL']);
  });

  it('leaves coloured and struck-over text without values alone', () => {
    for (const text of [
      '\u001b[32mPASS\u001b[0m 12 tests in 4.2 s\r\n',
      'N\bNA\bAM\bME\bE\n     ls - list files\n',
      'a\0b\0c\0',
      '\fChapter 4\fSection 1.2.3.4',
    ])
      expect(detector.detect(text).spans).toEqual([]);
  });
});
