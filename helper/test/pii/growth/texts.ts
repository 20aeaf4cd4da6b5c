/** Texts that put the detector as a whole under load, of any size. */
import { createDetector } from '../../../core/pii/detector.ts';
import { SPECS } from '../../../core/pii/types/index.ts';
import { sampleOf } from './hostile.ts';
import { treeOf } from './pattern-tree.ts';
import { SHAPES } from './shapes.data.ts';

export type Maker = (size: number) => string;

function times(piece: string): Maker {
  return (size) => piece.repeat(Math.ceil(size / piece.length));
}

/** Pieces that join what single shapes have: labels without end, values cut short, nests, chains. */
const JOINED: readonly string[] = [
  `tel: 1 (0) ${'1'.repeat(60)}a\n`,
  `+1 (0) ${'1'.repeat(60)}x `,
  `account: ${'1'.repeat(80)}a\n`,
  `pin: ${'111 '.repeat(30)}Z\n`,
  `card: ${'O1l'.repeat(40)}z\n`,
  `C/ ${'de la '.repeat(40)}\n`,
  `12 rue ${'de la '.repeat(40)}\n`,
  `Am ${'Alten '.repeat(30)}x\n`,
  `ssn: ${' '.repeat(200)}\n`,
  `name: ${'A'.repeat(500)}\n`,
  `dob ${'.'.repeat(300)} 1`,
  `patient ${'('.repeat(50)}${')'.repeat(50)} `,
  '-----BEGIN RSA PRIVATE KEY-----\nMIIE',
  `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n`,
  'a@a@a@a@',
  '@@@@@@@@@ ',
  `${'a'.repeat(64)}@${'b.'.repeat(60)} `,
  `"${'x'.repeat(300)}`,
  '\'a"b`c',
  'password="',
  'password=a password=',
  'Bearer eyJhbGciOi.eyJzdWIi.',
  `${'eyJ'.repeat(100)} `,
  '%25252541',
  '&amp;amp;#49;',
  '\\\\u005cu0031',
  'JTI1MzE=%4a%54 ',
  'U1NOOiAxMjMtNDUtNjc4OQ== ',
  'S\u0421\u0405N\u0391 12\u0661 ',
  '\u0430a\u0431b1',
  '\u202e1\u202c2\u2066',
  'a\u0301\u0302\u0303\u0304\u0305',
  '1\u20ddssn\ufe0f ',
  '| ssn | name |\n|---|---|\n| 1 | a |\n',
  '|a|\n|-|\n',
  'a,b\n"x\n',
  'ssn;dob;name\n;;\n',
  'MSH|^~\\&|A|B\rPID|1||1^^^A~2^^^B\r',
  'PID|1||~~~~~~~~^^^^^^^^&&&&\r',
  'ISA*00*~NM1*IL*1*A*B****MI*1~',
  'From: a\n b\n c\n d\n',
  'Subject: =?utf-8?q?=41=42?= =?utf-8?b?QUI=?=\n ',
  'Received: from a by b;\n\t',
  '<!ENTITY a "&b;&b;"><a>&a;</a>',
  '<name><name><name>',
  '<name a="1" b="',
  '<![CDATA[ssn]]>',
  'key:\n  - key:\n    - ',
  '? ssn\n: ',
  '"ssn":"1","ssn":{"ssn":[',
  '[[[["ssn",1]]',
  '{"a":"{\\"ssn\\":\\"1\\"}"}',
  '4111 1111 1111 1111 1111 1111 ',
  '1.1.1.1.1.1.1.1.',
  '12-34-56-78-90-',
  '(1) (2) (3) ',
  '1/1/1980/1/1/1980 ',
  '2001:db8::1:2001:db8::',
  'Ada Byron, Bob Ray, Cy Dee, ',
  'Smith John Mary Peter Paul ',
  'Mr Dr Prof Mrs ',
  'van der de la von ',
  'SSN SSN: ssn= "ssn" ',
  'SSN:\n\n\nSSN:\n\n\n',
  'first name last name name: ',
  'date of birth: date of birth: ',
  '123-45-6789123-45-6789',
  'a1b2c3d4e5f6a7b8',
  'AKIAAAAAAAAAAAAAAAAA',
  'sk_live_sk_live_',
  'ghp_0123456789abcdef ghp_',
  'user:pass@user:pass@',
  'http://a:b@c http://a:',
  'jane at example dot com at ',
  'one two three four five six ',
  '1 2 3 - 4 5 - 6 7 8 9 ',
  '\u00abSSN\u00bb\u00abEMAIL\u00bb',
  '\u00abA\u00abB\u00bb',
  'glpat -Fc glpat-\n',
  '12\n34\n56\n',
  '12-\n34-\n56\n',
  'jane.\ndoe@\nexample.\ncom\n',
  'BEGIN:VCARD\nN:A;B;;;;;;;;\n',
  'BEGIN:VCARD\nADR:;;;;;;\n',
  ';;;;;;;; ; ; ',
  'BP 120/80 mmHg HR 80 T 37 O2 98 ',
  'glucose .................... ',
  'take 1.111111111111 mg ',
  'Unit 1, Box 2 APO AE 09 ',
  '12 Main St Apt 4, Apt 5, Apt 6, ',
  'Flat 1, \n       12 ',
  'PO Box 1 PO Box 2 ',
  'Leeds LS1 LS2 4AB 4A ',
];

