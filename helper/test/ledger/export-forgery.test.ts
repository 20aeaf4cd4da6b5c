import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runVerifyCommand } from '../../../shared/node/audit/command.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import {
  canon,
  type ForgedKey,
  forge,
  leafOf,
  mth,
  nodeOf,
  noteOf,
  otherKey,
  pathsOf,
  signatureLine,
  stolenKey,
} from './forge.ts';
import { strangersAnswer, strangerWorks } from './stranger.ts';

/** Exports forged by somebody with keys, and anchors of every age: two verifiers, one verdict. */
const STRANGER = strangerWorks();
const WHO = { type: 'user', id: 'auditor' } as const;
type Line = Record<string, unknown>;
let dir: string;
let old: ForgedKey;
let current: ForgedKey;
let name: string;
let total: number;
let leaves: Buffer[];
/** Outside checkpoints: of the first key, known at the exports, and of the end. */
let early: string;
let known: string;
let late: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'akios-forged-export-'));
  for (const boot of ['boot-1', 'boot-2']) {
    const ledger = await openLedger(pathsOf(dir), { sources: systemSources(boot) });
    for (let n = 0; n < 12; n++) {
      await ledger.append({ type: 'fs.read', actor: WHO, subject: `file \u2028\u2014 ${n}` });
    }
    if (boot === 'boot-1') {
      early = (await ledger.anchorNow()).note;
      old = stolenKey(forge(dir));
    } else {
      known = (await ledger.anchorNow()).note;
      await ledger.append({ type: 'fs.read', actor: WHO, subject: 'after the anchor' });
      const make = (format: 'bundle' | 'csv', file: string, q = '') =>
        ledger.exportTo({ format, file: join(dir, file), actor: WHO, q });
      total = (await make('bundle', 'whole')).total;
      await make('bundle', 'part', 'type:fs.read');
      await make('csv', 'csv');
      late = (await ledger.anchorNow()).note;
      current = stolenKey(forge(dir));
    }
    await ledger.close();
  }
  name = known.split('\n')[0]!;
  const f = forge(dir);
  leaves = f.db.prepare('SELECT leaf FROM events ORDER BY idx').pluck().all() as Buffer[];
  f.db.close();
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Exit code and codes of both, which must be the same. */
async function verdict(what: string[], anchor: string | null): Promise<[number, string[]]> {
  const trust = join(dir, 'trust');
  writeFileSync(join(dir, 'outside.note'), anchor ?? '');
  const outside = anchor === null ? [] : ['--anchor', join(dir, 'outside.note')];
  const args = [...what, '--vkey', join(trust, 'log.vkey'), ...outside];
  let last = '';
  const keep = (line: string): void => {
    last = line;
  };
  const exit = await runVerifyCommand(args, { out: keep, err: keep });
  const { findings } = JSON.parse(last) as { findings: { code: string }[] };
  const codes = [...new Set(findings.map((f) => f.code))].sort();
  if (STRANGER) {
    const theirs = strangersAnswer(args);
    expect([theirs.exitCode, [...new Set(theirs.findings.map((f) => f.code))].sort()]).toEqual([
      exit,
      codes,
    ]);
  }
  return [exit, codes];
}

