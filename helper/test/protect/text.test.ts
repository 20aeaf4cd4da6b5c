/** Tables, JSON, mail and HTML keep their form or become text; hostile files are one clear refusal. */
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docx, paragraph, run } from '../worker/documents.ts';
import { type DocumentBench, everything, openDocuments, spellings } from './support.ts';

let bench: DocumentBench;
beforeAll(async () => {
  bench = await openDocuments();
});
afterAll(() => bench.dispose());

const LIMIT = 120_000;
const MAIL = 'jane.roe@example.org';
const SSN = '536-22-8145';

async function expectGone(name: string, raw: Buffer, values: readonly string[]): Promise<void> {
  const all = everything(raw);
  for (const value of values) {
    for (const spelling of spellings(value)) expect(all, value).not.toContain(spelling);
  }
  expect(await bench.values(name, raw)).toEqual([]);
}

describe('tables and JSON', () => {
  it(
    'a table keeps rows and cells: quotes, line breaks in cells, byte-order mark, semicolons',
    async () => {
      const rows = `\ufeffid;mail;note\r\n1;"${MAIL}";"two\r\nlines, SSN ${SSN}"\r\n2;x;"say ""hi"" to bob@example.net"\r\n`;
      const { raw } = await bench.copy('a.csv', rows);
      await expectGone('a.csv', raw, [MAIL, SSN, 'bob@example.net']);
      expect(raw.toString()).toBe(
        'id;mail;note\r\n1;"«EMAIL»";"two\r\nlines, SSN «SSN»"\r\n2;x;"say ""hi"" to «EMAIL»"\r\n',
      );
    },
    LIMIT,
  );

  it(
    'a table in UTF-16',
    async () => {
      const rows = Buffer.from(`\ufeffname,ssn\n1,${SSN}\n`, 'utf16le');
      const { raw } = await bench.copy('a.csv', rows);
      await expectGone('a.csv', raw, [SSN]);
      expect(raw.toString()).toContain('1,«SSN»\n');
    },
    LIMIT,
  );

  it(
    'JSON stays JSON: escapes, keys, numbers, line by line',
    async () => {
      const one = String.raw`{"e":"jane.roe\u0040example.org","${MAIL}":1,"ssn":536228145,"n":[1,2],"t":"a\nSSN: 536-22-8145\t\"q\""}`;
      const { raw } = await bench.copy('a.json', one);
      await expectGone('a.json', raw, [MAIL, SSN, '536228145', 'example.org']);
      expect(Object.keys(JSON.parse(raw.toString()) as object)).toHaveLength(5);
      const lines = `${one}\n${one}\n`;
      const copied = await bench.copy('a.jsonl', lines);
      await expectGone('a.jsonl', copied.raw, [MAIL, SSN, '536228145', 'example.org']);
      for (const line of copied.raw.toString().trimEnd().split('\n')) JSON.parse(line);
    },
    LIMIT,
  );
});

describe('mail and HTML', () => {
  it(
    'mail: encoded bodies, both forms, attached text and documents, headers of the way',
    async () => {
      const part = (head: string, body: string): string => `--x\r\n${head}\r\n\r\n${body}\r\n`;
      const html = `<p>to <b>carol</b>@example.net<!-- dan@example.com --></p><script>var a="eve@example.com"</script>`;
      const mail = [
        `From: Jane <${MAIL}>`,
        'X-Originating-IP: [8.8.4.4]',
        'Subject: =?utf-8?b?U1NOIDUzNi0yMi04MTQ1?=',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary=x',
        '',
        part(
          'Content-Type: text/plain\r\nContent-Transfer-Encoding: base64',
          Buffer.from('to bob@example.net now').toString('base64'),
        ) +
          part(
            'Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable',
            html.replaceAll('=', '=3D'),
          ) +
          part(
            'Content-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment; filename=a.csv',
            'mail\r\nfrank@example.com',
          ) +
          part(
            'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=a.docx\r\nContent-Transfer-Encoding: base64',
            Buffer.from(docx(paragraph(run('to gina@example.com now')))).toString('base64'),
          ) +
          part(
            'Content-Type: image/png; name=a.png\r\nContent-Disposition: attachment; filename=a.png\r\nContent-Transfer-Encoding: base64',
            'iVBORw0KGgo=',
          ) +
          '--x--\r\n',
      ].join('\r\n');
      const found = (await bench.values('a.eml', mail)).join('\n');
      for (const value of [MAIL, '8.8.4.4', SSN, 'bob@', 'dan@', 'eve@', 'frank@', 'gina@']) {
        expect(found).toContain(value);
      }
      const { raw, ending, warnings } = await bench.copy('a.eml', mail);
      expect(ending).toBe('.txt');
      expect(warnings.join(' ')).toMatch(/another kind is named, not read/);
      await expectGone('a.txt', raw, [
        MAIL,
        SSN,
        'bob@example.net',
        'carol',
        'example.com',
        '8.8.4.4',
      ]);
    },
    LIMIT,
  );

  it(
    'mail: messages inside, what attachments hide, text outside the parts, headers in code',
    async () => {
      const part = (head: string, body: string): string => `--x\r\n${head}\r\n\r\n${body}\r\n`;
      const inner = [
        'From: a <ann@example.org>',
        'X-Patient: =?utf-8?b?Ym9iQGV4YW1wbGUub3Jn?=',
        'Subject: hello',
        '',
        'to carol@example.org now',
      ].join('\r\n');
      const properties = {
        'docProps/core.xml':
          '<cp:coreProperties><dc:creator>dan@example.org</dc:creator></cp:coreProperties>',
      };
      const attached = Buffer.from(docx(paragraph(run('nobody')), properties)).toString('base64');
      const mail = [
        'Subject: x',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary=x',
        '',
        'before: eve@example.org',
        part('Content-Type: text/plain', 'nobody') +
          part('Content-Type: message/rfc822', inner) +
          part(
            'Content-Type: text/html\r\nContent-Disposition: attachment',
            '<p>frank@example.org</p><!-- gina@example.org -->',
          ) +
          part(
            'Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=a.docx\r\nContent-Transfer-Encoding: base64',
            attached,
          ) +
          part(
            'Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Disposition: attachment; filename=winmail.dat\r\nContent-Transfer-Encoding: base64',
            'eJ8+IgAA',
          ) +
          '--x--\r\nafter: hugo@example.org\r\n',
      ].join('\r\n');
      const found = (await bench.values('a.eml', mail)).join('\n');
      const names = ['ann', 'bob', 'carol', 'dan', 'eve', 'frank', 'gina', 'hugo'];
      expect(names.filter((name) => !found.includes(`${name}@example.org`))).toEqual([]);
      const { raw, warnings } = await bench.copy('a.eml', mail);
      expect(warnings.join(' ')).toMatch(/another kind is named, not read/);
      await expectGone(
        'a.txt',
        raw,
        names.map((name) => `${name}@example.org`),
      );
      // What no program shows is no part of a copy.
      expect(raw.toString()).not.toMatch(/before|after|X-Patient/);
    },
    LIMIT,
  );

  it(
    'HTML: comments, attributes, scripts and values cut by tags',
    async () => {
      const page = `<html><!-- ${MAIL} --><body data-x="bob@example.net"><p>SSN: <b>536</b>-22-<i>8145</i></p><script>"carol@example.com"</script><a href="mailto:dan@example.com">x</a>`;
      const found = (await bench.values('a.html', page)).join('\n');
      for (const value of [MAIL, SSN, 'bob@', 'carol@', 'dan@']) expect(found).toContain(value);
      const { raw, ending } = await bench.copy('a.html', page);
      expect(ending).toBe('.txt');
      await expectGone('a.txt', raw, [MAIL, SSN, 'example.net', 'example.com']);
    },
    LIMIT,
  );
});

