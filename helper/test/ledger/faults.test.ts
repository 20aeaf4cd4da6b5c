import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declareNotRun } from '../../../scripts/not-run.ts';
import { verifyLog } from '../../../shared/node/audit/verify.ts';
import { openLedger } from '../../store/ledger/ledger.ts';
import { systemSources } from '../../store/ledger/log-writer.ts';
import { pathsOf } from './forge.ts';

const CHILD = fileURLToPath(new URL('fault-child.ts', import.meta.url));
const KILLS = Number(process.env['AKIOS_KILLS'] ?? 100);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'akios-fault-'));
  mkdirSync(kept());
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
  rmSync(kept(), { recursive: true, force: true });
});

type Line = Record<string, string | number>;

function lines(text: string): Line[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
}

function verdict(mode: 'quick' | 'strict') {
  const { logDir, trustDir } = pathsOf(dir);
  const anchorFile = join(trustDir, 'anchor.note');
  const report = verifyLog({ logDir, vkeyFile: join(trustDir, 'log.vkey'), anchorFile, mode });
  return [report.exitCode, report.findings];
}

/** Kills the writer at a random moment after its first acknowledgement; returns what it had said. */
async function killedWriter(callers: number): Promise<Line[]> {
  const child: ChildProcessByStdio<null, Readable, null> = spawn(
    process.execPath,
    [CHILD, 'appendForever', dir, String(callers)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  let armed = false;
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (armed) return;
    armed = true;
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 60);
  });
  await new Promise((resolve) => child.once('close', resolve));
  return lines(text);
}

