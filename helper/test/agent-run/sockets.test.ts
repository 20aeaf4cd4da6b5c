import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Console, ended } from './support.ts';

/** Tries each path until `seconds` are over; says what it got. */
const REACH = `
import socket, sys, time
until = time.time() + float(sys.argv[1])
while True:
    said = []
    for path in sys.argv[2:]:
        s = socket.socket(socket.AF_UNIX); s.settimeout(3)
        try: s.connect(path); said.append('REACHED ' + s.recv(9).decode())
        except OSError as e: said.append('refused')
    if time.time() > until or any('REACHED' in one for one in said): break
    if said and float(sys.argv[1]) > 0: print('up', flush=True)
    time.sleep(0.02)
print('\\n'.join(said))
`;

let console_: Console;
let work: string;
let server: Server | null = null;

const serve = async (path: string): Promise<void> => {
  server = createServer((socket) => {
    // The helper connects as well, to learn whether anybody listens, and goes away.
    socket.on('error', () => socket.destroy());
    socket.end('HOST');
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
};
const close = async (): Promise<void> => {
  await new Promise<void>((resolve) =>
    server === null ? resolve() : server.close(() => resolve()),
  );
  server = null;
};

beforeAll(() => {
  console_ = new Console();
});
beforeEach(() => {
  work = join(console_.root, 'with-socket');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'sub'), { recursive: true });
});
afterAll(async () => {
  await close();
  await console_.close();
});

describe('a socket of this machine', () => {
  it('in the work folder cannot be spoken to, by no name, and is still there afterwards', async () => {
    const path = join(work, 'sub/docker.sock');
    await serve(path);
    const inside = [
      path,
      'sub/docker.sock',
      '/workspace/sub/docker.sock',
      '/proc/self/cwd/sub/docker.sock',
    ];
    const ran = await console_.python(REACH, ['0', ...inside], { work });
    expect(ran.err).toBe('');
    expect(ran.out.toString()).toBe('refused\n'.repeat(inside.length));
    const moves = `
import os, socket
for how in (lambda: os.rename('sub', 'other'), lambda: os.link('other/docker.sock', 'l'), lambda: os.unlink('other/docker.sock'), lambda: os.rename('other/docker.sock', 'm')):
    try: how()
    except OSError as e: pass
for root, _, files in os.walk('.'):
    for f in files:
        s = socket.socket(socket.AF_UNIX)
        try: s.connect(os.path.join(root, f)); print('REACHED')
        except OSError: print('refused')
`;
    expect((await console_.python(moves, [], { work })).out.toString()).not.toContain('REACHED');
    // The control: outside, the same program reaches it by the name it has now.
    const outside = ['other', 'sub'].map((folder) => join(work, folder, 'docker.sock'));
    const control = await ended(spawn('python3', ['-c', REACH, '0', ...outside]));
    expect(control.out.toString()).toContain('REACHED HOST');
    await close();
  });

  it('can be neither granted nor found in a granted folder', async () => {
    const granted = join(console_.root, 'granted');
    mkdirSync(granted, { recursive: true });
    const path = join(granted, 'agent.sock');
    await serve(path);
    const policy = (read: string): string =>
      console_.policy('grant.toml', `[capabilities.filesystem]\nread = ["${read}"]\n`);
    const found = await console_.python(REACH, ['0', path], { work, policy: policy(granted) });
    expect([found.err, found.out.toString()]).toEqual(['', 'refused\n']);
    const named = await console_.python(REACH, ['0', path], { work, policy: policy(path) });
    expect(named.code).not.toBe(0);
    expect(named.err).toContain('is a socket, which leads out of the cage');
    await close();
  });

  it('nor can a named pipe, which a read-only folder does not keep from being written', async () => {
    const granted = join(console_.root, 'with-pipe');
    mkdirSync(granted, { recursive: true });
    const pipe = join(granted, 'control');
    expect(spawnSync('mkfifo', ['-m', '600', pipe]).status).toBe(0);
    const policy = (read: string): string =>
      console_.policy('grant.toml', `[capabilities.filesystem]\nread = ["${read}"]\n`);
    // A program of this machine reads its orders from the pipe; the control shows that it does.
    const reader = spawn('sh', ['-c', 'read -r a < "$0"; echo "got $a"', pipe]);
    const over = ended(reader);
    const write = ['timeout', '5', 'sh', '-c', 'echo ORDER > "$0"', pipe];
    await console_.run(write, { work, policy: policy(granted) });
    expect(reader.exitCode).toBeNull();
    expect(spawnSync('sh', ['-c', 'echo control > "$0"', pipe]).status).toBe(0);
    expect((await over).out.toString()).toBe('got control\n');
    const named = await console_.run(['true'], { work, policy: policy(pipe) });
    expect(named.code).toBe(2);
    expect(named.err).toContain('is a named pipe, which leads out of the cage');
  });

  it('that nobody listens on stays an ordinary file, and a program may have its own', async () => {
    const own = `
import os, socket, threading
for turn in (1, 2):
    if os.path.exists('own.sock'): os.unlink('own.sock')
    s = socket.socket(socket.AF_UNIX); s.bind('own.sock'); s.listen(1)
    c = socket.socket(socket.AF_UNIX); c.connect('own.sock')
    a, _ = s.accept(); a.send(b'hello'); print(c.recv(9).decode())
`;
    // The first run leaves its socket file behind for the second.
    for (const _ of [1, 2]) {
      const ran = await console_.python(own, [], { work });
      expect([ran.err, ran.out.toString()]).toEqual(['', 'hello\nhello\n']);
    }
  });

  it('that appears while the program runs ends the program, and it is said why', async () => {
    const granted = join(console_.root, 'granted-late');
    mkdirSync(granted, { recursive: true });
    const policy = console_.policy(
      'late.toml',
      `[capabilities.filesystem]\nread = ["${granted}"]\n`,
    );
    for (const path of [join(work, 'late.sock'), join(granted, 'late.sock')]) {
      const argv = ['python3', '-c', REACH.replaceAll('path)', "'/nowhere')"), '60', path];
      const child = await console_.running(argv, { work, policy });
      const over = ended(child);
      await serve(path);
      const { code, err } = await over;
      expect([path, code]).toEqual([path, 137]);
      expect(err).toContain('A socket appeared in a folder it sees');
      await close();
    }
  });
});
