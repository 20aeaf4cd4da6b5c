import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, type TypeOptions, type } from './testing/terminal.ts';

const MAKE = join(import.meta.dirname, '../bench/make-ledger.ts');
/** Enough that an export is still at work when it is interrupted. */
const ROWS = 60_000;

let home: string;
let project: string;
let trust: string;

const typed = (args: readonly string[], options: TypeOptions = {}): Promise<Ran> =>
  type(home, args, { cwd: existsSync(project) ? project : home, ...options }).ended;

const akios = (...args: string[]): Promise<Ran> => typed(args);
const verdictOf = (ran: Ran) =>
  JSON.parse(ran.out.trimEnd().split('\n').at(-1) ?? '{}') as {
    ok: boolean;
    findings: { code: string }[];
    rows?: number;
  };
/** Rows of a filter; a search index that is still being made is waited for, however long it takes. */
async function filtered(filter: string): Promise<unknown[]> {
  for (;;) {
    const ran = await akios('audit', 'log', '--filter', filter, '--json');
    const found = JSON.parse(ran.out) as { events?: unknown[]; error?: { code: string } };
    if (found.error?.code === 'INDEX_BUILDING') continue;
    expect([filter, ran.code, found.error]).toEqual([filter, 0, undefined]);
    return found.events ?? [];
  }
}
const write = (name: string, text: string): string => {
  const file = join(home, name);
  writeFileSync(file, text);
  return file;
};

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'akios-cli-audit-'));
  project = join(home, 'project');
  expect((await akios('init', project, '--json')).code).toBe(0);
  expect((await akios('audit', 'stats', '--json')).code).toBe(0);
  const { where } = (
    JSON.parse((await akios('audit', 'stats', '--json')).out) as { anchor: { where: string } }
  ).anchor;
  trust = join(where, '..');
});
afterAll(async () => {
  await akios('helper', 'stop');
  rmSync(home, { recursive: true, force: true });
});

describe('audit anchor', () => {
  it('prints the newest checkpoint, which the log then extends, however it was carried', async () => {
    const printed = await akios('audit', 'anchor');
    expect(printed.code).toBe(0);
    expect(printed.out.split('\n')).toHaveLength(6);
    // What a camera, a mail programme or the clipboard makes of it.
    const forms = [printed.out, printed.out.trimEnd(), printed.out.replaceAll('\n', '\r\n')];
    for (const form of forms) {
      const ran = await akios('audit', 'anchor', '--check', write('seen.note', form));
      expect([ran.code, ran.out]).toEqual([
        0,
        expect.stringMatching(/^CONSISTENT: the log of \d+/),
      ]);
    }
    const piped = await typed(['audit', 'anchor', '--check', '-', '--json'], {
      stdin: printed.out,
    });
    expect([piped.code, JSON.parse(piped.out)]).toEqual([
      0,
      expect.objectContaining({ verdict: 'consistent', proved: true }),
    ]);
  });

  it('says what a forged, a foreign and a meaningless checkpoint are', async () => {
    const note = (await akios('audit', 'anchor')).out;
    const cases: [string, string, number, RegExp][] = [
      ['another size', note.replace(/\n(\d+)\n/, '\n1\n'), 2, /signature|UNSIGNED|checkpoint/i],
      ['another root', note.replace(/\n[A-Za-z0-9+/]{4}/, '\nAAAA'), 5, /UNSIGNED|signed/],
      ['another log', note.replaceAll('akios/', 'akios/x'), 2, /another log/],
      ['no checkpoint', 'hello\n', 2, /not a signed checkpoint/],
    ];
    for (const [name, text, code, words] of cases) {
      const ran = await akios('audit', 'anchor', '--check', write('forged.note', text));
      expect([name, ran.out + ran.err]).toEqual([name, expect.stringMatching(words)]);
      expect([name, ran.code === 0]).toEqual([name, false]);
      if (name !== 'another size') expect([name, ran.code]).toEqual([name, code]);
    }
    expect((await akios('audit', 'anchor', '--check', join(home, 'absent'))).code).toBe(4);
    const folder = await akios('audit', 'anchor', '--check', home);
    expect([folder.code, folder.err]).toEqual([2, expect.stringContaining('is a folder')]);
  });
});