/** Runs the child in a mount namespace of its own, where `dir` can be a small file system. */
function inSmallDisk(steps: string): Line[] {
  const run = spawnSync('unshare', ['-rm', 'sh', '-ec', steps], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
  return lines(run.stdout);
}

/** Registers the test where the machine has what it needs, else declares it not run. */
function itWith(
  tool: string,
  probe: string[],
  name: string,
  body: () => void | Promise<void>,
): void {
  const run = spawnSync(tool, probe, { encoding: 'utf8' });
  if (run.status === 0) it(name, { timeout: 300_000 }, body);
  else declareNotRun(`ledger: ${name}`, `${tool} does not work here`);
}

const MOUNT = ['-rm', 'sh', '-ec', 'mount -t tmpfs -o size=1m tmpfs /mnt'];

const child = (mode: string, amount = 0): string =>
  `'${process.execPath}' '${CHILD}' ${mode} '${dir}' ${amount}`;

/** System call, error, and how the writer names what it then refuses. */
const REFUSALS = [
  ['fsync,fdatasync', 'EIO', 'LEDGER_UNAVAILABLE'],
  ['fsync,fdatasync', 'ENOSPC', 'LEDGER_UNAVAILABLE'],
  ['pwrite64', 'EIO', 'LEDGER_UNAVAILABLE'],
  ['pwrite64', 'EROFS', 'LEDGER_UNAVAILABLE'],
  ['pwrite64', 'EDQUOT', 'LEDGER_UNAVAILABLE'],
  ['pwrite64', 'ENOSPC', 'DISK_FULL'],
] as const;

/** Where a test inside a small disk leaves its files. */
const kept = (): string => join(dir, '..', `${basename(dir)}-kept`);

async function acknowledgedAreThere(out: readonly Line[], at: string): Promise<void> {
  const ledger = await openLedger(pathsOf(at), { sources: systemSources('b') });
  const acked = out.filter((line) => line['ack'] !== undefined);
  expect(acked.length).toBeGreaterThan(5);
  for (const line of acked) {
    expect(ledger.record(Number(line['ack'])).body).toContain(String(line['id']));
  }
  await ledger.close();
}

describe('faults', () => {
  it(
    `loses no acknowledged event in ${KILLS} kills at random moments`,
    { timeout: 600_000 * Math.ceil(KILLS / 100) },
    async () => {
      const acknowledged = new Map<number, string>();
      for (let kill = 0; kill < KILLS; kill++) {
        for (const line of await killedWriter([1, 8, 64][kill % 3]!)) {
          if (typeof line['ack'] === 'number') acknowledged.set(line['ack'], String(line['id']));
        }
        // The log grows: later on every twentieth death is looked at, and all of it in the end.
        if (kill < 100 || kill % 20 === 0) expect(verdict('quick')).toEqual([0, []]);
      }
      expect(verdict('strict')).toEqual([0, []]);
      const ledger = await openLedger(pathsOf(dir), { sources: systemSources('b') });
      for (const [seq, id] of acknowledged) {
        expect(ledger.record(seq).body).toContain(id);
      }
      expect(acknowledged.size).toBeGreaterThan(KILLS);
      await ledger.append({ type: 'run.start', actor: { type: 'user', id: 'u' } });
      await ledger.close();
      expect(verdict('strict')).toEqual([0, []]);
    },
  );

  itWith(
    'unshare',
    MOUNT,
    'a full disk refuses the event, harms nothing, and writing goes on when there is room',
    () => {
      const out = inSmallDisk(`mount -t tmpfs -o size=3m tmpfs '${dir}'; ${child('fillDisk')}`);
      const [full, after, end] = out.filter((line) => line['ack'] === undefined);
      expect(full).toEqual({ full: 'DISK_FULL', again: 'DISK_FULL' });
      expect(after).toEqual({ after: 'ok' });
      expect(end).toEqual({ verdict: 0 });
      expect(out.filter((line) => line['ack'] !== undefined).length).toBeGreaterThan(10);
    },
  );

  itWith(
    'unshare',
    MOUNT,
    'a read-only disk refuses the writer, and the verifier still gives its verdict',
    () => {
      mkdirSync(join(dir, 'log'), { recursive: true });
      const out = inSmallDisk(
        `mount -t tmpfs -o size=8m tmpfs '${dir}'; ${child('appendSome', 3)} >/dev/null; mount -o remount,ro '${dir}'; ${child('openOnly')}`,
      );
      expect(out).toEqual([{ verdict: 0 }, { open: 'LEDGER_UNAVAILABLE' }]);
    },
  );

  itWith(
    'unshare',
    MOUNT,
    'a disk that is full at any page harms nothing: each event is acknowledged and there, or refused',
    async () => {
      const steps = `mount -t tmpfs -o size=6m tmpfs '${dir}'; ${child('fillEdges', 40)}; cp -a '${dir}/log' '${dir}/trust' '${dir}/secret' '${kept()}'`;
      const out = inSmallDisk(steps);
      const edges = out.filter((line) => line['edge'] !== undefined);
      expect(edges).toHaveLength(40);
      for (const line of edges) {
        expect(line).toEqual({ edge: line['edge'], full: 'DISK_FULL', after: 'ok', verdict: 0 });
      }
      expect(out.at(-1)).toEqual({ verdict: 0 });
      await acknowledgedAreThere(out, kept());
    },
  );

  for (const [calls, errno, code] of REFUSALS) {
    itWith(
      'strace',
      ['-qq', '-o', '/dev/null', 'true'],
      `after ${errno} from ${calls} nothing is acknowledged that is not on disk`,
      async () => {
        const start = calls === 'pwrite64' ? 300 : 45;
        const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`];
        args.push('-e', `inject=${calls}:error=${errno}:when=${start}+`);
        const run = spawnSync(
          'strace',
          [...args, process.execPath, CHILD, 'appendSome', dir, '60'],
          {
            encoding: 'utf8',
          },
        );
        const out = lines(run.stdout);
        const tries = out.flatMap((line) => (line['try'] === undefined ? [] : [line['try']]));
        const failed = tries.findIndex((one) => one !== 'ok');
        expect(failed).toBeGreaterThan(0);
        // No event is accepted again before the log was opened anew.
        expect(new Set(tries.slice(failed))).toEqual(new Set([code]));
        await acknowledgedAreThere(out, dir);
        expect(verdict('strict')).toEqual([0, []]);
      },
    );
  }

  itWith(
    'strace',
    ['-qq', '-o', '/dev/null', 'true'],
    'a medium that cannot be read gives no verdict, and no writer',
    async () => {
      const ledger = await openLedger(pathsOf(dir), { sources: systemSources('b') });
      for (let i = 0; i < 600; i++) {
        void ledger.append({ type: 'run.start', actor: { type: 'user', id: 'u' } });
      }
      await ledger.close();
      const args = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=pread64', '-P'];
      args.push(join(dir, 'log/audit.db'), '-e', 'inject=pread64:error=EIO:when=6+');
      const run = spawnSync('strace', [...args, process.execPath, CHILD, 'openOnly', dir, '0'], {
        encoding: 'utf8',
      });
      expect(lines(run.stdout)).toEqual([{ verdict: 2 }, { open: 'LEDGER_UNAVAILABLE' }]);
      expect(verdict('strict')).toEqual([0, []]);
    },
  );

  it('a second helper is refused, and takes over when the first is killed', async () => {
    const first = spawn(process.execPath, [CHILD, 'appendForever', dir, '1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => first.stdout.once('data', resolve));
    await expect(openLedger(pathsOf(dir))).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
    first.kill('SIGKILL');
    await new Promise((resolve) => first.once('close', resolve));
    const ledger = await openLedger(pathsOf(dir), { sources: systemSources('b') });
    await ledger.close();
    expect(verdict('strict')).toEqual([0, []]);
  });
});
