/** Readings that need more than a label: messages, parents, groups, neighbours, disguises. */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const detector = createDetector();

/** Findings as `TYPE value`. */
function found(text: string): string[] {
  return detector.detect(text).spans.map((s) => `${s.type} ${text.slice(s.start, s.end)}`);
}

describe('messages', () => {
  it('gives the fields of HL7 segments their types', () => {
    const text =
      'PID|1||30951746^^^GHH^MR||MARQUARDT^ELLIOT||19611214|M\nDG1|1|I10|K35.80^Appendicitis\nOBX|1|NM|2345-7^GLUCOSE^LN||182|mg/dL\n';
    expect(found(text)).toEqual([
      'MRN 30951746',
      'PERSON_NAME MARQUARDT^ELLIOT',
      'DATE_OF_BIRTH 19611214',
      'ICD10 K35.80',
      'LAB_RESULT GLUCOSE^LN||182|mg/dL',
    ]);
  });

  it('reads the elements of an X12 claim and the parties of a SWIFT message', () => {
    expect(found('NM1*IL*1*STROUD*DARIA****MI*XJH737468362~\nDMG*D8*19430501*F~\n')).toEqual([
      'PERSON_NAME STROUD*DARIA',
      'MEMBER_ID XJH737468362',
      'DATE_OF_BIRTH 19430501',
    ]);
    expect(found(':20:FT26309X8812\n:59:/ES9248819732278892994648\nTEODORO ARANGUREN\n-}')).toEqual(
      [
        'WIRE_REFERENCE FT26309X8812',
        'IBAN ES9248819732278892994648',
        'PERSON_NAME TEODORO ARANGUREN',
      ],
    );
  });
});

describe('keys under their parent', () => {
  it('take their meaning from it', () => {
    expect(found('{"patient": {"id": "H30951746"}, "order": {"id": "H30951746"}}')).toHaveLength(1);
    expect(found('employee:\n  id: E-20418\n')).toEqual(['EMPLOYEE_ID E-20418']);
    expect(found('<Claim><Id>CLM-2022-8065340</Id></Claim>')).toEqual([
      'CLAIM_NUMBER CLM-2022-8065340',
    ]);
    expect(found('[{"name": "ssn", "value": "358352243"}]')).toEqual(['US_SSN 358352243']);
  });
});

describe('vital signs', () => {
  it('count in a group and not alone', () => {
    expect(found('T 37.2  HR 88  BP 128/76  SpO2 97%')).toEqual([
      'VITAL_SIGN 37.2',
      'VITAL_SIGN 88',
      'BLOOD_PRESSURE 128/76',
      'VITAL_SIGN 97%',
    ]);
    expect(found('Train T 37 leaves at P 88.')).toEqual([]);
  });
});

describe('people', () => {
  it('are told by a role, by what stands beside them, and by their repetition', () => {
    expect(found('signed by ZORBINA T. QUEXALL, Plaintiff.')).toContain(
      'PERSON_NAME ZORBINA T. QUEXALL',
    );
    expect(found('Re: Leopold Ackerley (09/11/1944)')).toContain('DATE_OF_BIRTH 09/11/1944');
    expect(found('Dear Norah,\nthe form is late. Ask Norah again.')).toEqual([
      'PERSON_NAME Norah',
      'PERSON_NAME Norah',
    ]);
    expect(found('A can of Dr Pepper, a Calvin Klein shirt.')).toEqual([]);
  });

  it('carry the sub-type of an emergency contact', () => {
    const spans = detector.detect('Emergency contact: Marit Lund, (651) 555-0129').spans;
    expect(spans.map((s) => s.subtype)).toEqual(['EMERGENCY_CONTACT', 'EMERGENCY_CONTACT']);
  });
});

describe('disguises', () => {
  it.each([
    ['spoken', 'SSN: three five eight three five two two four three'],
    ['separated', 'SSN: 358|35|2243'],
    ['tagged', 'SSN: 358<span class="x">-35-</span>2243'],
    ['commented', 'SSN: 358-<!-- x -->35-2243'],
    ['quoted-printable', 'SSN: 358=2D35=2D2243'],
    ['joined strings', 'ssn = "358-35" + "-2243"'],
  ])('%s values are covered', (_name, text) => {
    expect(detector.redact(text).text).not.toMatch(/2243|three/);
  });

  it('short encoded values are read behind a label only', () => {
    expect(found('pin="OTgyNQ=="')).toEqual(['PIN OTgyNQ==']);
    expect(found('note="OTgyNQ=="')).toEqual([]);
  });

  it('a number in guillemets is no marker', () => {
    expect(found('IBAN : «NL69INGB5551831899»')).toEqual(['IBAN NL69INGB5551831899']);
    expect(found('IBAN : «IBAN»')).toEqual([]);
  });
});
