/**
 * Endurance: programs run through the real helper one after another, some of them ended by kill -9 in
 * the middle (their own process, the cage's first process, its guardian, or the whole helper), and
 * then nothing may be left: no process, no mount, no control group, no temporary file.
 *   bin/node bench/cage.ts --soak [--runs 1000] [--kills 200]
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttachExit, FRAME, FrameDecoder, UPGRADE_TOKEN } from '../shared/contract/attach.ts';
import { ensureHelper, type HelperPlace, stopHelper } from '../shared/node/helper-start.ts';
import { BUILD_HEADER, readBody, unixRequest } from '../shared/node/unix-http.ts';

/** At once: enough that a killed helper takes several programs with it. */
const TOGETHER = 4;
const HELPER_KILLS = 20;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Children of a process, all generations. */
function treeOf(pid: number): number[] {
  const found = [pid];
  for (const one of found) found.push(...childrenOf(one));
  return found.slice(1);
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** Pid with its start, so that a number that is used again is not taken for the same. */
function identity(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    // It is gone, which is all that is asked.
    return null;
  }
}

class Soak {
  readonly #root = mkdtempSync(join(tmpdir(), 'akios-soak-'));
  readonly #state = join(this.#root, 'state');
  readonly #scratch = join(this.#root, 'tmp');
  readonly #mark = `86399.${randomBytes(3).readUIntBE(0, 3)}`;
  readonly #place: HelperPlace = {
    socket: join(this.#state, 'run', 'helper.sock'),
    build: 'source',
    command: [process.execPath, join(import.meta.dirname, '..', 'helper', 'daemon.ts')],
  };
  /** Every process seen below a helper. */
  readonly #seen = new Set<string>();
  readonly #helpers = new Set<number>();
  readonly #mountsBefore = mounts(this.#root);
  readonly reasons = new Set<string>();
  #refusal = 'the connection broke';
  readonly counts = { done: 0, killed: 0, helpers: 0, wrong: 0 };

