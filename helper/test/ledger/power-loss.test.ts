import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import { type Call, Disk, type Luck, parseTrace, TRACED } from './disk-replay.ts';
import { pathsOf } from './forge.ts';

/**
 * A killed process leaves its writes with the kernel; a power failure does not. The system calls of
 * a real writer are recorded and the disk is rebuilt as it may be found after each of them.
 */
const CHILD = fileURLToPath(new URL('fault-child.ts', import.meta.url));
const EVENTS = 48;
const STATES = Number(process.env['AKIOS_POWER_STATES'] ?? 150);

let root: string;
let calls: Call[] = [];
const traced = spawnSync('strace', ['-qq', '-y', '-xx', '-o', '/dev/null', 'true']).status === 0;

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'akios-power-')));
  if (!traced) return;
  const dir = join(root, 'live');
  const log = join(root, 'trace');
  const args = ['-f', '-qq', '-y', '-xx', '-s', '70000', '-e', TRACED, '-o', log];
  const run = spawnSync(
    'strace',
    [...args, process.execPath, CHILD, 'appendSmallWal', dir, String(EVENTS)],
    {
      encoding: 'utf8',
    },
  );
  expect(run.status).toBe(0);
  calls = parseTrace(readFileSync(log, 'latin1'), dir);
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Acknowledged {
  ack: number;
  id: string;
}

function acknowledged(text: string): Acknowledged[] {
  return text
    .split('\n')
    .filter((line) => line.includes('"ack"'))
    .map((line) => JSON.parse(line) as Acknowledged);
}

/** Repeatable chance: the same states in every run, so that a failure can be looked at again. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function check(dir: string, acks: readonly Acknowledged[], what: string): Promise<void> {
  const paths = pathsOf(dir);
  for (const folder of Object.values(paths)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ledger = await openLedger(paths, { sources: systemSources('b'), rotateKeys: false });
  try {
    for (const { ack, id } of acks) {
      expect([what, ack, ledger.record(ack).body?.includes(id)]).toEqual([what, ack, true]);
    }
    await ledger.append({ type: 'run.start', actor: { type: 'user', id: 'u' } });
  } finally {
    await ledger.close();
  }
  const report = verifyLog({
    logDir: paths.logDir,
    vkeyFile: join(paths.trustDir, 'log.vkey'),
    anchorFile: join(paths.trustDir, 'anchor.note'),
  });
  expect([what, report.exitCode, report.findings]).toEqual([what, 0, []]);
}

/** Positions in the trace after which the power fails: the small files at the start all of them. */
function moments(random: () => number): number[] {
  const changing = calls.flatMap((call, i) => (call.kind === 'said' ? [] : [i]));
  const early = changing.slice(0, 60);
  const later = changing.slice(60);
  const some = Array.from({ length: STATES }, () => later[Math.floor(random() * later.length)]!);
  return [...new Set([...early, ...some])].sort((a, b) => a - b);
}

const LUCKS: [string, (random: () => number) => Luck][] = [
  ['nothing unflushed kept', () => () => 'none'],
  ['everything kept', () => () => 'all'],
  ['any part kept', (random) => () => (random() < 0.4 ? 'none' : random() < 0.6 ? 'all' : 'torn')],
];

describe('a power failure', { timeout: 300_000 }, () => {
  if (!traced) {
    declareNotRun('ledger: power failure', 'strace does not work here');
    return;
  }

  it('the record holds flushes, checkpoints of the database and every acknowledgement', () => {
    const said = calls.flatMap((call) => (call.kind === 'said' ? acknowledged(call.text) : []));
    expect(said).toHaveLength(EVENTS);
    const synced = calls.filter((call) => call.kind === 'sync').map((call) => call.file);
    expect(synced.filter((file) => file.endsWith('audit.db-wal')).length).toBeGreaterThan(EVENTS);
    // The write-ahead file was moved into the database several times and begun anew.
    expect(synced.filter((file) => file.endsWith('audit.db')).length).toBeGreaterThan(3);
  });

  it('at any moment leaves every acknowledged event, and never the look of tampering', async () => {
    const random = chance(20_260_101);
    const disk = new Disk(join(root, 'live'));
    const acks: Acknowledged[] = [];
    let done = 0;
    let states = 0;
    for (const moment of moments(random)) {
      for (; done <= moment; done++) {
        const call = calls[done]!;
        disk.apply(call);
        if (call.kind === 'said') acks.push(...acknowledged(call.text));
      }
      const [name, make] = LUCKS[states % LUCKS.length]!;
      const names = random() < 0.5;
      const to = join(root, 'found');
      rmSync(to, { recursive: true, force: true });
      disk.crash(to, make(random), names);
      await check(to, acks, `call ${moment} of ${calls.length}, ${name}, names ${names}`);
      states += 1;
    }
    expect(acks.length).toBeGreaterThan(EVENTS / 2);
    expect(states).toBeGreaterThan(STATES / 2);
    expect(existsSync(join(root, 'found/log/audit.db'))).toBe(true);
  });

  it('would show a writer that acknowledges before its flush', async () => {
    // The same record without the flushes of the write-ahead file must lose something.
    const disk = new Disk(join(root, 'live'));
    const acks: Acknowledged[] = [];
    let sinceMoved = 0;
    for (const call of calls) {
      if (call.kind === 'sync' && call.file.endsWith('-wal')) continue;
      disk.apply(call);
      // What was moved into the database is flushed there.
      if (call.kind === 'sync' && call.file.endsWith('audit.db')) sinceMoved = 0;
      if (call.kind !== 'said') continue;
      acks.push(...acknowledged(call.text));
      sinceMoved += 1;
      if (acks.length > 10 && sinceMoved > 2) break;
    }
    expect(sinceMoved).toBeGreaterThan(2);
    const to = join(root, 'lying');
    disk.crash(to, () => 'none', true);
    expect(acks.length).toBeGreaterThan(5);
    await expect(check(to, acks, 'no flush')).rejects.toThrow();
  });
});
