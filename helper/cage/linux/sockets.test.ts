import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostSocketsBelow, liveSockets } from './sockets.ts';

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

  it('are told from those they have accepted, and one in the place of another is new', async () => {
    const before = await listen('s');
    const [first] = [...hostSocketsBelow([root])];
    expect(first?.[1]).toBe(join(root, 's'));
    servers.pop();
    await new Promise<void>((done) => before.close(() => done()));
    expect(hostSocketsBelow([root]).size).toBe(0);
    await listen('s');
    const [second] = [...hostSocketsBelow([root])];
    expect(second?.[0]).not.toBe(first?.[0]);
    const table = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '0000: 00000002 00000000 00010000 0001 01 77 /w/a b',
      '0000: 00000003 00000000 00000000 0001 03 78 /w/a b',
      '0000: 00000002 00000000 00000000 0002 01    79 /w/datagram',
      '0000: 00000002 00000000 00010000 0001 01 80 @/w/abstract',
      '0000: 00000002 00000000 00010000 0001 01 81 /wider/s',
    ].join('\n');
    expect([...hostSocketsBelow(['/w'], table)]).toEqual([
      ['77', '/w/a b'],
      ['79', '/w/datagram'],
    ]);
  });
});
