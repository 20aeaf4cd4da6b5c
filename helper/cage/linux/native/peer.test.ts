import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readlinkSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { closeInheritedDescriptors } from './descriptors.ts';
import { libc } from './libc.ts';
import { type PeerCredentials, peerCredentials } from './peer.ts';

const opened: string[] = [];
afterEach(() => {
  for (const dir of opened.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function accepted(
  listen: net.ListenOptions,
  connect: (server: net.Server) => net.Socket,
): Promise<PeerCredentials | null> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(listen, resolve));
  const arrives = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const client = connect(server);
  const socket = await arrives;
  const peer = peerCredentials(socket);
  client.destroy();
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  return peer;
}

describe('peer credentials', () => {
  it('names the process and user at the other end of a Unix socket', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'akios-peer-'));
    opened.push(dir);
    const path = join(dir, 's');
    expect(await accepted({ path }, () => net.connect(path))).toEqual({
      pid: process.pid,
      uid: process.getuid?.(),
      gid: process.getgid?.(),
    });
  });

  it('knows nobody behind a TCP connection or a closed socket', async () => {
    const peer = await accepted({ host: '127.0.0.1', port: 0 }, (server) => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      return net.connect(address.port, '127.0.0.1');
    });
    expect(peer).toBeNull();
    expect(peerCredentials(new net.Socket())).toBeNull();
  });
});

describe('inherited descriptors', () => {
  it('do not reach a child, even past a gap', () => {
    const { read } = libc().pipe();
    const script = 'readlink /proc/self/fd/200; true';
    const sh = (before: string) =>
      spawnSync('/bin/bash', ['-c', `exec 200</etc/passwd; ${before}`], { encoding: 'utf8' })
        .stdout;
    // Control: without the call the descriptor is there.
    expect(sh(`exec bash -c '${script}'`)).toContain('/etc/passwd');
    const module = join(import.meta.dirname, 'descriptors.ts');
    const program = (call: string) =>
      `import {closeInheritedDescriptors as c} from '${module}'; import {spawnSync} from 'node:child_process'; ${call} process.stdout.write(spawnSync('/bin/sh',['-c','${script}']).stdout)`;
    const node = (call: string) =>
      sh(`exec '${process.execPath}' --input-type=module -e "${program(call)}"`);
    expect(node('')).toContain('/etc/passwd');
    expect(node('c();')).toBe('');
    expect(read).toBeGreaterThan(2);
  });

  it('stay open in the process itself', () => {
    const fd = openSync('/dev/null', 'r');
    closeInheritedDescriptors();
    expect(readlinkSync(`/proc/self/fd/${fd}`)).toBe('/dev/null');
  });
});
