import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { CagedProcess, CageExit, CageSpec } from '../../port.ts';
import { PERL } from '../launch/launch.ts';
import { callNumber } from '../launch/plan.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Architecture } from '../seccomp/assemble.ts';
import { TRIAL_SCRIPT } from './trial-script.ts';

export type Spawn = (spec: CageSpec) => Promise<CagedProcess>;

export interface TrialResult {
  exit: CageExit;
  /** What the program inside found, by name. */
  found: ReadonlyMap<string, string>;
  stderr: string;
  ms: number;
}

export const TRIAL_LIMITS = { ...DEFAULT_LIMITS, wallMs: 10_000, pids: 16, tmpBytes: 1_048_576 };

export interface Finished {
  exit: CageExit;
  stdout: string;
  stderr: string;
}

/** Runs a spec to its end and gives what it wrote. */
export async function runToEnd(spawn: Spawn, spec: CageSpec): Promise<Finished> {
  const run = await spawn(spec);
  const text = async (stream: AsyncIterable<unknown>): Promise<string> => {
    let all = '';
    for await (const chunk of stream) all += String(chunk);
    return all;
  };
  const [exit, stdout, stderr] = await Promise.all([
    run.exited,
    text(run.stdout),
    text(run.stderr),
  ]);
  return { exit, stdout, stderr };
}

/** A private folder with a work folder and a secret beside it; removed afterwards. */
export async function inScratch<T>(
  stateDir: string,
  use: (scratch: { work: string; secret: string }) => Promise<T>,
): Promise<T> {
  const parent = join(stateDir, 'cage');
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(parent, 'trial-'));
  try {
    const work = join(folder, 'work');
    const secret = join(folder, 'secret');
    mkdirSync(work, { mode: 0o700 });
    writeFileSync(secret, 'canary', { mode: 0o600 });
    return await use({ work, secret });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function listening(server: Server, at: { port: number } | { path: string }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen('path' in at ? at : { port: at.port, host: '127.0.0.1' }, resolve);
  });
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => server.close(() => resolve()));

/** The trial cage with every canary, built like a run's own. */
export async function trial(
  spawn: Spawn,
  stateDir: string,
  architecture: Architecture,
): Promise<TrialResult> {
  const server = createServer((socket) => socket.destroy());
  await listening(server, { port: 0 });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const began = performance.now();
  try {
    return await inScratch(stateDir, async ({ work, secret }) => {
      const call = (name: string): string => String(callNumber(architecture, name));
      const { exit, stdout, stderr } = await runToEnd(spawn, {
        id: 'probe',
        argv: [
          ...([PERL, '-f', '-e', TRIAL_SCRIPT, '--', secret, String(port)] as const),
          ...[call('io_uring_setup'), call('unshare'), String(TRIAL_LIMITS.tmpBytes * 2)],
        ],
        workDir: work,
        limits: TRIAL_LIMITS,
        stdin: 'none',
        seccomp: 'kill',
      });
      const found = new Map(
        stdout.split('\n').map((line): [string, string] => {
          const at = line.indexOf(' ');
          return [line.slice(0, at), line.slice(at + 1)];
        }),
      );
      return { exit, found, stderr, ms: performance.now() - began };
    });
  } finally {
    await closed(server);
  }
}

const BRIDGE_SCRIPT = String.raw`socket(my $s, 2, 1, 0) or die; connect($s, pack('Sna4x8', 2, 3128, "\x7f\0\0\1")) or die "connect: $!"; syswrite $s, "ping\n"; print scalar <$s>;`;

/** Sends a word through the bridge to a socket of the helper and back. */
export async function bridgeAnswers(spawn: Spawn, stateDir: string): Promise<string> {
  return inScratch(stateDir, async ({ work, secret }) => {
    const path = `${secret}.sock`;
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (bytes) => socket.end(`${bytes.toString().trim()}-pong\n`));
    });
    await listening(server, { path });
    try {
      const { stdout, stderr } = await runToEnd(spawn, {
        id: 'probe',
        argv: [PERL, '-f', '-e', BRIDGE_SCRIPT],
        workDir: work,
        egressSocket: path,
        limits: TRIAL_LIMITS,
        stdin: 'none',
        seccomp: 'kill',
      });
      return (stdout || stderr).trim();
    } finally {
      await closed(server);
    }
  });
}
