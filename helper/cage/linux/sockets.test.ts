import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { liveSockets } from './sockets.ts';
import { hostSockets, SocketWatch } from './watch/new-sockets.ts';

let root: string;
let servers: Server[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'akios-sockets-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await new Promise<void>((done) => server.close(() => done()));
  rmSync(root, { recursive: true, force: true });
});

async function listen(path: string): Promise<Server> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(root, path), resolve));
  return server;
}

describe('sockets in a folder', () => {
  it('are found at any depth while somebody listens, and links are not followed', async () => {
    mkdirSync(join(root, 'work/a/b'), { recursive: true });
    mkdirSync(join(root, 'outside'));
    await listen('outside/s');
    symlinkSync(join(root, 'outside'), join(root, 'work/link'));
    writeFileSync(join(root, 'work/file'), 'x');
    expect(await liveSockets(join(root, 'work'))).toEqual([]);
    await listen('work/a/b/deep\nname');
    await listen('work/s');
    expect((await liveSockets(join(root, 'work'))).sort()).toEqual(['a/b/deep\nname', 's']);
    expect(await liveSockets(join(root, 'none'))).toEqual([]);
    expect(await liveSockets(join(root, 'work/file'))).toEqual([]);
  });

  it('cannot hide in a folder that its owner closed', async () => {
    mkdirSync(join(root, 'closed'));
    chmodSync(join(root, 'closed'), 0);
    // Root looks into it all the same.
    if (process.getuid?.() === 0) expect(await liveSockets(root)).toEqual([]);
    else await expect(liveSockets(root)).rejects.toMatchObject({ code: 'DENIED' });
    chmodSync(join(root, 'closed'), 0o700);
  });

  it('and named pipes are found where both lead out', async () => {
    mkdirSync(join(root, 'sub'));
    expect(spawnSync('mkfifo', [join(root, 'sub/pipe')]).status).toBe(0);
    expect(await liveSockets(root)).toEqual([]);
    expect(await liveSockets(root, true)).toEqual(['sub/pipe']);
  });

  it('are told from those they have accepted, and a listener from one that only waits', () => {
    const table = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '0000: 00000002 00000000 00010000 0001 01 77 /w/a b',
      '0000: 00000003 00000000 00000000 0001 03 78 /w/a b',
      '0000: 00000002 00000000 00000000 0002 01    79 relative',
      '0000: 00000002 00000000 00010000 0001 01 80 @/w/abstract',
      '0000: 00000002 00000000 00000000 0001 01 81',
    ].join('\n');
    expect([...hostSockets(table)]).toEqual([
      ['77:00010000', '/w/a b'],
      ['79:00000000', 'relative'],
    ]);
  });

  it('are new in the place of another, by a link, by a relative name, and when they begin to listen', async () => {
    mkdirSync(join(root, 'shown/sub'), { recursive: true });
    symlinkSync(join(root, 'shown'), join(root, 'link'));
    const before = await listen('shown/s');
    const watch = new SocketWatch([join(root, 'shown')]);
    expect(watch.fresh()).toBeNull();
    servers.pop();
    await new Promise<void>((done) => before.close(() => done()));
    await listen('elsewhere');
    expect(watch.fresh()).toBeNull();
    await listen('shown/s');
    expect(watch.fresh()).toBe(join(root, 'shown/s'));
    expect(watch.fresh()).toBeNull();
    await listen('link/by-link');
    expect(watch.fresh()).toBe(join(root, 'link/by-link'));
    const row = (number: number, flags: string, name: string): string =>
      `0000: 00000002 00000000 ${flags} 0001 01 ${number} ${name}\n`;
    // The name is that which the program gave to bind, from a folder that nobody else knows.
    await listen('shown/sub/relative');
    watch.fresh();
    expect(watch.fresh(row(1, '00010000', 'nowhere'))).toBeNull();
    expect(watch.fresh(row(2, '00010000', './sub/relative'))).toBe(
      join(root, 'shown/sub/relative'),
    );
    expect(watch.fresh(row(3, '00010000', '/proc/self/fd/9/relative'))).not.toBeNull();
    const path = join(root, 'shown/late');
    expect(watch.fresh(row(4, '00000000', path))).toBe(path);
    expect(watch.fresh(row(4, '00010000', path))).toBe(path);
    expect(new SocketWatch([]).fresh(row(5, '00010000', path))).toBeNull();
  });
});