  constructor() {
    process.env['AKIOS_STATE_DIR'] = this.#state;
    process.env['TMPDIR'] = this.#scratch;
    mkdirSync(this.#scratch);
    mkdirSync(join(this.#root, 'work'));
  }

  async start(): Promise<number> {
    await ensureHelper(this.#place);
    const response = await unixRequest(this.#place, { method: 'GET', url: '/api/v1/health' });
    const { pid } = JSON.parse(await readBody(response)) as { pid: number };
    this.#helpers.add(pid);
    return pid;
  }

  /** A program to its end; null when the connection broke. */
  #run(argv: string[], up: () => void): Promise<AttachExit | null> {
    return new Promise((resolve) => {
      const body = JSON.stringify({ argv, work: join(this.#root, 'work') });
      const outgoing = request({
        socketPath: this.#place.socket,
        method: 'POST',
        path: '/api/v1/agents/run',
        agent: false,
        headers: {
          ...{ host: 'helper', connection: 'Upgrade', upgrade: UPGRADE_TOKEN },
          ...{ [BUILD_HEADER]: 'source', 'content-type': 'application/json' },
          'content-length': String(Buffer.byteLength(body)),
        },
      });
      outgoing.on('error', () => resolve(null));
      outgoing.on('response', (answer) => {
        readBody(answer).then(
          (text) => {
            this.#refusal = text.slice(0, 300);
            resolve(null);
          },
          () => resolve(null),
        );
      });
      outgoing.on('upgrade', (_answer, socket: Socket, head: Buffer) => {
        const decoder = new FrameDecoder();
        const take = (chunk: Buffer): void => {
          for (const { type, payload } of decoder.push(chunk)) {
            if (type === FRAME.stdout) up();
            if (type === FRAME.exit) resolve(JSON.parse(Buffer.from(payload).toString()));
          }
        };
        if (head.length > 0) take(head);
        socket.on('data', take);
        socket.on('error', () => resolve(null));
        socket.on('close', () => resolve(null));
      });
      outgoing.end(body);
    });
  }

  async plain(): Promise<void> {
    const exit = await this.#run(['sh', '-c', 'echo x > f; echo up'], () => undefined);
    if (exit?.end === 'exit' && exit.status === 0) this.counts.done += 1;
    else {
      this.counts.wrong += 1;
      this.reasons.add(exit?.detail ?? this.#refusal);
    }
  }

  /** A program with a tree that would live for a day, ended in the middle by signal 9. */
  async killed(helper: number, which: number): Promise<void> {
    const daemon = `(setsid sleep ${this.#mark} &) ; sleep ${this.#mark} & echo up; wait`;
    let told = false;
    const over = this.#run(['sh', '-c', daemon], () => {
      if (told) return;
      told = true;
      const own = childrenOf(helper).at(-1);
      if (own === undefined) return;
      const tree = [own, ...treeOf(own)];
      for (const pid of tree) this.#note(pid);
      const victim = tree[Math.min(which % 4, tree.length - 1)];
      if (victim !== undefined) kill(victim);
    });
    // One victim may be the innermost process, whose death alone ends nothing: its group follows.
    const exit = await Promise.race([over, sleep(3_000).then(() => 'still' as const)]);
    if (exit === 'still') {
      for (const pid of treeOf(helper)) if (this.#isMarked(pid)) kill(pid);
      await over;
    }
    this.counts.killed += 1;
  }

  /** The helper itself, while programs run in it. */
  async killHelper(helper: number): Promise<number> {
    let up = 0;
    const runs = Array.from({ length: TOGETHER }, () =>
      this.#run(['sh', '-c', `sleep ${this.#mark} & echo up; wait`], () => {
        up += 1;
      }),
    );
    for (let waited = 0; up < TOGETHER && waited < 1_000; waited += 1) await sleep(20);
    for (const pid of treeOf(helper)) this.#note(pid);
    kill(helper);
    await Promise.all(runs);
    this.counts.killed += TOGETHER;
    this.counts.helpers += 1;
    return this.start();
  }

  #note(pid: number): void {
    const known = identity(pid);
    if (known !== null) this.#seen.add(known);
  }

  #isMarked(pid: number): boolean {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(this.#mark);
    } catch {
      return false;
    }
  }

  /** What is left when everything should be gone; waits a moment, for the kernel takes one too. */
  async left(): Promise<string[]> {
    await stopHelper(this.#place);
    let left: string[] = [];
    for (let waited = 0; waited < 50; waited += 1) {
      left = this.#look();
      if (left.length === 0) return left;
      await sleep(100);
    }
    return left;
  }

  #look(): string[] {
    const pids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
    const groups = [...this.#helpers].flatMap((pid) => groupsOf(pid));
    const trials = list(join(this.#state, 'cage')).filter((name) => name.startsWith('trial-'));
    return [
      ...pids.filter((pid) => this.#isMarked(pid)).map((pid) => `process ${pid} of a program`),
      ...pids.flatMap((pid) => {
        const known = identity(pid);
        return known !== null && this.#seen.has(known) ? [`process ${known} of a cage`] : [];
      }),
      ...mounts(this.#root).filter((line) => !this.#mountsBefore.includes(line)),
      ...groups.map((name) => `control group ${name}`),
      ...list(this.#scratch).map((name) => `temporary file ${name}`),
      ...trials.map((name) => `trial folder ${name}`),
      ...list(join(this.#state, 'run')).filter((name) => /sock$|egress/.test(name)),
      ...list('/run/akios-cages/uids').filter((name) => this.#ownsBlock(name)),
    ];
  }

  #ownsBlock(name: string): boolean {
    const text = readFileSync(join('/run/akios-cages/uids', name), 'utf8');
    return this.#helpers.has(Number(text.split(' ')[0]));
  }

  dispose(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

const mounts = (root: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(root));

function groupsOf(helper: number): string[] {
  return readdirSync('/sys/fs/cgroup', { recursive: true })
    .map(String)
    .filter((name) => name.includes(`akios-cages-${helper}-`));
}

/** @returns exit status: 0 when every program ended as it should and nothing is left */
export async function soak(runs: number, kills: number): Promise<number> {
  const work = new Soak();
  const began = performance.now();
  try {
    let helper = await work.start();
    const helperKills = Math.min(HELPER_KILLS, Math.floor(kills / (2 * TOGETHER)));
    const single = kills - helperKills * TOGETHER;
    const plain = runs - kills;
    const rounds = Math.max(helperKills, 1);
    for (let round = 0; round < rounds; round += 1) {
      const share = (all: number): number =>
        Math.floor((all * (round + 1)) / rounds) - Math.floor((all * round) / rounds);
      for (let left = share(plain); left > 0; left -= TOGETHER) {
        await Promise.all(Array.from({ length: Math.min(TOGETHER, left) }, () => work.plain()));
      }
      for (let i = 0; i < share(single); i += 1) await work.killed(helper, i);
      if (round < helperKills) helper = await work.killHelper(helper);
    }
    const left = await work.left();
    const { done, killed, helpers, wrong } = work.counts;
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    process.stdout.write(
      `soak: ${done} programs ended by themselves, ${killed} by kill -9 (${helpers} helpers with them), ${wrong} wrong, in ${seconds} s\n`,
    );
    for (const reason of work.reasons) process.stdout.write(`  wrong: ${reason}\n`);
    for (const one of left.slice(0, 50)) process.stdout.write(`  left: ${one}\n`);
    process.stdout.write(left.length === 0 ? 'nothing is left\n' : `${left.length} left\n`);
    return wrong === 0 && left.length === 0 && done + killed === runs ? 0 : 1;
  } finally {
    work.dispose();
  }
}
