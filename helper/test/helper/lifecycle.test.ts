import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../../shared/client/client.ts';
import { contract } from '../../../shared/contract/table.ts';
import { AkiosError } from '../../../shared/domain/errors.ts';
import { processOf } from '../../../shared/node/helper-process.ts';
import {
  ensureHelper,
  type HelperPlace,
  stopHelper,
  withHelper,
} from '../../../shared/node/helper-start.ts';
import { readBody, unixRequest } from '../../../shared/node/unix-http.ts';
import { unixTransport } from '../../../shared/node/unix-transport.ts';
import { takeHelperLock } from '../../helper-lock.ts';
import { ownMark, untilGone, untilSeen } from '../agent-run/support.ts';

/** Agrees to stop, closes its socket, and goes on. */
const STAYS = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  response.setHeader('connection', 'close');
  response.end(JSON.stringify({ pid: process.pid }));
  if (request.url.endsWith('/shutdown')) server.close();
}).listen(process.argv[2], () => console.log('ready'));
setInterval(() => undefined, 1000);
`;

const DAEMON = join(import.meta.dirname, '..', '..', 'daemon.ts');
const STATE = process.env['AKIOS_STATE_DIR'];

let state: string;
let place: HelperPlace;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'akios-life-'));
  process.env['AKIOS_STATE_DIR'] = state;
  place = {
    socket: join(state, 'run', 'helper.sock'),
    build: 'source',
    command: [process.execPath, DAEMON],
  };
});

afterEach(async () => {
  await stopHelper(place).catch(() => undefined);
  if (STATE === undefined) delete process.env['AKIOS_STATE_DIR'];
  else process.env['AKIOS_STATE_DIR'] = STATE;
  rmSync(state, { recursive: true, force: true });
});

async function health(build = 'source') {
  const answer = await createClient(unixTransport({ ...place, build })).call('health', {});
  if (!answer.ok) throw AkiosError.fromValue(answer.error);
  return answer.value;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (alive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the helper', () => {
  it('starts on demand, on a private socket, and ends when asked', async () => {
    await ensureHelper(place);
    expect(statSync(place.socket).mode & 0o777).toBe(0o600);
    expect(statSync(join(state, 'run')).mode & 0o777).toBe(0o700);
    const { pid, status } = await health();
    expect(status).toBe('ok');
    expect(await stopHelper(place)).toBe(true);
    await gone(pid);
    expect(await stopHelper(place)).toBe(false);
  });

  it('has let go of everything when stop returns, and can be started at once', async () => {
    for (let n = 0; n < 4; n++) {
      await ensureHelper(place);
      const { pid } = await health();
      const helper = processOf(pid);
      expect(helper?.isAlive()).toBe(true);
      expect(await stopHelper(place)).toBe(true);
      expect(helper?.isAlive()).toBe(false);
      const lock = takeHelperLock(`${place.socket}.lock`);
      expect(lock).not.toBeNull();
      lock?.release();
    }
  });

  it('that cannot start is told with its own reason, never with that of an earlier start', async () => {
    const log = join(state, 'helper.log');
    mkdirSync(state, { recursive: true });
    const line = { level: 'fatal', message: 'an older reason' };
    writeFileSync(log, `${JSON.stringify(line)}\n`);
    const silent: [string, ...string[]] = [process.execPath, '-e', 'process.exit(3)'];
    await expect(ensureHelper({ ...place, command: silent })).rejects.toMatchObject({
      code: 'HELPER_UNREACHABLE',
      message: 'The helper did not start: it ended with status 3.',
    });
    const says = `console.log(JSON.stringify({ level: 'fatal', message: 'today' })); process.exit(1)`;
    const loud: [string, ...string[]] = [process.execPath, '-e', says];
    await expect(ensureHelper({ ...place, command: loud })).rejects.toMatchObject({
      message: 'The helper did not start: today',
    });
  });

  it('whose lock cannot be taken says why', () => {
    writeFileSync(join(state, 'file'), '');
    expect(() => takeHelperLock(join(state, 'file', 'x.lock'))).toThrow('it cannot be written');
    mkdirSync(join(state, 'folder.lock'));
    expect(() => takeHelperLock(join(state, 'folder.lock'))).toThrow(
      'cannot be locked: it cannot be written',
    );
  });

  it('that no longer answers but does not end is said with its process', async () => {
    mkdirSync(join(state, 'run'), { recursive: true });
    const script = join(state, 'daemon-that-stays.mjs');
    writeFileSync(script, STAYS);
    const child = spawn(process.execPath, [script, place.socket], { stdio: ['ignore', 'pipe', 2] });
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    await expect(stopHelper(place, 500)).rejects.toMatchObject({
      code: 'HELPER_UNREACHABLE',
      message: expect.stringContaining(`its process ${child.pid} has not ended`),
    });
    child.kill('SIGKILL');
    expect(await ended(child)).toBeNull();
  });

  it('starts also while an older one is still ending', async () => {
    await ensureHelper(place);
    const held = await health();
    const stopping = stopHelper(place);
    await ensureHelper(place);
    await stopping;
    await ensureHelper(place);
    expect((await health()).pid).not.toBe(held.pid);
  });

  it('is one, however many ask at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => ensureHelper(place)));
    const { pid } = await health();
    const second = spawn(process.execPath, [DAEMON], { stdio: 'ignore', env: process.env });
    expect(await ended(second)).toBe(0);
    expect((await health()).pid).toBe(pid);
  });

  it('comes back after kill -9 although its socket file is still there', async () => {
    await ensureHelper(place);
    const { pid } = await health();
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    expect(existsSync(place.socket)).toBe(true);
    await ensureHelper(place);
    expect((await health()).pid).not.toBe(pid);
  });

  it('replaces a stale socket and refuses a file in its place', async () => {
    mkdirSync(join(state, 'run'), { recursive: true });
    const stale = createServer();
    await new Promise<void>((resolve) => stale.listen(place.socket, resolve));
    const child = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(`${place.socket}.2`)},()=>process.kill(process.pid,9))`,
    ]);
    await ended(child);
    await new Promise<void>((resolve) => stale.close(() => resolve()));
    expect(existsSync(`${place.socket}.2`)).toBe(true);
    const beside = { ...place, socket: `${place.socket}.2` };
    process.env['AKIOS_SOCKET'] = beside.socket;
    try {
      await ensureHelper(beside);
      await stopHelper(beside);
      rmSync(beside.socket, { force: true });
      writeFileSync(beside.socket, 'a file');
      await expect(ensureHelper(beside)).rejects.toMatchObject({ code: 'HELPER_UNREACHABLE' });
    } finally {
      delete process.env['AKIOS_SOCKET'];
    }
  });

  it('ends itself, and what runs in it, when its state folder is removed', async () => {
    await ensureHelper(place);
    const { pid } = await health();
    const work = mkdtempSync(join(tmpdir(), 'akios-life-work-'));
    const main = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
    const mark = ownMark();
    const args = ['agent', 'run', '--work', work, '--', 'sh', '-c', `echo up; sleep ${mark}`];
    const program = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, AKIOS_STATE_DIR: state },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => program.stdout?.once('data', resolve));
    await untilSeen(mark);
    // It may be writing there at this moment.
    rmSync(state, { recursive: true, force: true, maxRetries: 20 });
    expect(await ended(program)).not.toBe(0);
    await gone(pid);
    await untilGone(mark);
    // It did not make the folder anew either.
    expect(existsSync(state)).toBe(false);
    rmSync(work, { recursive: true, force: true });
  });

  it('ends itself when its socket is removed or replaced, and leaves the other one alone', async () => {
    for (const replace of [false, true]) {
      await ensureHelper(place);
      const { pid } = await health();
      rmSync(place.socket);
      const other = createServer();
      if (replace) await new Promise<void>((resolve) => other.listen(place.socket, resolve));
      await gone(pid);
      expect(existsSync(place.socket)).toBe(replace);
      expect(readFileSync(join(state, 'helper.log'), 'utf8')).toMatch(
        replace ? /ending: .*helper\.sock was replaced/ : /ending: .*helper\.sock was removed/,
      );
      if (replace) await new Promise<void>((resolve) => other.close(() => resolve()));
    }
    // The next one starts as if nothing had been.
    await ensureHelper(place);
  });

  it('ends itself when the keys of an open project are removed', async () => {
    const main = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
    const project = join(state, '..', `project-${process.pid}`);
    const akios = (...args: string[]) =>
      ended(spawn(process.execPath, [main, ...args], { stdio: 'ignore', env: process.env }));
    try {
      expect(await akios('init', project)).toBe(0);
      expect(await akios('cage', 'up', '--project', project)).toBe(0);
      const { pid } = await health();
      const [id] = readdirSync(join(state, 'ledgers')).filter((name) => name !== 'user');
      rmSync(join(state, 'ledgers', id ?? 'none'), { recursive: true, maxRetries: 20 });
      await gone(pid);
      expect(readFileSync(join(state, 'helper.log'), 'utf8')).toMatch(/ending: .* was removed/);
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  });

  it('says at once that a state folder cannot be made, and never hangs', async () => {
    for (const folder of ['/proc/none', '/proc/self/none/deeper', '/sys/none', '/dev/null/none']) {
      const env = { ...process.env, AKIOS_STATE_DIR: folder };
      const daemon = spawn(process.execPath, [DAEMON], { stdio: 'pipe', env });
      let said = '';
      daemon.stderr?.on('data', (chunk) => {
        said += chunk;
      });
      expect([folder, await ended(daemon)]).toEqual([folder, 1]);
      expect(said).toContain(`The state folder ${folder} cannot be made`);
      const main = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
      const cli = spawn(process.execPath, [main, 'helper', 'status'], { stdio: 'ignore', env });
      expect([folder, await ended(cli)]).toEqual([folder, 6]);
    }
    const env = { ...process.env, AKIOS_STATE_DIR: '/proc' };
    const main = join(import.meta.dirname, '..', '..', '..', 'cli', 'main.ts');
    expect(await ended(spawn(process.execPath, [main, 'panic'], { stdio: 'ignore', env }))).toBe(6);
  });

  it('refuses clients of another build, and the newer one takes over', async () => {
    await ensureHelper(place);
    const { pid } = await health();
    await expect(health('other')).rejects.toMatchObject({ code: 'HELPER_VERSION' });
    let seen = '';
    await expect(
      withHelper({ ...place, build: 'other' }, async () => {
        seen = String((await health('source')).pid);
        // Once the old one was replaced the answer is another process.
        if (seen === String(pid)) await health('other');
        throw new Error('replaced');
      }),
    ).rejects.toThrow('replaced');
    expect(seen).not.toBe(String(pid));
  });

  it('answers every call of the contract and documents it', async () => {
    await ensureHelper(place);
    const response = await unixRequest(place, { method: 'GET', url: '/api/v1/openapi.json' });
    const document = JSON.parse(await readBody(response)) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((o) => o.operationId),
    );
    expect(ids.sort()).toEqual(Object.keys(contract).sort());
    for (const path of ['/api/v1/none', '/', '/../etc/passwd']) {
      const answer = await unixRequest(place, { method: 'GET', url: path });
      await readBody(answer);
      expect(answer.statusCode).toBe(404);
    }
  });
});
