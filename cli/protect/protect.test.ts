import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ran, type TypeOptions, type } from '../testing/terminal.ts';
import { TextReader } from './read-text.ts';
import { LineCounter, STRETCH } from './scan-text.ts';

const LIMIT = 120_000;

let home: string;

const akios = (args: readonly string[], options: TypeOptions = {}): Promise<Ran> =>
  type(home, args, options).ended;

/** A text larger than one stretch; every third line holds an address, some lines an emoji. */
function large(): string {
  const lines: string[] = [];
  for (let i = 0; lines.length < 12_000; i += 1) {
    lines.push(
      i % 3 === 0
        ? `line ${i} 😀 was sent to jane.roe${i}@example.org on the day`
        : `line ${i} tells of é and nothing else`,
    );
  }
  return `${lines.join('\n')}\n`;
}

interface Spans {
  spans: { start: number; end: number; place: { line: number; column: number } }[];
}

/** Line and column as anyone would count them. */
function placeIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return {
    line: before.split('\n').length,
    column: offset - before.lastIndexOf('\n'),
  };
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'akios-protect-'));
});
afterAll(async () => {
  await akios(['helper', 'stop']);
  rmSync(home, { recursive: true, force: true });
});

describe('a scan', () => {
  it(
    'gives offsets and lines of a text of many stretches, from a file and from stdin',
    async () => {
      const text = large();
      expect(text.length).toBeGreaterThan(2 * STRETCH);
      writeFileSync(join(home, 'large.txt'), text);
      const ran = await akios(['protect', 'scan', 'large.txt', '--json']);
      const { files, exit_code } = JSON.parse(ran.out) as { files: Spans[]; exit_code: number };
      expect(exit_code).toBe(0);
      const spans = files[0]?.spans ?? [];
      expect(spans).toHaveLength(4000);
      for (const [i, { start, end, place }] of spans.entries()) {
        expect(text.slice(start, end)).toBe(`jane.roe${3 * i}@example.org`);
        if (i % 397 === 0) expect(place).toEqual(placeIn(text, start));
      }
      const piped = await akios(['protect', 'scan', '-', '--json'], { stdin: text });
      expect((JSON.parse(piped.out) as { files: Spans[] }).files[0]?.spans).toEqual(spans);
    },
    LIMIT,
  );

  it(
    'of JSON past 4 MiB knows its keys in every stretch, and a copy says what it does not keep',
    async () => {
      const note = 'nothing of note here, day after day '.repeat(12);
      const members = Array.from(
        { length: 10_000 },
        (_, i) => `{"id":"H${30_951_746 + i}","note":"${note}"}`,
      );
      const text = `{"patients":[${members.join(',')}]}`;
      expect(text.length).toBeGreaterThan(16 * STRETCH);
      writeFileSync(join(home, 'big.json'), text);
      const ran = await akios(['protect', 'redact', 'big.json', '--output', 'big-copy.json']);
      expect(ran.code).toBe(0);
      expect(ran.err).toContain('larger than 4 MiB');
      const copy = readFileSync(join(home, 'big-copy.json'), 'utf8');
      expect(copy).not.toMatch(/H\d{7}/);
      expect(JSON.parse(copy)).toMatchObject({ patients: { length: 10_000 } });
    },
    LIMIT,
  );

  it(
    'of a folder names everything it leaves out, and scans the rest',
    async () => {
      const folder = join(home, 'folder');
      mkdirSync(join(folder, '.git'), { recursive: true });
      mkdirSync(join(folder, 'sub'));
      writeFileSync(join(folder, '.git', 'hidden.txt'), 'SSN 536-22-8145');
      writeFileSync(join(folder, 'sub', 'one.txt'), 'SSN 536-22-8145');
      writeFileSync(join(folder, 'binary'), 'a\0b');
      writeFileSync(join(folder, 'latin.txt'), Buffer.from([0x63, 0xe9, 0x0a]));
      writeFileSync(join(folder, 'empty.txt'), '');
      writeFileSync(join(folder, 'wide.txt'), Buffer.from('\ufeffSSN 536-22-8145', 'utf16le'));
      symlinkSync('/etc/passwd', join(folder, 'link'));
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      const ran = await akios(['protect', 'scan', folder, join(home, 'no-such'), '/proc/version']);
      expect(ran.code).toBe(2);
      expect(ran.out).toMatch(/sub\/one\.txt: 1 found/);
      expect(ran.out).toMatch(/wide\.txt: 1 found/);
      expect(ran.out).toMatch(/empty\.txt: empty, nothing to find/);
      for (const line of [
        /binary holds binary data/,
        /latin\.txt is not valid UTF-8/,
        /pipe is a pipe/,
        /no file .*no-such/,
        /\/proc\/version has no size/,
        /link: skipped, a link/,
        /\.git: skipped/,
        /3 scanned, 2 found, 5 not scanned, 2 skipped/,
      ]) {
        expect(ran.err).toMatch(line);
      }
      expect(ran.err.trimEnd().split('\n')).toHaveLength(8);
      const json = await akios(['protect', 'scan', folder, '--json', '--fail-on-find']);
      expect(json.code).toBe(1);
      expect(JSON.parse(json.out)).toMatchObject({
        total: 2,
        scanned: 3,
        not_scanned: 3,
        exit_code: 1,
      });
    },
    LIMIT,
  );

  it(
    'ends with one line when it is interrupted',
    async () => {
      const stdin = `${'{"id":1,"text":"mail bob@example.org now"}\n'.repeat(50)}`;
      const ran = await akios(['protect', 'scan', '--jsonl'], {
        stdin,
        open: true,
        onOut: (text, child) => {
          if (/spans/.test(text)) child.kill('SIGINT');
        },
      });
      expect(ran.code).toBe(130);
      expect(ran.err).toMatch(/^akios: .*Cancelled\.\n$/);
      expect(ran.out.trimEnd().split('\n')).toHaveLength(50);
    },
    LIMIT,
  );

  it(
    'takes a line that is longer than a stretch',
    async () => {
      const text = large();
      const ran = await akios(['protect', 'scan', '--jsonl'], {
        stdin: `${JSON.stringify({ id: 'a', text })}\n{"id":"b","text":"SSN 536-22-8145"}\n`,
      });
      const [first, second] = ran.out
        .trimEnd()
        .split('\n')
        .map((l) => JSON.parse(l) as Spans);
      expect(first?.spans).toHaveLength(4000);
      expect(text.slice(first?.spans[3999]?.start, first?.spans[3999]?.end)).toContain(
        '@example.org',
      );
      expect(second?.spans).toHaveLength(1);
    },
    LIMIT,
  );
});