describe('hostile files', () => {
  const locked = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
  const lol = `<!DOCTYPE l [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "&a;&a;">`).join('')}]><w:document>&a8;</w:document>`;
  const pages = (kids: string): string =>
    `%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [${kids}] /Count 1000000 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF`;
  const good = docx(paragraph(run('x')));
  it.each<[string, string, string | Uint8Array, string]>([
    [
      'a bomb',
      'a.docx',
      zipSync({ 'word/document.xml': new Uint8Array(80 * 1024 * 1024) }),
      'TOO_LARGE',
    ],
    [
      'entities that grow',
      'a.docx',
      zipSync({ 'word/document.xml': strToU8(lol) }),
      'INPUT_INVALID',
    ],
    ['deep XML', 'a.docx', docx('<w:p>'.repeat(5000)), 'INPUT_INVALID'],
    ['a million pages', 'a.pdf', pages('3 0 R '.repeat(1_000_000)), 'INPUT_INVALID'],
    ['a million pages that are not there', 'a.pdf', pages(''), 'INPUT_INVALID'],
    ['a cut file', 'a.docx', good.slice(0, good.length - 40), 'INPUT_INVALID'],
    ['an office file with a password', 'a.docx', locked, 'UNSUPPORTED'],
    [
      'macros',
      'a.docm',
      zipSync({
        'word/document.xml': strToU8('<w:document/>'),
        'word/vbaProject.bin': strToU8('x'),
      }),
      'UNSUPPORTED',
    ],
    [
      'macros under another name',
      'a.docx',
      docx(paragraph(run('x')), { 'word/vbaProject.bin': 'x' }),
      'UNSUPPORTED',
    ],
    [
      'a workbook called a letter',
      'a.docx',
      zipSync({ 'xl/workbook.xml': strToU8('<workbook/>') }),
      'INPUT_INVALID',
    ],
    [
      'a PDF that is an archive as well',
      'a.pdf',
      Buffer.concat([Buffer.from(pages('3 0 R')), good]),
      'INPUT_INVALID',
    ],
    [
      'an archive that is a PDF as well',
      'a.docx',
      Buffer.concat([Buffer.from('PK\u0003\u0004%PDF-1.4'), good]),
      'INPUT_INVALID',
    ],
    ['an archive of something else', 'a.zip', zipSync({ 'a.txt': strToU8('x') }), 'UNSUPPORTED'],
    ['bytes that are no text', 'a.csv', Buffer.from([1, 2, 0, 3]), 'INPUT_INVALID'],
  ])(
    '%s is refused in one line, by scan and by copy',
    async (_what, name, bytes, code) => {
      for (const attempt of [bench.find, bench.copy]) {
        const error = (await attempt(name, bytes).catch((thrown: unknown) => thrown)) as {
          code: string;
          message: string;
        };
        expect(error).toMatchObject({ code });
        expect(error.message).not.toMatch(/\n|data\/document/);
      }
    },
    LIMIT,
  );

  it('what is no base64 is refused', async () => {
    const { decoded } = await import('../../service/protect/documents.ts');
    expect(() => decoded('%%%%')).toThrow(/base64/);
    expect(decoded('aGk=').toString()).toBe('hi');
  });
});
