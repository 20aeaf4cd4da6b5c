import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundleReport, verifyBundle } from '../../../shared/node/audit/bundle.ts';
import { verifyExport } from '../../../shared/node/audit/export-check.ts';
import type { ExportFormat } from '../../store/ledger/export/formats.ts';
import { type AuditLedger, openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import type { Actor } from '../../store/ledger/port.ts';
import { leafOf, pathsOf, signatureLine } from './forge.ts';
import { type StrangersVerdict, strangersVerdict, strangerWorks } from './stranger.ts';

const STRANGER = strangerWorks();

const WHO: Actor = { type: 'user', id: 'auditor' };
const HOSTILE = '=cmd|"/c calc",<script>alert(1)</script>\n';
/** Line ends to some readers of text, and to none of ours. */
const LINES = 'one\u2028two\u2029three\u0085four\vfive\rsix';
let dir: string;
let ledger: AuditLedger;
let number = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akios-export-'));
  for (const boot of ['boot-1', 'boot-2']) {
    ledger = await openLedger(pathsOf(dir), { sources: systemSources(boot) });
    const subject = (n: number): string => (n === 3 ? HOSTILE : n === 5 ? LINES : `file-${n}`);
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        ledger.append({
          type: n % 4 === 0 ? 'llm.call' : 'fs.read',
          actor: WHO,
          subject: subject(n),
        }),
      ),
    );
    if (boot === 'boot-1') await ledger.close();
  }
});
afterAll(async () => {
  await ledger.close();
  rmSync(dir, { recursive: true });
});

async function make(format: ExportFormat, q?: string) {
  const file = join(dir, `out-${number++}`);
  const done = await ledger.exportTo({
    format,
    file,
    actor: WHO,
    ...(q === undefined ? {} : { q }),
  });
  await ledger.anchorNow();
  return { ...done, text: readFileSync(file, 'utf8') };
}

