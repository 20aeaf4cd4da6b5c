/** Values that running text names without a label right before them. */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const detector = createDetector();
const found = (text: string) =>
  detector.detect(text).spans.map((s) => `${s.type}=${text.slice(s.start, s.end)}`);

describe('a checked number ends where its own groups end', () => {
  it.each([
    ['pay to ES91 2100 0418 4502 0005 1332 now', 'IBAN=ES91 2100 0418 4502 0005 1332'],
    ['pay BE68539007547034 por favor', 'IBAN=BE68539007547034'],
    ['Card: 4111 1111 1111 1111 123', 'CREDIT_CARD=4111 1111 1111 1111'],
    ['VAT number: GB469973277 12 items', 'EU_VAT=GB469973277'],
    ['see <x>TY245215D</x> there', 'UK_NINO=TY245215D'],
    ['see 080705A1221 there', 'FI_HETU=080705A1221'],
  ])('%s', (text, value) => {
    expect(found(text)).toContain(value);
  });
});

describe('what a text spoke of names its number', () => {
  it.each([
    [
      'un dégât des eaux est survenu. Le dossier porte la référence 39-35524062.',
      'CLAIM_NUMBER=39-35524062',
    ],
    ['Ihr Unfall wird unter der Nummer 32-46264906 geführt', 'CLAIM_NUMBER=32-46264906'],
    ['the transfer went out, our ref WT-20261103-0091', 'WIRE_REFERENCE=WT-20261103-0091'],
    ['laptop left behind, serial number PF3K9Q2M', 'DEVICE_SERIAL=PF3K9Q2M'],
    ['sort code 19-38-27, account 63854091', 'BANK_ACCOUNT=63854091'],
  ])('%s', (text, value) => {
    expect(found(text)).toContain(value);
  });

  it.each([
    'Your order has shipped, our ref WT-20261103-0091',
    'the printer part, serial number range 44718',
    'the invoice has reference 39-35524062',
    'account 63854091 of the forum',
  ])('and a thing of no person has none: %s', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('measures of a body', () => {
  it('are bare numbers below their columns only beside patients', () => {
    const head = 'name,dob,hr,temp,spo2\n';
    expect(found(`${head}Ivy Marsh,1939-06-12,74,36.8,98\n`).slice(2)).toEqual([
      'VITAL_SIGN=74',
      'VITAL_SIGN=36.8',
      'VITAL_SIGN=98',
    ]);
    expect(found('time,sensor,temp,humidity\n2026-11-03,S-1,36.9,48.2\n')).toEqual([]);
  });

  it('are told in prose by the word and the person', () => {
    expect(found('The patient now weighs 48 kg after the flu')).toEqual(['VITAL_SIGN=48 kg']);
    expect(found('bench height 45 cm, max. load 200 kg, oven at 180 °C')).toEqual([]);
    expect(found('Obs HR 118 RR 22 SpO2 96%')).toContain('VITAL_SIGN=22');
  });
});

describe('people without a label', () => {
  it.each([
    ['This is Monique speaking', 'PERSON_NAME=Monique'],
    ['seen by dr Hwang today', 'PERSON_NAME=Hwang'],
    ['two children, Emil and Frieda', 'PERSON_NAME=Frieda'],
    ['Odile Villeneuve née PRIGENT', 'PERSON_NAME=PRIGENT'],
    ['quien dice ser Vicente Ferrandis, con DNI número 29490116E', 'PERSON_NAME=Vicente Ferrandis'],
    ['BEGIN:VCARD\nN:Lindqvist;Annika;;;\nEND:VCARD', 'PERSON_NAME=Lindqvist;Annika'],
    [
      'DOB: the ninth of May nineteen seventy-three',
      'DATE_OF_BIRTH=the ninth of May nineteen seventy-three',
    ],
    ['[09:14] kayleigh_w: hi\n[09:15] agent: hello', 'USERNAME=kayleigh_w'],
    ['3 failed attempts for mkowalski from 145.116.40.85', 'USERNAME=mkowalski'],
    ['sign in as qa@vendor.example / Tango-9-Uniform', 'PASSWORD=Tango-9-Uniform'],
  ])('%s', (text, value) => {
    expect(found(text)).toContain(value);
  });

  it('a small title before a capital needs a person, and no number', () => {
    expect(found('sent every 10 ms. Weigh the parcel')).toEqual([]);
  });
});
