import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ground } from './support.ts';

let ground: Ground;
let secret: string;

beforeAll(() => {
  ground = new Ground();
  secret = join(ground.root, 'secret.txt');
  writeFileSync(secret, 'TOP-SECRET', { mode: 0o600 });
  symlinkSync(secret, join(ground.work, 'link-to-secret'));
  symlinkSync(ground.root, join(ground.work, 'link-to-parent'));
});
afterAll(() => ground.close());

/** Tries to read a file by many names; prints what it got. */
const READS = `
import os, sys
secret = sys.argv[1]
names = [secret, 'link-to-secret', 'link-to-parent/secret.txt', '../secret.txt', '/workspace/../secret.txt',
  '/proc/1/root' + secret, '/proc/self/root' + secret, '/proc/self/cwd/../secret.txt',
  '/proc/thread-self/root' + secret, '//' + secret, '/./' + secret]
for pid in os.listdir('/proc'):
    if pid.isdigit(): names += ['/proc/%s/root%s' % (pid, secret), '/proc/%s/cwd/../secret.txt' % pid]
for fd in range(3, 64): names += ['/proc/self/fd/%d/secret.txt' % fd, '/proc/self/fd/%d/../secret.txt' % fd]
for n in names:
    try: print('GOT', n, open(n).read())
    except OSError as e: print('no', e.errno)
`;

