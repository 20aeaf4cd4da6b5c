/** How letters, forms, logs and conversations write values, each with what looks the same and is none. */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const detector = createDetector();

/** Findings as `TYPE value`. */
function found(text: string): string[] {
  return detector.detect(text).spans.map((s) => `${s.type} ${text.slice(s.start, s.end)}`);
}

describe('names', () => {
  it.each([
    ['RE: Wojciechowski, Marlene T.\n', 'PERSON_NAME Wojciechowski, Marlene T.'],
    ['Applicant: MBEKI, THANDEKA N      Country: SA', 'PERSON_NAME MBEKI, THANDEKA N'],
    [
      'Client Marguerite "Maggie" O\'Rourke denies pain.',
      'PERSON_NAME Marguerite "Maggie" O\'Rourke',
    ],
    ['Dear Bartholomew and Ignatia,\n', 'PERSON_NAME Ignatia'],
    ['in memory of Hubert Szymborski, who left', 'PERSON_NAME Hubert Szymborski'],
    ['this is Tamika, can I have a name?', 'PERSON_NAME Tamika'],
    ["my name's Femi, how can I help today?\nBob: hello", 'PERSON_NAME Femi'],
    ['GET /find?name=Ophelia+Crane&page=2', 'PERSON_NAME Ophelia+Crane'],
    [
      'It was agreed in a long talk with the surgeon, Dr. Priyanka\nVenkataramanan, that we wait.',
      'PERSON_NAME Priyanka\nVenkataramanan',
    ],
    ['Name (Last, First, Middle) QUILLFEATHER, AMOS, J\n', 'PERSON_NAME QUILLFEATHER, AMOS, J'],
  ])('%j', (text, expected) => {
    expect(found(text)).toContain(expected);
  });

  it.each([
    ['Dr. Idriss Benhaddou\nPrélèvement : biopsie', 'PERSON_NAME Idriss Benhaddou'],
    ['Prof. Gesine Oltmanns\nChefärztin', 'PERSON_NAME Gesine Oltmanns'],
    ['Mrs L Winterbourne\nBank/Building Society', 'PERSON_NAME L Winterbourne'],
  ])('end with their line: %j', (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  it.each([
    'Prince Edward Island and the ferry',
    'a slice of Victoria Sponge on Sunday',
  ])('are not taken from a thing: %j', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('measures', () => {
  it('reads the value of an analyte that stands in another column', () => {
    expect(found('Glicemia       128       mg/dL     70 - 100\n')).toEqual(['LAB_RESULT 128']);
    expect(found('test,value,unit\nHbA1c,6.8,%\nCreatinine,1.4,mg/dL\n')).toEqual([
      'LAB_RESULT 6.8',
      'LAB_RESULT 1.4',
    ]);
    expect(found('sodium,tin,lead\n1,2,3\n')).toEqual([]);
  });

  it('reads drugs of two parts and salts', () => {
    expect(found('sacubitril/valsartan 24/26 mg and Oxycodone HCl 5 mg')).toEqual([
      'MEDICATION sacubitril/valsartan 24/26 mg',
      'MEDICATION Oxycodone HCl 5 mg',
    ]);
    expect(found('Marbury v. Madison, 5 U.S. 137')).toEqual([]);
  });

  it('knows an age of nobody', () => {
    expect(found('not advised below the age of 40.')).toEqual([]);
    expect(found('seen at the age of 42.')).toEqual(['AGE 42']);
  });
});

describe('what stands beside', () => {
  it('a card: its expiry and code', () => {
    expect(found('Visitor: 4111 1111 1111 1111, 11/28, 664')).toEqual([
      'CREDIT_CARD 4111 1111 1111 1111',
      'CARD_EXPIRY 11/28',
      'CARD_CVV 664',
    ]);
    expect(found('4111111111111111|11|2028|664')).toEqual([
      'CREDIT_CARD 4111111111111111',
      'CARD_EXPIRY 11|2028',
      'CARD_CVV 664',
    ]);
    expect(found('card 4111 1111 1111 1111, 120 pieces')).toEqual([
      'CREDIT_CARD 4111 1111 1111 1111',
    ]);
  });

  it('a login, on command lines and in names of resources', () => {
    expect(
      found('PSCredential("CORP\\lfairfax", (ConvertTo-SecureString "Quill!Basin42" -Force))'),
    ).toEqual(['USERNAME CORP\\lfairfax', 'PASSWORD Quill!Basin42']);
    expect(found('net use Z: \\\\fs01\\hr /user:svc_hr Marble_77fox')).toEqual([
      'USERNAME svc_hr',
      'PASSWORD Marble_77fox',
    ]);
    expect(found('arn:aws:iam::123456789012:user/ops/gwen.holloway')).toEqual([
      'USERNAME gwen.holloway',
    ]);
    expect(found('arn:aws:iam::123456789012:role/audit')).toEqual([]);
  });

  it('an address of a host: what tells it from a version', () => {
    expect(found("denied for 'app'@'10.1.4.17'")).toContain('IPV4 10.1.4.17');
    expect(found('Address = 10.66.66.2/32 via http://10.1.4.17:8080')).toEqual([
      'IPV4 10.66.66.2',
      'IPV4 10.1.4.17',
    ]);
    expect(found('Version du client : 12.4.0.118')).toEqual([]);
    expect(found('route 10.66.0.0/16 and 10.3.0.0/30')).toEqual([]);
  });
});

describe('values taken apart', () => {
  it('by tags and comments of layout', () => {
    expect(found('SSN: 2<!-- -->12-44-9071')).toEqual(['US_SSN 2<!-- -->12-44-9071']);
    expect(found('SSN: 4<span class="x">1</span>2-44-9071')).toEqual([
      'US_SSN 4<span class="x">1</span>2-44-9071',
    ]);
  });

  it('by scans that put letters and spaces into numbers', () => {
    expect(found('DOB: O5 / 17 / 1949\n')).toEqual(['DATE_OF_BIRTH O5 / 17 / 1949']);
    expect(found('Phone: ( 4l5 ) 555 - 0l62\n')).toEqual(['PHONE 4l5 ) 555 - 0l62']);
    expect(found('NPI: l2345 67893\n')).toEqual(['NPI l2345 67893']);
    expect(found('NPI: l2345 67894\n')).toEqual([]);
  });

  it('by the escape of an apostrophe in a statement', () => {
    expect(
      found("INSERT INTO c (id, full_name) VALUES (1,'D\\'Angelo Prewitt'),(2,'Conan O''Brien');"),
    ).toEqual(["PERSON_NAME D\\'Angelo Prewitt", "PERSON_NAME Conan O''Brien"]);
  });
});

describe('tables', () => {
  it('take odd column names', () => {
    const text =
      'Pt Nm,DOB (mm/dd/yy),MRN #,PCP NPI,Ph\n"Haverford, Lucius",04/12/55,700441,1234567893,5035550128\n';
    expect(found(text)).toEqual([
      'PERSON_NAME Haverford, Lucius',
      'DATE_OF_BIRTH 04/12/55',
      'MRN 700441',
      'NPI 1234567893',
      'PHONE 5035550128',
    ]);
  });

  it('of messages: contacts and members of X12', () => {
    expect(
      found(
        'NM1*IL*1*STROUD*DARIA****34*212449071~\nPER*IP*DARIA STROUD*HP*6145550186*EM*d.s@x.example~',
      ),
    ).toEqual([
      'PERSON_NAME STROUD*DARIA',
      'US_SSN 212449071',
      'PERSON_NAME DARIA STROUD',
      'PHONE 6145550186',
      'EMAIL d.s@x.example',
    ]);
  });
});

describe('guillemets', () => {
  it('hold a name where a label says so, listed or not', () => {
    expect(found('Nachname: «KOWALCZYKOWA», Surname: «PRZYBYLSKIEWICZ»')).toEqual([
      'PERSON_NAME KOWALCZYKOWA',
      'PERSON_NAME PRZYBYLSKIEWICZ',
    ]);
    expect(found('Nachname: «NAME», Surname: «ORGANIZATION», Prénom: «BADGE_ID»')).toEqual([]);
  });

  it('hold the markers of the patterns of a policy', () => {
    const own = createDetector({
      customPatterns: [{ type: 'KUNDENKENNWORT', pattern: 'KK-\\d{6}' }],
    });
    expect(own.detect('Nachname: «KUNDENKENNWORT»').spans).toEqual([]);
  });
});

describe('things beside which a value counts', () => {
  it('a German plate beside a vehicle', () => {
    expect(found('mein Auto (HH-AB 1234) wurde angefahren')).toEqual(['LICENSE_PLATE HH-AB 1234']);
    expect(found('Kennz. MS RF 204, rot')).toEqual(['LICENSE_PLATE MS RF 204']);
    expect(found('nach DIN-EN 1234 geprüft')).toEqual([]);
  });

  it('ten digits of a file are no French telephone', () => {
    expect(found('Numéro de commande 0612345678, lot 0102030405.')).toEqual([]);
    expect(found('mon portable 0612345678')).toEqual(['PHONE 0612345678']);
  });

  it('a name that goes on in the next line', () => {
    expect(found('Patient name: DENISE\n STUBBS\nRoom: 3')).toEqual([
      'PERSON_NAME DENISE\n STUBBS',
    ]);
    expect(found('I spoke with my colleague Maria\nGonzalez about it')).toEqual([
      'PERSON_NAME Maria\nGonzalez',
    ]);
    expect(found('Name: Lena\nBerlin')).toEqual(['PERSON_NAME Lena']);
  });

  it('marks of layout end where they began', () => {
    expect(found('authorization: Ndm**UTZ7rKgZQZiDXyzfvlqAEWvmpOR**')).toEqual([
      'BEARER_TOKEN Ndm**UTZ7rKgZQZiDXyzfvlqAEWvmpOR',
    ]);
  });
});

describe('conversations and forms', () => {
  it.each([
    ['NOK: son Babatunde Oyelaran, 07700 900662', 'PERSON_NAME Babatunde Oyelaran'],
    ['my username is raff_nw right?\nyes', 'USERNAME raff_nw'],
    ['Agent: And the account number on the bill?\nCaller: 77120993.', 'BANK_ACCOUNT 77120993'],
  ])('%j', (text, expected) => {
    expect(found(text)).toContain(expected);
  });

  it('take a row and a part number for neither login nor telephone', () => {
    expect(found('failed { user: { id: 10442, ok: 1 } }')).toEqual([]);
    expect(found('Codice 0577 441 209-B del catalogo')).toEqual([]);
  });
});