describe('a redaction', () => {
  it(
    'of a large text leaves everything else to the last character',
    async () => {
      const text = large();
      writeFileSync(join(home, 'source.txt'), text);
      const out = join(home, 'copy.txt');
      const ran = await akios(['protect', 'redact', 'source.txt', '-o', out]);
      expect(ran.code).toBe(0);
      expect(readFileSync(out, 'utf8')).toBe(
        text.replaceAll(/jane\.roe\d+@example\.org/g, '«EMAIL»'),
      );
      const again = await akios(['protect', 'redact', 'source.txt', '-o', out]);
      expect(again.code).toBe(1);
      expect(again.err).toContain('exists already');
      writeFileSync(join(home, 'bad.txt'), `${text}\0`);
      const bad = await akios(['protect', 'redact', 'bad.txt', '-o', join(home, 'none.txt')]);
      expect(bad.code).toBe(2);
      expect(existsSync(join(home, 'none.txt'))).toBe(false);
    },
    LIMIT,
  );
});

describe('prompts without a project', () => {
  it(
    'are those of the workflow file under the built-in policy',
    async () => {
      const workflow = `name: w\ndescription: d\nsteps:\n  - step: 1\n    name: get\n    agent: filesystem\n    action: read\n    parameters: { path: data/input/none.txt }\n  - step: 2\n    name: ask\n    agent: llm\n    action: complete\n    parameters: { prompt: "Write to jane@example.org about {step_1_output}" }\n`;
      writeFileSync(join(home, 'w.yml'), workflow);
      for (const command of ['preview', 'show-prompt']) {
        const ran = await akios(['protect', command, 'w.yml']);
        expect(ran).toMatchObject({ code: 0 });
        expect(ran.out).toContain('Write to «EMAIL» about {step_1_output}');
      }
      const shown = await akios(['protect', 'preview', 'w.yml']);
      expect(shown.out).toMatch(/ {2}EMAIL +line 1, column 10 +0\.\d\d +email/);
      expect((await akios(['protect', 'show-prompt', 'none.yml'])).err).toContain(
        'no workflow none.yml',
      );
    },
    LIMIT,
  );
});

describe('reading', () => {
  it('counts lines the same, however a text is cut (property)', () => {
    void fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '😀'), maxLength: 8 }), {
          maxLength: 8,
        }),
        (pieces) => {
          const text = pieces.join('');
          const lines = new LineCounter();
          for (const piece of pieces) {
            const from = lines.offset;
            const starts = [...piece].map((_c, i) => i).filter((i) => i < piece.length);
            const places = lines.places(piece, starts);
            starts.forEach((start, i) => {
              expect(places[i]).toEqual(placeIn(text, from + start));
            });
          }
        },
      ),
    );
  });

  it('decodes the same, however the bytes are cut (property)', () => {
    void fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
        fc.array(fc.nat(60), { maxLength: 5 }),
        fc.constantFrom('utf8', 'utf16le'),
        (text, cuts, encoding) => {
          const plain = text.toWellFormed().replaceAll('\0', '');
          const source = encoding === 'utf8' ? plain : `\ufeff${plain}`;
          const bytes = Buffer.from(source, encoding as BufferEncoding);
          if (encoding === 'utf8' && (bytes[0] ?? 0) >= 0xfe) return;
          const points = [...new Set([2, ...cuts])]
            .filter((n) => n < bytes.length)
            .sort((a, b) => a - b);
          const reader = new TextReader('x');
          let out = '';
          let at = 0;
          for (const point of [...points, bytes.length]) {
            if (point > at) out += reader.push(bytes.subarray(at, point));
            at = point;
          }
          expect(out + reader.end()).toBe(source);
        },
      ),
    );
  });
});