describe('files of the host', () => {
  it('cannot be read by any name', async () => {
    expect(ground.outside(READS, [secret])).toContain('TOP-SECRET');
    const { stdout, exit } = await ground.python(READS, [secret]);
    expect(exit.code).toBe(0);
    expect(stdout).not.toContain('GOT');
    expect(stdout.split('\n').length).toBeGreaterThan(60);
  });

  it('are not there to be listed', async () => {
    const { stdout } = await ground.inside(['/bin/ls', '-A', '/', '/etc', '/run', '/tmp', '/var']);
    expect(stdout).not.toMatch(/^(root|home|boot|mnt|media|opt|srv|sys|shadow|sudoers|ssh|var)$/m);
    expect(stdout).toContain('workspace');
    expect(readdirSync('/etc')).toContain('shadow');
  });

  it('cannot be written, only the work folder and scratch can', async () => {
    const source = `
import os
for n in ['/x', '/etc/x', '/usr/x', '/usr/bin/x', '/bin/x', '/lib/x', '/dev/x', '/run/x', '/proc/x', '/proc/sys/kernel/hostname', '/proc/self/oom_score_adj_', '/workspace/../x']:
    try: open(n, 'w').write('1'); print('WROTE', n)
    except OSError as e: print('no', n, e.errno)
for n in ['/workspace/ok', '/tmp/ok', '/dev/shm/ok', 'ok2']:
    open(n, 'w').write('1'); print('fine', n)
for f in ['/etc/passwd', '/usr/bin/env', '/etc/ld.so.cache']:
    for what in (os.unlink, lambda p: os.chmod(p, 0o777), lambda p: os.rename(p, '/tmp/r'), lambda p: os.truncate(p, 0)):
        try: what(f); print('WROTE', f)
        except OSError as e: print('no', f, e.errno)
`;
    const { stdout } = await ground.python(source);
    expect(stdout).not.toContain('WROTE');
    expect(stdout.match(/fine/g)).toHaveLength(4);
    expect(readFileSync(join(ground.work, 'ok'), 'utf8')).toBe('1');
  });

  it('cannot be pulled in by hard links, handles, device nodes or mounts of the disk', async () => {
    const source = `
import os, sys, stat, ctypes, glob
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, f):
    try: f(); print('DONE', name)
    except OSError as e: print('no', name, e.errno)
attempt('link-secret', lambda: os.link(sys.argv[1], 'l1'))
attempt('link-usr', lambda: os.link('/usr/bin/env', 'l2'))
attempt('link-passwd', lambda: os.link('/etc/passwd', '/tmp/l3'))
for kind, major, minor in ((stat.S_IFBLK, 254, 0), (stat.S_IFBLK, 8, 0), (stat.S_IFCHR, 1, 1), (stat.S_IFCHR, 1, 3)):
    attempt('node', lambda: os.mknod('n%d-%d' % (major, minor), 0o666 | kind, os.makedev(major, minor)))
for d in glob.glob('/dev/*'):
    if stat.S_ISBLK(os.lstat(d).st_mode) or os.path.basename(d) in ('mem', 'kmsg', 'port', 'fuse', 'kvm', 'vsock', 'tun', 'loop-control'): print('DONE device', d)
buf = ctypes.create_string_buffer(b'\\x80\\0\\0\\0' + b'\\0' * 132); mid = ctypes.c_int()
def handle():
    if libc.name_to_handle_at(-100, b'/tmp', buf, ctypes.byref(mid), 0) != 0: raise OSError(ctypes.get_errno(), '')
attempt('handle', handle)
`;
    const { stdout } = await ground.python(source, [secret]);
    expect(stdout).not.toContain('DONE');
    expect(stdout.match(/^no /gm)?.length).toBe(8);
    // Controls: outside, a hard link beside the secret and a handle of the folder can be had.
    linkSync(secret, join(ground.root, 'hard'));
    expect(ground.outside(source, [secret])).toMatch(/DONE link-secret[\s\S]*DONE handle/);
  });

  it('made inside keep the owner of the work folder and get no set-id bit', async () => {
    const source = `
import os
def attempt(name, f):
    try: f(); print('DONE', name)
    except OSError as e: print('no', name, e.errno)
open('plain', 'w').write('x'); os.mkdir('dir'); os.mkfifo('fifo')
attempt('chmod', lambda: os.chmod('plain', 0o4755))
attempt('chmod-sgid', lambda: os.chmod('plain', 0o2755))
attempt('create', lambda: os.close(os.open('born', os.O_CREAT | os.O_WRONLY, 0o4755)))
attempt('tmpfile', lambda: os.close(os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o6755)))
attempt('mknod', lambda: os.mknod('born2', 0o104755))
attempt('chown', lambda: os.chown('plain', 0, 0))
attempt('chown2', lambda: os.chown('plain', 4242, 4242))
attempt('setcap', lambda: os.setxattr('plain', 'security.capability', b'\\1\\0\\0\\2\\xff\\xff\\xff\\xff\\0\\0\\0\\0\\xff\\xff\\xff\\xff\\0\\0\\0\\0'))
`;
    const { stdout } = await ground.python(source);
    expect(stdout).not.toContain('DONE');
    expect(stdout.match(/^no /gm)).toHaveLength(8);
    for (const name of ['plain', 'dir', 'fifo']) {
      const stat = lstatSync(join(ground.work, name));
      const folder = lstatSync(ground.work);
      expect([name, stat.uid, stat.gid, stat.mode & 0o6000]).toEqual([
        name,
        folder.uid,
        folder.gid,
        0,
      ]);
    }
    // Control: outside, the same program makes set-uid files.
    expect(
      ground.outside(
        source
          .replaceAll("'plain'", "'plain3'")
          .replaceAll("mkdir('dir')", "mkdir('dir3')")
          .replaceAll("'fifo'", "'fifo3'"),
      ),
    ).toContain('DONE create');
  });

  it('cannot be reached by swapping links under an open path', async () => {
    const source = `
import os, sys, threading, time
os.mkdir('flip'); open('flip/secret.txt', 'w').write('mine')
stop = time.time() + 1.5
def swap():
    n = 0
    while time.time() < stop:
        n += 1
        try: os.symlink(os.path.dirname(sys.argv[1]), 'l%d' % n); os.rename('flip', 'd%d' % n); os.rename('l%d' % n, 'flip'); os.unlink('flip'); os.rename('d%d' % n, 'flip')
        except OSError: pass
t = threading.Thread(target=swap); t.start()
reads = 0
while time.time() < stop:
    try:
        reads += 1
        if open('flip/secret.txt').read() != 'mine': print('GOT')
    except OSError: pass
t.join(); print('tried', reads > 100)
`;
    const { stdout } = await ground.python(source, [secret]);
    expect(stdout).toContain('tried True');
    expect(stdout).not.toContain('GOT');
  });

  it('of another run stay apart, scratch included', async () => {
    const other = new Ground();
    try {
      const run = await other.cage.spawn(
        other.spec([
          '/bin/sh',
          '-c',
          'echo mine > /tmp/x; echo mine > /dev/shm/x; echo up; sleep 60',
        ]),
      );
      await new Promise((resolve) => run.stdout.once('data', resolve));
      const { stdout } = await ground.inside([
        '/bin/sh',
        '-c',
        `cat /tmp/x /dev/shm/x ${other.work}/* 2>&1; ls /proc | grep -c '^[0-9]'; ps -e 2>/dev/null | grep -c sleep; true`,
      ]);
      expect(stdout).not.toContain('mine\n');
      expect(stdout).toMatch(/^[1-9]$/m);
      expect((await run.kill('killed', 'test over')).end).toBe('killed');
    } finally {
      await other.close();
    }
  });
});

describe('mounts', () => {
  it('show what was granted, read-only where granted so, and refuse links', async () => {
    const data = join(ground.root, 'data');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(data, 'in.txt'), 'input', { mode: 0o600 });
    const sh = 'cat /data/in.txt; echo no > /data/in.txt; echo more > /data/new; ls /data';
    const ro = await ground.inside(['/bin/sh', '-c', sh], {
      mounts: [{ host: data, inside: '/data', mode: 'ro' }],
    });
    expect(ro.stdout).toBe('inputin.txt\n');
    const rw = await ground.inside(['/bin/sh', '-c', sh], {
      mounts: [{ host: data, inside: '/data', mode: 'rw' }],
    });
    expect(rw.stdout).toContain('new');
    symlinkSync(data, join(ground.root, 'data-link'));
    for (const host of [join(ground.root, 'data-link'), `${data}/../data`, '/', 'data']) {
      await expect(
        ground.inside(['/bin/true'], { mounts: [{ host, inside: '/data', mode: 'ro' }] }),
      ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
    for (const inside of ['/', '/proc', '/etc/passwd', '/dev/shm', '/run/cage/x', '/data/../etc']) {
      await expect(
        ground.inside(['/bin/true'], { mounts: [{ host: data, inside, mode: 'ro' }] }),
      ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    }
  });
});