describe('audit export', () => {
  it('writes every format with its receipt, and the verifier knows a changed one', async () => {
    for (const format of ['csv', 'json', 'jsonl', 'ocsf', 'otel', 'html']) {
      const file = join(home, `rows.${format}`);
      const ran = await akios('audit', 'export', '--format', format, '-o', file, '--json');
      expect([format, ran.code, ran.err]).toEqual([format, 0, '']);
      expect(JSON.parse(ran.out)).toMatchObject({ file, filter: '' });
      const check = () =>
        akios('audit', 'verify', '--export', file, '--vkey', join(trust, 'log.vkey'), '--json');
      expect([format, (await check()).code]).toEqual([format, 3]);
      chmodSync(file, 0o640);
      writeFileSync(file, readFileSync(file, 'utf8').replace('cage', 'caqe').concat(' '));
      const forged = await check();
      expect([format, forged.code, verdictOf(forged).findings]).toEqual([
        format,
        1,
        [expect.objectContaining({ code: 'EXPORT_DIGEST' })],
      ]);
      const again = await akios('audit', 'export', '--format', format, '-o', file);
      expect([format, again.code, again.err]).toEqual([
        format,
        1,
        expect.stringContaining('exists'),
      ]);
    }
    expect(await filtered('type:log.export')).toHaveLength(12);
  });

  it('a bundle verifies by its proofs, against a checkpoint taken before', async () => {
    const anchor = write('before.note', (await akios('audit', 'anchor')).out);
    const file = join(home, 'evidence.jsonl');
    expect((await akios('audit', 'export', '--format', 'bundle', '-o', file)).code).toBe(0);
    const words = [
      'audit',
      'verify',
      '--bundle',
      file,
      '--vkey',
      join(trust, 'log.vkey'),
      '--json',
    ];
    const ran = await akios(...words);
    expect([ran.code, verdictOf(ran).ok]).toEqual([3, true]);
    // Of a checkpoint that the bundle holds no proof from, it proves nothing either way.
    expect([0, 3]).toContain((await akios(...words, '--anchor', anchor)).code);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"body":"{', '"body":"{ '));
    expect((await akios(...words)).code).toBe(1);
  });
});

describe('a long export', () => {
  it('tells how far it is, and when interrupted leaves no file', { timeout: 180_000 }, async () => {
    await akios('helper', 'stop');
    const secret = join(trust, '..', 'secret');
    const out = join(home, 'made');
    const words = [
      '--events',
      String(ROWS),
      '--seal-every',
      '5000',
      '--salt',
      'long',
      '--out',
      out,
    ];
    const made = await typed(words, { main: MAKE });
    expect(made.err).toBe('');
    rmSync(join(project, 'audit'), { recursive: true });
    rmSync(trust, { recursive: true });
    rmSync(secret, { recursive: true });
    for (const [from, to] of [
      ['log', join(project, 'audit')],
      ['trust', trust],
      ['secret', secret],
    ] as const) {
      execFileSync('cp', ['-a', join(out, from), to]);
    }
    // The first look at a ledger that grew elsewhere reads it whole, into the index.
    const ready = await akios('audit', 'stats', '--json');
    expect([ready.code, ready.err]).toEqual([0, '']);
    const file = join(home, 'long.jsonl');
    let told = '';
    const ran = await typed(['audit', 'export', '--format', 'bundle', '-o', file], {
      onErr: (text, child) => {
        if (told !== '' || !/\d+ of \d+ records, \d+ %/.test(text)) return;
        told = text;
        child.kill('SIGINT');
      },
    });
    expect([ran.err, told]).toEqual([ran.err, expect.stringMatching(/\d+ of \d+ records, \d+ %/)]);
    expect(ran.err).toContain('The export was cancelled; no file was kept.');
    expect(ran.code).not.toBe(0);
    for (const end of ['', '.part', '.receipt']) expect(existsSync(`${file}${end}`)).toBe(false);
    expect(await filtered('type:log.export status:cancelled')).toHaveLength(1);
    expect((await akios('audit', 'verify')).code).toBe(0);
    // A verdict that cannot be remembered stays the verdict.
    const kept = join(trust, 'last-verify.json');
    rmSync(kept);
    mkdirSync(join(kept, 'in-the-way'), { recursive: true });
    const unkept = await akios('audit', 'verify');
    rmSync(kept, { recursive: true });
    expect([unkept.code, verdictOf(unkept).ok]).toEqual([0, true]);
    expect(unkept.err).toContain('not remembered');
  });
});

describe('what a person meets who tries everything', () => {
  it('is told what each slip was', async () => {
    const cases: [string[], number, RegExp][] = [
      [
        ['audit'],
        2,
        /^akios: audit needs one of: verify, stats, .*\n {2}`akios --help` lists all commands\.\n$/,
      ],
      [['audit', 'prove', 'abc'], 2, /: SEQ needs a whole number/],
      [
        ['audit', 'log', '--filter', 'a'.repeat(501)],
        2,
        /The filter has 501 characters; at most 500/,
      ],
      [['audit', 'export', '--filter', 'a'.repeat(501)], 2, /The filter has 501 characters/],
      [['audit', 'log', '--filter', 'bogus:x'], 2, /Unknown field bogus/],
      [['audit', 'prove', '99999999'], 4, /not in a log of size/],
    ];
    for (const [args, code, words] of cases) {
      const ran = await akios(...args);
      expect([args, ran.code, ran.err]).toEqual([args, code, expect.stringMatching(words)]);
    }
  });

  it('reads of a prune what it did', async () => {
    const none = await akios('audit', 'prune', '--days', '36500', '--dry-run', '--trust-clock');
    expect([none.out, none.err]).toEqual([
      'No body is older than 36500 days: there is nothing to remove.\n',
      '',
    ]);
    const some = await akios('audit', 'prune', '--days', '0', '--dry-run', '--trust-clock');
    expect(some.out).toMatch(
      /^Would remove (1 body \(record \d+\)|\d+ bodies \(of records \d+ to \d+\));/,
    );
  });

  it('verifies an export in its project by key, anchor and log of the project', async () => {
    const file = join(home, 'here.csv');
    const made = ['audit', 'export', '--format', 'csv', '-o', file, '--filter', 'type:project.*'];
    expect((await akios(...made)).code).toBe(0);
    expect((await akios('audit', 'anchor')).code).toBe(0);
    const here = await akios('audit', 'verify', '--export', file);
    expect([here.code, here.out]).toEqual([0, expect.stringMatching(/^VERIFIED/)]);
    const bundle = join(home, 'here.jsonl');
    expect((await akios('audit', 'export', '--format', 'bundle', '-o', bundle)).code).toBe(0);
    expect((await akios('audit', 'anchor')).code).toBe(0);
    expect((await akios('audit', 'verify', '--bundle', bundle)).code).toBe(0);
    const vkey = ['--vkey', join(trust, 'log.vkey'), '--anchor', join(trust, 'anchor.note')];
    expect((await akios('audit', 'verify', '--export', file, ...vkey)).code).toBe(3);
  });

  it('hears after an erasure that there is no log, and of no tampering', async () => {
    const log = join(project, 'audit/audit.db');
    const kept = readFileSync(log);
    expect((await akios('cage', 'down')).code).toBe(0);
    const gone = await akios('audit', 'verify');
    expect([gone.code, gone.out]).toEqual([
      2,
      expect.stringMatching(/^This project has no log now[\s\S]*was erased at [\s\S]* by user:/),
    ]);
    // Put back, it is no log of this project any more.
    mkdirSync(dirname(log), { recursive: true });
    writeFileSync(log, kept);
    const back = await akios('audit', 'verify');
    expect([back.code, back.out]).toEqual([
      2,
      expect.stringMatching(/^A log lies here[\s\S]*Its log had \d+ records and was erased at /),
    ]);
    rmSync(log);
    expect((await akios('audit', 'stats')).out).toMatch(/^Last verify +never$/m);
  });
});