describe('exports', () => {
  it(
    'a bundle is verified by a stranger, across a change of key',
    { timeout: 120_000 },
    async () => {
      const { file, rows, total } = await make('bundle');
      expect(rows).toBe(total);
      expect(readFileSync(file, 'utf8')).toContain('Verifies an AKIOS audit log without AKIOS');
      // The anchor moved on with the events that record the export: it is newer than the bundle.
      expect((await bothVerdicts(file)).findings).toEqual([{ code: 'ROLLBACK', index: total }]);
      const old = readFileSync(join(dir, 'trust', 'anchor.note'));
      const header = JSON.parse(readFileSync(file, 'utf8').split('\n')[0]!) as Record<
        string,
        string
      >;
      writeFileSync(join(dir, 'trust', 'anchor.note'), header['note']!);
      expect(await bothVerdicts(file)).toEqual({ exitCode: 0, findings: [] });
      const edits: [string, (lines: string[]) => string[], string][] = [
        ['edited', (l) => l.map((x) => x.replace('file-7', 'file-x')), 'LEAF_MISMATCH'],
        ['removed', (l) => l.filter((_, i) => i !== 10), 'EXPORT_INCOMPLETE'],
        ['doubled', (l) => [...l.slice(0, 10), l[9]!, ...l.slice(10)], 'EXPORT_ORDER'],
        ['reordered', (l) => [...l.slice(0, 9), l[10]!, l[9]!, ...l.slice(11)], 'EXPORT_ORDER'],
        ['cut', (l) => l.slice(0, 20), 'EXPORT_INCOMPLETE'],
        [
          'filtered as complete',
          (l) => l.filter((x) => !x.includes('fs.read')),
          'EXPORT_INCOMPLETE',
        ],
        [
          'forged rotation',
          (l) => l.map((x) => x.replace('"kind":"rotation","seq":4', '"kind":"rotation","seq":5')),
          'ROTATION_INVALID',
        ],
        [
          'no rotation',
          (l) => l.filter((x) => !x.startsWith('{"kind":"rotation"')),
          'SIG_UNTRUSTED_KEY',
        ],
        ['proofs exchanged', swapProofs, 'PROOF_INVALID'],
        ['rotation doubled', (l) => [...l.slice(0, 2), l[1]!, ...l.slice(2)], 'ROTATION_INVALID'],
        [
          'of another origin',
          (l) => l.map((x) => x.replace('"origin":"', '"origin":"x')),
          'ORIGIN_MISMATCH',
        ],
        ...smuggled,
      ];
      for (const [name, change, code] of edits) {
        const forged = join(dir, 'forged');
        writeFileSync(forged, change(readFileSync(file, 'utf8').trimEnd().split('\n')).join('\n'));
        const verdict = await bothVerdicts(forged);
        expect([name, verdict.exitCode]).toEqual([name, 1]);
        expect(verdict.findings.map((f) => f.code)).toContain(code);
      }
      writeFileSync(join(dir, 'trust', 'anchor.note'), old);
    },
  );

  it('hostile bundles get a verdict', async () => {
    const { text } = await make('bundle');
    const [head, ...rest] = text.trimEnd().split('\n') as [string, ...string[]];
    const cases: [string, string][] = [
      ['empty', ''],
      ['no JSON', 'x\n'],
      ['no header', rest.join('\n')],
      ['a list', `[]\n${text}`],
      ['header twice', `${head}\n${text}`],
      ['no line end for ever', `${head}\n${'x'.repeat(5_000_000)}`],
      ['deep nesting', `${head}\n${'['.repeat(100_000)}`],
      ['wrong types', text.replaceAll('"seq":', '"seq":"1","was":')],
      ['size beyond 2^64', text.replace(/\\n(\d+)\\n/, '\\n99999999999999999999\\n')],
      ['true for a number', text.replace('"seq":1,', '"seq":true,')],
      ['a name twice', text.replace('"seq":1,', '"seq":1,"seq":2,')],
      ['bytes that are no text', text.replace('file-7', 'file-\ufffd')],
      ['lines after the end', `${text}${rest.at(-2)}\n`],
      ['another kind of line', `${head}\n{"kind":"note"}\n${rest.join('\n')}`],
      [
        'a hash too many',
        text.replace('"proof":[', `"proof":[${`"${'0'.repeat(64)}",`.repeat(70)}`),
      ],
      ['no end', rest.slice(0, -1).join('\n')],
      ['a broken line, then one without end', `${head}\nx\n${'x'.repeat(9_000_000)}`],
      ['white space in a line', text.replace('"seq":1,', '"seq": 1,')],
      ['a number written otherwise', text.replace('"seq":1,', '"seq":1.0,')],
    ];
    for (const [name, content] of cases) {
      const file = join(dir, 'hostile');
      writeFileSync(file, content);
      const trust = { vkeyFile: join(dir, 'trust', 'log.vkey'), anchorFile: null };
      const report = await verifyBundle({ file, ...trust });
      expect([name, report.exitCode]).toEqual([name, 1]);
      if (STRANGER) expect([name, strangersVerdict(dir, file).exitCode]).toEqual([name, 1]);
    }
  });

  it('a pipe in place of a bundle hangs nobody, in a folder neither', async () => {
    const folder = join(dir, 'pipes');
    mkdirSync(folder);
    expect(spawnSync('mkfifo', [join(folder, 'x.jsonl')]).status).toBe(0);
    for (const file of [folder, join(folder, 'x.jsonl')]) {
      const report = await verifyBundle({ file, vkeyFile: join(dir, 'trust', 'log.vkey') });
      expect(report.exitCode).toBe(2);
    }
    const { file } = await make('bundle');
    expect(spawnSync('mkfifo', [join(folder, 'audit.db')]).status).toBe(0);
    const [vkeyFile, anchorFile] = ['log.vkey', 'anchor.note'].map((n) => join(dir, 'trust', n));
    const files = { file, vkeyFile: vkeyFile!, anchorFile: anchorFile! };
    const report = await verifyBundle({ ...files, logDir: folder });
    expect(report.findings.map((f) => f.code)).toEqual(['ROLLBACK']);
    // The key must not come out of the log that is asked, here neither.
    expect(await verifyBundle({ ...files, logDir: join(dir, 'trust') })).toMatchObject({
      exitCode: 2,
    });
    expect(await verifyExport({ ...files, logDir: join(dir, 'trust') })).toMatchObject({
      exitCode: 2,
    });
  });

  it('any export is checked whole by its receipt', { timeout: 120_000 }, async () => {
    const cases: [string, (text: string) => string][] = [
      ['untouched', (text) => text],
      ['a byte changed', (text) => text.replace('file-7', 'file-8')],
      ['the last line cut', (text) => text.slice(0, text.trimEnd().lastIndexOf('\n') + 1)],
      ['a space at the end', (text) => `${text} `],
    ];
    for (const format of ['csv', 'json', 'jsonl', 'ocsf', 'otel', 'html', 'bundle'] as const) {
      const { file, text } = await make(format);
      const { root, total } = receiptOf(file);
      for (const [name, change] of cases) {
        writeFileSync(file, change(text));
        const report = await exportVerdicts(file);
        const codes = report.findings.map((f) => f.code);
        const want = name === 'untouched' ? [3, []] : [1, ['EXPORT_DIGEST']];
        expect([format, name, report.exitCode, codes]).toEqual([format, name, ...want]);
      }
      writeFileSync(file, text);
      if (format !== 'json') continue;
      // With the checkpoint that somebody took away at that very size, the file is anchored.
      const { note } = (JSON.parse(text) as { export: { note: string } }).export;
      const anchor = join(dir, 'trust', 'anchor.note');
      const newest = readFileSync(anchor);
      writeFileSync(anchor, note);
      const report = await exportVerdicts(file);
      expect([note.split('\n')[1], report.exitCode, report.root]).toEqual([`${total}`, 0, root]);
      writeFileSync(anchor, newest);
    }
  });

  it(
    'is anchored by the checkpoint taken before it, and by a later one through the log',
    {
      timeout: 120_000,
    },
    async () => {
      const anchor = join(dir, 'trust', 'anchor.note');
      const logDir = join(dir, 'log');
      const vkeyFile = join(dir, 'trust', 'log.vkey');
      const old = (await ledger.anchorNow()).note;
      await ledger.append({ type: 'fs.read', actor: WHO, subject: 'between' });
      const before = (await ledger.anchorNow()).note;
      const { file } = await make('csv', 'type:fs.read');
      const later = readFileSync(anchor, 'utf8');
      const genuine = readFileSync(`${file}.receipt`, 'utf8');
      expect(genuine).toContain(JSON.stringify(before));
      writeFileSync(anchor, before);
      expect((await exportVerdicts(file)).exitCode).toBe(0);
      // The proof is part of what is signed.
      writeFileSync(`${file}.receipt`, genuine.replace(/"consistency":\["./, '"consistency":["0'));
      expect((await exportVerdicts(file)).findings.map((f) => f.code)).toContain('SIG_INVALID');
      writeFileSync(`${file}.receipt`, genuine);
      const trust = { vkeyFile, anchorFile: anchor };
      writeFileSync(anchor, old);
      expect((await exportVerdicts(file)).exitCode).toBe(3);
      expect(await verifyExport({ file, ...trust, logDir })).toMatchObject({ exitCode: 0 });
      writeFileSync(anchor, later);
      expect((await exportVerdicts(file)).exitCode).toBe(3);
      expect(await verifyExport({ file, ...trust, logDir })).toMatchObject({
        anchored: true,
        exitCode: 0,
      });
      const nowhere = await verifyExport({ file, ...trust, logDir: join(dir, 'nowhere') });
      expect(nowhere.exitCode).toBe(3);
      const bundle = await make('bundle');
      expect(await verifyBundle({ file: bundle.file, ...trust, logDir })).toMatchObject({
        anchored: true,
        exitCode: 0,
      });
    },
  );

  it('of another history is a fork, whatever its receipt says', async () => {
    const other = join(dir, 'other');
    const paths = pathsOf(other);
    const forked = await openLedger(paths, { sources: systemSources('boot-1') });
    const draft = (subject: string) => ({ type: 'fs.read', actor: WHO, subject });
    await forked.append(draft('shared'));
    const { note } = await forked.anchorNow();
    await forked.close();
    cpSync(other, join(dir, 'twin'), { recursive: true });
    const grow = async (at: string, subject: string): Promise<string> => {
      const twin = await openLedger(pathsOf(at), { sources: systemSources('boot-1') });
      for (let n = 0; n < 9; n++) await twin.append(draft(subject));
      const file = join(at, 'out.csv');
      await twin.exportTo({ format: 'csv', file, actor: WHO });
      await twin.append(draft(subject));
      await twin.anchorNow();
      await twin.close();
      return file;
    };
    await grow(other, 'one');
    const theirs = await grow(join(dir, 'twin'), 'two');
    const verdict = (anchorFile: string, logDir: string | null) =>
      verifyExport({
        file: theirs,
        vkeyFile: join(paths.trustDir, 'log.vkey'),
        anchorFile,
        logDir,
      });
    const newest = join(paths.trustDir, 'anchor.note');
    const shared = join(dir, 'shared.note');
    writeFileSync(shared, note);
    for (const anchorFile of [newest, shared]) {
      expect((await verdict(anchorFile, null)).exitCode).toBe(3);
      const { findings } = await verdict(anchorFile, paths.logDir);
      expect(findings).toEqual([{ code: 'FORK', index: 0 }]);
      const own = await verdict(anchorFile, pathsOf(join(dir, 'twin')).logDir);
      expect(own.exitCode).toBe(anchorFile === shared ? 0 : 3);
    }
  });

  it('a forged receipt is no receipt', { timeout: 120_000 }, async () => {
    const { file } = await make('csv');
    const genuine = readFileSync(`${file}.receipt`, 'utf8');
    const { privateKey } = generateKeyPairSync('ed25519');
    const own = { privateKey, raw: rawOf(privateKey) };
    const text = `${genuine.split('\n').slice(0, 3).join('\n')}\n`;
    const name = genuine.split('\n')[1]!;
    const cases: [string, string | Buffer, string][] = [
      ['rows edited', genuine.replace(/"rows":\d+/, '"rows":1'), 'SIG_INVALID'],
      [
        'of another kind',
        genuine.replace('"kind":"export"', '"kind":"erasure"'),
        'EXPORT_MALFORMED',
      ],
      ['spaced out', genuine.replace('"kind":', '"kind": '), 'EXPORT_MALFORMED'],
      [
        'own key of the same name',
        `${text}\n${signatureLine(own, name, text)}`,
        'SIG_UNTRUSTED_KEY',
      ],
      ['a checkpoint for a receipt', ledger.checkpoint()!.note, 'EXPORT_MALFORMED'],
      ['nothing', '', 'EXPORT_MALFORMED'],
      ['CRLF', genuine.replaceAll('\n', '\r\n'), 'EXPORT_MALFORMED'],
      ['bytes that are no text', Buffer.from(genuine, 'utf16le'), 'EXPORT_MALFORMED'],
      ['without its length', genuine.replace('"bytes":', '"bytez":'), 'EXPORT_MALFORMED'],
    ];
    for (const [what, receipt, code] of cases) {
      chmodSync(`${file}.receipt`, 0o640);
      writeFileSync(`${file}.receipt`, receipt);
      const report = await exportVerdicts(file);
      expect([what, report.exitCode]).toEqual([what, 1]);
      expect(report.findings.map((f) => f.code)).toContain(code);
    }
    rmSync(`${file}.receipt`);
    expect((await exportVerdicts(file)).exitCode).toBe(2);
  });

  it('a filtered bundle states its filter and proves presence', async () => {
    const { file, rows, total, filter } = await make('bundle', 'type:llm.call');
    expect([rows, filter]).toEqual([20, 'type:llm.call']);
    expect(total).toBeGreaterThan(80);
    const verdict = await bothVerdicts(file);
    expect(verdict.findings.map((f) => f.code)).toEqual(['ROLLBACK']);
  });

  it('lines of the plain export hash to their leaves; the receipt names the digest', async () => {
    const { text, sha256, file, rows } = await make('jsonl');
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(rows);
    lines.forEach((line, seq) => {
      expect(leafOf(line).toString('hex')).toBe(ledger.record(seq).leaf);
    });
    expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
    expect(readFileSync(`${file}.receipt`, 'utf8')).toContain(`"sha256":"${sha256}"`);
  });

  it('CSV has no formulas, HTML no markup, JSON, OCSF and OTLP parse', async () => {
    const csv = (await make('csv')).text;
    expect(csv).toContain(`"'=cmd|""/c calc""`);
    const html = (await make('html')).text;
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
    const json = JSON.parse((await make('json')).text) as {
      events: { seq: number; body: { seq: number } }[];
    };
    expect(json.events.every((e) => e.seq === e.body.seq)).toBe(true);
    for (const line of (await make('ocsf', 'is:log')).text.trimEnd().split('\n')) {
      const event = JSON.parse(line) as Record<string, number>;
      expect([event['class_uid'], event['type_uid']]).toEqual([
        6003,
        600300 + event['activity_id']!,
      ]);
    }
    const otel = (await make('otel', 'type:llm.call')).text.split('\n')[0]!;
    expect(otel).toContain('gen_ai.operation.name');
  });

  it('refuses to overwrite, can be cancelled, and leaves its trace in the log', async () => {
    const { file } = await make('csv');
    await expect(ledger.exportTo({ format: 'csv', file, actor: WHO })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const stop = new AbortController();
    stop.abort();
    const cancelled = join(dir, 'cancelled');
    await expect(
      ledger.exportTo({ format: 'csv', file: cancelled, actor: WHO, signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(existsSync(cancelled)).toBe(false);
    expect(ledger.list({ q: 'type:log.export status:cancelled', limit: 5 }).total).toBe(1);
    expect(ledger.list({ q: 'type:log.export status:ok', limit: 5 }).total).toBeGreaterThan(3);
  });
});

function receiptOf(file: string): { root: string; total: number } {
  const line = readFileSync(`${file}.receipt`, 'utf8').split('\n')[2]!;
  return JSON.parse(line) as { root: string; total: number };
}

function rawOf(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url');
}

/** The same of a file and its receipt. */
async function exportVerdicts(file: string): Promise<BundleReport> {
  const trust = join(dir, 'trust');
  const anchorFile = join(trust, 'anchor.note');
  const report = await verifyExport({ file, vkeyFile: join(trust, 'log.vkey'), anchorFile });
  if (!STRANGER) return report;
  const theirs = strangersVerdict(dir, file, '--export');
  const codes = (list: readonly { code: string }[]) => list.map((f) => f.code);
  expect([theirs.exitCode, codes(theirs.findings)]).toEqual([
    report.exitCode,
    codes(report.findings),
  ]);
  return report;
}

/** Both verifiers of bundles, which share no code, must say the same. */
async function bothVerdicts(file: string): Promise<StrangersVerdict> {
  const trust = join(dir, 'trust');
  const report = await verifyBundle({
    file,
    vkeyFile: join(trust, 'log.vkey'),
    anchorFile: join(trust, 'anchor.note'),
  });
  const mine = report.findings.map(({ code, index }) =>
    index === undefined ? { code } : { code, index },
  );
  if (!STRANGER) return { exitCode: report.exitCode, findings: mine };
  const theirs = strangersVerdict(dir, file);
  expect(theirs.exitCode).toBe(report.exitCode);
  const set = (list: { code: string }[]) => new Set(list.map((f) => f.code));
  expect(set(theirs.findings)).toEqual(set(mine));
  return theirs;
}

/** A field that no verifier looks at, in each kind of line. */
const smuggled = ['akios-evidence', 'rotation', 'event', 'end'].map(
  (kind): [string, (lines: string[]) => string[], string] => [
    `a note smuggled into a line: ${kind}`,
    (l) => l.map((x) => x.replace(`{"kind":"${kind}",`, `{"kind":"${kind}","approved":true,`)),
    'EXPORT_MALFORMED',
  ],
);

function swapProofs(lines: string[]): string[] {
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const [a, b] = parsed.filter((l) => l['kind'] === 'event').slice(4, 6);
  [a!['proof'], b!['proof']] = [b!['proof'], a!['proof']];
  return parsed.map((l) => JSON.stringify(l));
}