const linesOf = (file: string): Line[] =>
  readFileSync(join(dir, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const textOf = (lines: readonly Line[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

function forged(text: string): string[] {
  writeFileSync(join(dir, 'forged'), text);
  return ['--bundle', join(dir, 'forged')];
}

/** RFC 6962 2.1.1, by its definition. */
function path(index: number, list: readonly Uint8Array[]): Uint8Array[] {
  if (list.length === 1) return [];
  let k = 1;
  while (k * 2 < list.length) k *= 2;
  const [left, right] = [list.slice(0, k), list.slice(k)];
  return index < k ? [...path(index, left), mth(right)] : [...path(index - k, right), mth(left)];
}

/** The bundle over rows with these bodies, without the changes of key, signed by one key. */
function resigned(file: string, key: ForgedKey, bodies: Record<number, string> = {}): Line[] {
  const list = leaves.slice(0, total).map((leaf, seq) => {
    const text = bodies[seq];
    return text === undefined ? leaf : leafOf(text);
  });
  const root = mth(list);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return linesOf(file).flatMap((line) => {
    if (line['kind'] === 'rotation') return [];
    if (line['kind'] === 'akios-evidence') {
      const head = { root: hex(root), note: noteOf(key, name, total, root) };
      return [{ ...line, ...head, total, anchor: null, consistency: [] }];
    }
    if (line['kind'] !== 'event') return [line];
    const seq = line['seq'] as number;
    const proof = path(seq, list).map(hex);
    return [{ ...line, leaf: hex(list[seq]!), body: bodies[seq] ?? line['body'], proof }];
  });
}

describe('anchors of every age', { timeout: 120_000 }, () => {
  it('an export is tied to them by itself, by its proof, or by the log of now', async () => {
    const log = ['--log', join(dir, 'log')];
    const of = (flag: string, file: string): string[] => [`--${flag}`, join(dir, file)];
    const same = noteOf(current, name, total, mth(leaves.slice(0, total)));
    const cases: [string[], string | null, number, string[]][] = [
      [of('bundle', 'whole'), null, 3, []],
      [of('bundle', 'whole'), early, 0, []],
      [of('bundle', 'whole'), known, 0, []],
      [of('bundle', 'whole'), same, 0, []],
      [of('bundle', 'whole'), late, 1, ['ROLLBACK']],
      [[...of('bundle', 'whole'), ...log], late, 0, []],
      [of('bundle', 'part'), early, 3, []],
      [[...of('bundle', 'part'), ...log], early, 0, []],
      [of('bundle', 'part'), known, 0, []],
      [[...of('bundle', 'part'), ...log], late, 0, []],
      [of('export', 'csv'), early, 3, []],
      [[...of('export', 'csv'), ...log], early, 0, []],
      [of('export', 'csv'), known, 0, []],
      [of('export', 'csv'), late, 3, []],
      [[...of('export', 'csv'), ...log], late, 0, []],
      [[...of('export', 'csv'), '--log', join(dir, 'nowhere')], late, 3, []],
      [[...of('export', 'csv'), '--log', join(dir, 'trust')], late, 2, ['INPUT_UNREADABLE']],
    ];
    for (const [what, anchor, exit, codes] of cases) {
      expect([what, await verdict(what, anchor)]).toEqual([what, [exit, codes]]);
    }
  });

  it('one that no key of the log signed accuses nobody', async () => {
    const size = Number(known.split('\n')[1]);
    const text = `${name}\n${size}\n${Buffer.from(mth([])).toString('base64')}\n`;
    const bad = signatureLine(current, name, `${text}x`);
    const anchors = [
      noteOf(otherKey(), name, size, mth([])),
      // A genuine line of the first key beside a false one of a later key.
      `${text}\n${signatureLine(old, name, text)}${bad}`,
    ];
    for (const anchor of anchors) {
      for (const what of [
        ['--bundle', join(dir, 'whole')],
        ['--export', join(dir, 'csv')],
      ]) {
        expect(await verdict(what, anchor)).toEqual([2, ['INPUT_UNREADABLE']]);
      }
    }
  });
});

describe('forged bundles', { timeout: 120_000 }, () => {
  it('with what no field of the format holds, or what is said nowhere else', async () => {
    const lines = linesOf('whole');
    const text = textOf(lines);
    const [head, script] = [lines[0]!, lines.at(-2)!];
    const at = lines.findIndex((line) => line['kind'] === 'event' && line['seq'] === 5);
    const put = (i: number, change: Line): string =>
      textOf(lines.map((line, n) => (n === i ? { ...line, ...change } : line)));
    const without = (field: string): string => {
      const { [field]: _, ...rest } = head;
      return textOf([rest, ...lines.slice(1)]);
    };
    const proof = head['consistency'] as string[];
    const cases: [string, string, string][] = [
      ['a body left out as if it were pruned', put(at, { body: null }), 'UNAUTHORISED_PRUNE'],
      ['no time', put(0, { at: 1e-7 }), 'EXPORT_MALFORMED'],
      [
        'a number no two readers print alike',
        text.replace(/"at":"[^"]*"/, '"at":1.0'),
        'EXPORT_MALFORMED',
      ],
      ['keys that are none', put(0, { keys: [['\ud800']] }), 'EXPORT_MALFORMED'],
      ['no keys', without('keys'), 'EXPORT_MALFORMED'],
      ['a script of another name', put(lines.length - 2, { name: 'README' }), 'EXPORT_MALFORMED'],
      ['two scripts', textOf([...lines.slice(0, -1), script, lines.at(-1)!]), 'EXPORT_MALFORMED'],
      ['a blank line', `${text}\n`, 'EXPORT_MALFORMED'],
      ['no last line end', text.slice(0, -1), 'EXPORT_MALFORMED'],
      ['a proof without its anchor', put(0, { anchor: null }), 'EXPORT_MALFORMED'],
      ['a shortened proof', put(0, { consistency: proof.slice(1) }), 'FORK'],
      ['an anchor of another size', put(0, { anchor: early }), 'FORK'],
      [
        'a note beyond its size',
        put(0, { note: `${head['note']}${signatureLine(old, 'é'.repeat(9000), 'x').repeat(4)}` }),
        'EXPORT_MALFORMED',
      ],
    ];
    for (const [what, content, code] of cases) {
      expect([what, await verdict(forged(content), null)]).toEqual([what, [1, [code]]]);
    }
  });

  it('signed by an old key that leaves the change of key out', async () => {
    const whole = forged(textOf(resigned('whole', old)));
    expect(await verdict(whole, null)).toEqual([1, ['ROTATION_INVALID']]);
    const part = textOf(resigned('part', old));
    const [exit, codes] = await verdict(forged(part), known);
    expect([exit, codes.includes('SIG_UNTRUSTED_KEY')]).toEqual([1, true]);
  });

  it('signed by the stolen current key: a record no writer makes, and another history', async () => {
    const body = linesOf('whole').find((line) => line['seq'] === 20)!['body'] as string;
    const withRotations = (bodies: Record<number, string>): string => {
      const rotation = linesOf('whole').filter((line) => line['kind'] === 'rotation');
      const [head, ...rest] = resigned('whole', current, bodies);
      return textOf([head!, ...rotation, ...rest]);
    };
    for (const odd of [
      body.replace('{', '{ '),
      body.replace('{', '{"actor":1,'),
      body.replace('{', `{"0":1${'0'.repeat(5000)},`),
      body.replace('{', `{"0":${'['.repeat(40_000)}${']'.repeat(40_000)},`),
      'hello',
    ]) {
      const [exit, codes] = await verdict(forged(withRotations({ 20: odd })), null);
      expect([odd.slice(0, 20), exit, codes.includes('NOT_CANONICAL')]).toEqual([
        odd.slice(0, 20),
        1,
        true,
      ]);
    }
    const other = canon({ ...(JSON.parse(body) as Line), subject: 'another' });
    expect((await verdict(forged(withRotations({ 20: other })), known))[1]).toContain('FORK');
  });
});

describe('forged receipts of exports', { timeout: 120_000 }, () => {
  const stated = (): Line =>
    JSON.parse(readFileSync(join(dir, 'csv.receipt'), 'utf8').split('\n')[2]!) as Line;

  async function receipt(key: ForgedKey, json: string, anchor: string | null) {
    const text = `akios receipt v1\n${name}\n${json}\n`;
    writeFileSync(join(dir, 'forged.receipt'), `${text}\n${signatureLine(key, name, text)}`);
    const what = ['--export', join(dir, 'csv'), '--receipt', join(dir, 'forged.receipt')];
    return verdict(what, anchor);
  }

  it('are told by the signature when they are canonical, and by their form when not', async () => {
    const genuine = readFileSync(join(dir, 'csv.receipt'), 'utf8');
    const changed = genuine.replace(/"rows":\d+/, '"rows":1');
    writeFileSync(join(dir, 'forged.receipt'), changed);
    const what = ['--export', join(dir, 'csv'), '--receipt', join(dir, 'forged.receipt')];
    expect(await verdict(what, null)).toEqual([1, ['SIG_INVALID']]);
    writeFileSync(join(dir, 'forged.receipt'), changed.replaceAll(/\u2014(?=.*\\n")/g, '\\u2014'));
    expect(await verdict(what, null)).toEqual([1, ['EXPORT_MALFORMED']]);
  });

  it('by a stolen key: of a key given up, of another tree, or in words of another form', async () => {
    const json = canon(stated());
    expect(await receipt(current, json, known)).toEqual([0, []]);
    expect(await receipt(old, json, known)).toEqual([1, ['SIG_UNTRUSTED_KEY']]);
    const size = stated()['total'] as number;
    const backdated = { note: noteOf(old, name, size, mth(leaves.slice(0, size))) };
    const proof = stated()['consistency'] as string[];
    const cases: [Line, string][] = [
      [backdated, 'SIG_UNTRUSTED_KEY'],
      [{ note: known }, 'ROOT_MISMATCH'],
      [{ total: size - 1 }, 'ROOT_MISMATCH'],
      [{ consistency: proof.slice(1) }, 'FORK'],
      [{ consistency: [''] }, 'EXPORT_MALFORMED'],
      [{ anchor: 5 }, 'EXPORT_MALFORMED'],
      [{ note: null }, 'EXPORT_MALFORMED'],
      [{ zz: '\u2014'.repeat(23_000) }, 'EXPORT_MALFORMED'],
    ];
    for (const [change, code] of cases) {
      const [exit, codes] = await receipt(current, canon({ ...stated(), ...change }), known);
      expect([change, exit, codes.includes(code)]).toEqual([change, 1, true]);
    }
    for (const number of [`1${'0'.repeat(400)}`, '1e400', `1${'0'.repeat(5000)}`, '1.0', '-0']) {
      const odd = json.replace('{', `{"a":${number},`);
      expect(await receipt(current, odd, known)).toEqual([1, ['EXPORT_MALFORMED']]);
    }
  });
});

it('the helper of this file makes proofs as they are defined', () => {
  const list = [1, 2, 3].map((n) => leafOf(String(n)));
  expect(path(2, list)).toEqual([nodeOf(list[0]!, list[1]!)]);
});