/** Texts whose load does not come from repeating one piece. */
const BUILT: Readonly<Record<string, Maker>> = {
  'nested JSON': (n) => `${'{"patient":'.repeat(n / 22)}{"id":"1"}${'}'.repeat(n / 22)}`,
  'nested JSON with many keys': (n) =>
    `${'{"ssn":1,"name":"a","x":'.repeat(n / 26)}1${'}'.repeat(n / 26)}`,
  'nested arrays': (n) => '['.repeat(n / 2) + ']'.repeat(n / 2),
  'nested YAML': (n) =>
    Array.from({ length: n / 30 }, (_, i) => `${' '.repeat(i % 40)}patient:\n`).join(''),
  'YAML that goes ever deeper': (n) => {
    const depth = Math.floor(Math.sqrt(n / 2));
    return Array.from({ length: depth }, (_, i) => `${' '.repeat(2 * i)}id:\n`).join('');
  },
  'XML that goes ever deeper': (n) =>
    `${'<patient>'.repeat(n / 19)}1${'</patient>'.repeat(n / 19)}`,
  'a table of very many columns': (n) => `${'ssn,'.repeat(n / 8)}\n${'1,'.repeat(n / 4)}\n`,
  'a table of ten thousand columns': (n) => {
    const columns = Math.min(10_000, Math.floor(n / 20));
    const row = `${'1,'.repeat(columns)}\n`;
    return `${'ssn,name,'.repeat(columns / 2)}\n${row.repeat(Math.ceil(n / row.length))}`;
  },
  'a wide table with marks in its cells': (n) =>
    `name,dob,${'x,'.repeat(120)}\n${`a,**1**,${'1**2,'.repeat(120)}\n`.repeat(n / 610)}`,
  'long rows with marks': (n) =>
    `name,dob\n${`${'a'.repeat(2000)}1**1${'b'.repeat(2000)},1\n`.repeat(n / 4007)}`,
  'one quoted cell': (n) => `name,ssn\n"${'1 a '.repeat(n / 4)}",1\n`,
  'one quoted cell without end': (n) => `name,ssn\n"${'1,a\n'.repeat(n / 4)}`,
  'an HTML table with marks': (n) =>
    `<table><tr><th>name</th><th>ssn</th></tr>${'<tr><td>1**2</td><td>1**2</td></tr>'.repeat(n / 35)}`,
  'a header with very many continued lines': (n) => `From: a@b.c\n${' x\n'.repeat(n / 3)}\nbody`,
  'one header line': (n) => `To: ${'a@b.c, '.repeat(n / 7)}\n\nbody`,
  'one long base64 run': (n) => 'SGVsbG8gbXkgc3NuIGlzIDEyMy00NS02Nzg5IG9r'.repeat(n / 40),
  'base64 of base64': (n) => btoa(btoa('SSN: 123-45-6789 '.repeat(n / 31))),
  'one long hexadecimal run': (n) => '5353'.repeat(n / 4),
  'one long key': (n) =>
    `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEabcdefghijklmnopqrstuvwxyz\n'.repeat(n / 31)}`,
  'many beginnings and one end': (n) =>
    `${'-----BEGIN RSA PRIVATE KEY-----\nAAAA\n'.repeat(n / 37)}-----END RSA PRIVATE KEY-----`,
  'one line of words': (n) => 'ssn name card 12 a '.repeat(n / 19),
  'one label and a long run': (n) => `ssn: ${'1'.repeat(n)}`,
  'one label and long groups': (n) => `card ${'1111-'.repeat(n / 5)}`,
  'a list of YAML under one key': (n) => `patient:\n${'  - id: H1234567\n'.repeat(n / 17)}`,
  'very many open elements of XML': (n) => '<patient><id>H12</id>'.repeat(n / 21),
  'elements of XML under one': (n) => `<patient>${'<id>H1234567</id>'.repeat(n / 17)}</patient>`,
  'a list of elements': (n) => `<mrns>${'<v>H1234567</v>'.repeat(n / 15)}</mrns>`,
  'one label and one word': (n) => `password: ${'a'.repeat(n)}`,
  'one marker that never ends': (n) => `\u00ab${'A'.repeat(n)}`,
  'markers beside values': (n) => '\u00abSSN\u00bb jane@x.com '.repeat(n / 17),
  'cards and security codes': (n) => 'card 4111111111111111 cvv 123 '.repeat(n / 30),
  'cards over two lines': (n) => '4111 1111\n1111 1111\n'.repeat(n / 20),
  'one name shown and its words ever after': (n) =>
    `Dear Dr. Ada Byron,\n${'Byron '.repeat(n / 6)}`,
  'very many names shown': (n) =>
    Array.from({ length: n / 40 }, (_, i) => `Dear Mr. Byron${'abcdefghij'[i % 10]}x, `).join(''),
};

/** For each rule: what it matches, what it nearly matches, and the same behind its label. */
function ruleTexts(): [string, Maker][] {
  return SPECS.flatMap((spec) =>
    spec.rules.map((rule): [string, Maker] => {
      const tree = treeOf(rule.re);
      const label = spec.type.toLowerCase().replaceAll('_', ' ');
      const [short, long] = [sampleOf(tree, false), sampleOf(tree, true)];
      const piece = `${short} ${long.slice(0, -1)}\u0001 ${label}: ${long}x\n${label} ${short.slice(0, -1)},`;
      return [`rule ${rule.id} of ${spec.type}`, times(piece)];
    }),
  );
}

/** Single marks and shapes, one for each way through a scanner. */
export function shapeTexts(): Map<string, Maker> {
  return new Map(SHAPES.map((piece): [string, Maker] => [JSON.stringify(piece), times(piece)]));
}

/** Name -> text of about a size; all different. */
export function growthTexts(): Map<string, Maker> {
  return new Map([
    ...JOINED.map((piece): [string, Maker] => [JSON.stringify(piece), times(piece)]),
    ...Object.entries(BUILT),
    ...ruleTexts(),
  ]);
}

/** The work to be counted for one text. */
export function createWork(): (text: string) => void {
  const detector = createDetector();
  return (text) => void detector.detect(text);
}
