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

describe('tables written as markup or statements', () => {
  it('reads every row of an HTML table', () => {
    const text =
      '<table><tr><th>Name</th><th>DOB</th></tr><tr><td>Marisol Vega</td><td>11/30/1984</td></tr><tr><td>Kenji Arakawa</td><td>01/09/1990</td></tr></table>';
    expect(found(text)).toEqual([
      'PERSON_NAME=Marisol Vega',
      'DATE_OF_BIRTH=11/30/1984',
      'PERSON_NAME=Kenji Arakawa',
      'DATE_OF_BIRTH=01/09/1990',
    ]);
  });

  it('reads the values of an insert by the names of its columns', () => {
    const text =
      "INSERT INTO patients (last_name, dob, mrn) VALUES ('Asante', '1969-07-20', 448120), ('Holm', '1971-02-03', 448121);";
    expect(found(text)).toEqual([
      'PERSON_NAME=Asante',
      'DATE_OF_BIRTH=1969-07-20',
      'MRN=448120',
      'PERSON_NAME=Holm',
      'DATE_OF_BIRTH=1971-02-03',
      'MRN=448121',
    ]);
  });
});

describe('conversation', () => {
  it('finds the answer to a question for a value', () => {
    expect(found("bob: what is your policy number?\nann: sure, it's TRV-2201-7788")).toContain(
      'POLICY_NUMBER=TRV-2201-7788',
    );
  });

  it('finds a value before its label in brackets', () => {
    expect(found('06/30/1981 (DOB)')).toEqual(['DATE_OF_BIRTH=06/30/1981']);
  });
});

describe('login names of logs', () => {
  it('are found in pairs and in words', () => {
    expect(found('level=info user=mlindqvist action=login')).toEqual(['USERNAME=mlindqvist']);
    expect(found('Failed password for invalid user oracle9 from host')).toEqual([
      'USERNAME=oracle9',
    ]);
  });
});

describe('text of programs and manuals', () => {
  it.each([
    'codec cp1252 and CP1140',
    '<a href="#XML_SetUserData">XML_SetUserData</a>',
    'PASS: DWARF2 12',
    'Cache-Control: max-age=60',
    'use --pid=2479 for valgrind',
    'The i.MX25 SoC which runs Linux',
    'Loongson-2E CPU',
  ])('is left alone: %s', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('e-mail addresses on lines of their own', () => {
  it.each([
    'x\nbob@acme.com\namy@acme.com',
    'a list\r\n> bob@acme.com\r\n> amy@acme.com\r\n',
    'Email\nbob@acme.com  \n  amy@acme.com',
  ])('stay apart and take no word from the line before: %j', (text) => {
    expect(found(text)).toEqual(['EMAIL=bob@acme.com', 'EMAIL=amy@acme.com']);
  });

  it.each([
    ['write to john.smi\nth@example.com', 'EMAIL=john.smi\nth@example.com'],
    ['write to john.smith@exam\nple.com', 'EMAIL=john.smith@exam\nple.com'],
  ])('are one value where a line break cuts them: %j', (text, value) => {
    expect(found(text)).toEqual([value]);
  });
});

describe('a name in capitals and guillemets', () => {
  it('is no marker, and the text around it stays stable', () => {
    const text = 'Nom : «DUPONT» et tel «PHONE», ref «BADGE»';
    const once = detector.redact(text).text;
    expect(once).toBe('Nom : ««NAME»» et tel «PHONE», ref «BADGE»');
    expect(detector.redact(once).text).toBe(once);
  });
});

describe('an escape at the edge of a value', () => {
  it('goes whole, so that JSON stays JSON', () => {
    const json = '{"phone":"\\/+1 503-555-0142","password":"\\/Xk9!rT2mQ"}';
    const { text } = detector.redact(json);
    expect(text).not.toContain('503');
    expect(text).not.toContain('rT2mQ');
    expect(() => JSON.parse(text)).not.toThrow();
  });

  it.each([
    ['phone \\+1 503\\-555\\-0142', 'PHONE=\\+1 503\\-555\\-0142'],
    ['SSN: 123\\-45\\-6789 end', 'US_SSN=123\\-45\\-6789'],
    ['mail jane\\.doe\\@example\\.com now', 'EMAIL=jane\\.doe\\@example\\.com'],
    ['\\+1 503-555-0142', 'PHONE=\\+1 503-555-0142'],
  ])('%j', (text, value) => {
    expect(found(text)).toEqual([value]);
  });
});
