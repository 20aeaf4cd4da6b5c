import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const detector = createDetector();
const found = (text: string): string[] =>
  detector.detect(text).spans.map((s) => `${s.type} ${text.slice(s.start, s.end)}`);

describe('machine-readable zones', () => {
  const passport =
    'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10';
  it('of passports', () => {
    expect(found(passport)).toEqual([
      'PERSON_NAME ERIKSSON<<ANNA<MARIA',
      'PASSPORT L898902C3',
      'DATE_OF_BIRTH 740812',
    ]);
  });
  it('of cards, whose names come last', () => {
    expect(
      found(
        'I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nPETERSON<<ANNA<MARIA<<<<<<<<<<',
      ),
    ).toEqual(['PASSPORT D23145890', 'DATE_OF_BIRTH 740812', 'PERSON_NAME PETERSON<<ANNA<MARIA']);
  });
  it('and nothing whose check digits do not hold', () => {
    expect(found(passport.replace('7408122F', '7408123F'))).not.toContain('DATE_OF_BIRTH 740812');
    expect(found('std::cout << 12 <<VALUE<<ENDL; HEAD<<<<<<< ours')).toEqual([]);
  });
});

describe('hashes of passwords', () => {
  it.each([
    '$2b$12$KIXQ4S0p0jJvB1sYkq8uUeD8r4mVwXyZaBcDeFgHiJkLmNoPqRsTu',
    '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/',
    '$6$rounds=4096$saltsalt$9qQ0mC1m0v2kYc5u8mS0xTn3wE7rD1fG6hJ4kL9zX2cV5bN8mQ1w',
    '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b7dWRWJTmaaJObG',
  ])('%s', (hash) => {
    expect(found(`x, '${hash}', y`)).toEqual([`PASSWORD ${hash}`]);
  });
  it('are no amounts and no variables', () => {
    expect(found('costs $2.50 or $12$; echo $1$2 $HOME$PATH')).toEqual([]);
  });
});

describe('what stands beside', () => {
  it.each([
    ['Eisenhut, Korbinian, *14.07.1961, Zimmer 4', 'DATE_OF_BIRTH 14.07.1961'],
    ['FR76 3000 6000 0112 3456 7890 189  CMBRFR2BXXX', 'BIC CMBRFR2BXXX'],
    ['linkedin.com/in/octavia-b71', 'USERNAME octavia-b71'],
    ['depuis le compte @kev_march58 hier', 'USERNAME @kev_march58'],
    ['pager login `oncall-eu` / `Foghorn&Lamp3`', 'PASSWORD Foghorn&Lamp3'],
    ["echo 'root:Tin-Kettle-4471' | chpasswd", 'PASSWORD Tin-Kettle-4471'],
    ['I, Hepzibah Crowther, of 6 Weavers Row, say', 'PERSON_NAME Hepzibah Crowther'],
    ['\nPriyasha Nair  9:41 AM\nlunch?', 'PERSON_NAME Priyasha Nair'],
    ['Ring me tomorrow. Thanks, Lakshmi', 'PERSON_NAME Lakshmi'],
    ['Mrs E V Dalrymple called', 'PERSON_NAME E V Dalrymple'],
    ['by her neighbor Lurleen Fontenot on', 'PERSON_NAME Lurleen Fontenot'],
    ['MRN 88-40-1127', 'MRN 88-40-1127'],
    ['Log in with user pblankenship and', 'USERNAME pblankenship'],
    ['pay into account 4471209933 at Bay Bank', 'BANK_ACCOUNT 4471209933'],
    ['Votre date de naissance ?\nClient : le 9 août 1951.', 'DATE_OF_BIRTH 9 août 1951'],
  ])('%s', (text, value) => {
    expect(found(text)).toContain(value);
  });
  it.each([
    'the product a *1.2.1990 is bold',
    'by 5 *12.5.1990',
    'am *14.07.1990* beginnt es',
    'I, too, say',
    'import CMBRFR2BXXX',
    'login `form` / `page`',
  ])('not in: %s', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('labels that a scan damaged', () => {
  it.each([
    ['D0B : 12/O7/1952', 'DATE_OF_BIRTH 12/O7/1952'],
    ['Pat1ent Narne : Gwendolyn Ashdown', 'PERSON_NAME Gwendolyn Ashdown'],
    ['Te1ephone : 845-555-O133', 'PHONE 845-555-O133'],
    ['Soc1al Secur1ty No . 536-22-8771', 'US_SSN 536-22-8771'],
    ['Insurance P0licy # BX-4471-2209', 'POLICY_NUMBER BX-4471-2209'],
    ['Acc0unt Number: 447120993', 'BANK_ACCOUNT 447120993'],
    ['M.R.N. :  00471829', 'MRN 00471829'],
  ])('%s', (text, value) => {
    expect(found(text)).toContain(value);
  });
});

describe('addresses by their lines', () => {
  it.each([
    ['1401 Magnolia Bluff\nSavannah, GA 31405', '1401 Magnolia Bluff\nSavannah, GA 31405'],
    [
      '44 avenue Jean-Jaurès, bât. C, 31000 Toulouse',
      '44 avenue Jean-Jaurès, bât. C, 31000 Toulouse',
    ],
    ['17 rue de la Préfecture à Nevers (58000)', '17 rue de la Préfecture à Nevers (58000)'],
    ['PLZ und Ort: 26382 Wilhelmshaven', '26382 Wilhelmshaven'],
    ['City, State, ZIP: Salem, OR 97302', 'Salem, OR 97302'],
    ['Straße und Hausnummer: Am Deich 31', 'Am Deich 31'],
    ['IT12345670017, Viale dei Platani 9, 35128 Padova', 'Viale dei Platani 9, 35128 Padova'],
  ])('%s', (text, value) => {
    expect(found(text)).toContain(`ADDRESS ${value}`);
  });
  it.each([
    '12 Test Unit 3, 1234 pieces',
    'NDC 0071-0157-23',
    'loan 0048812277; APR',
  ])('not in: %s', (text) => {
    expect(found(text)).toEqual([]);
  });
  it.each([
    'Réf. catalogue 0612345678 ; lot',
    'numéro de licence 0147200013',
    '2001:db8::/32',
  ])('not in: %s', (text) => {
    expect(found(text)).toEqual([]);
  });
});
