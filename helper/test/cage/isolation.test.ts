import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ground } from './support.ts';

let ground: Ground;
beforeAll(() => {
  ground = new Ground();
});
afterAll(() => ground.close());

/** The control connects and leaves at once: a broken pipe is its way of saying goodbye. */
const greet = (socket: Socket): void => {
  socket.on('error', () => socket.destroy());
  socket.end('host');
};

const open = (server: Server, at: string | { port: number; host: string }): Promise<void> =>
  new Promise((resolve) => server.listen(at as string, resolve));

describe('other processes', () => {
  it('do not exist inside', async () => {
    const source = `
import os
pids = [p for p in os.listdir('/proc') if p.isdigit()]
print(len(pids), sorted(open('/proc/%s/comm' % p).read().strip() for p in pids))
`;
    const { stdout } = await ground.python(source);
    expect(stdout).toBe("2 ['cage-init', 'python3']\n");
    expect(Number(ground.outside(source).split(' ')[0])).toBeGreaterThan(2);
  });

  it('get no signal, the supervisor least of all', async () => {
    const sleeper = spawn('/bin/sleep', ['60']);
    let signalled = false;
    const note = (): void => {
      signalled = true;
    };
    process.on('SIGUSR2', note);
    const source = `
import os, sys, signal
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
for target in (0, int(sys.argv[1]), int(sys.argv[2]), -int(sys.argv[2]), 1, os.getppid()):
    for s in (signal.SIGUSR2, signal.SIGKILL):
        if target == 0 and s == signal.SIGKILL: continue
        try: os.kill(target, s); print('sent', target in (0, 1), s)
        except OSError as e: print('no', e.errno)
for p in range(2, 70000, 7):
    if p not in (os.getpid(), os.getpgrp()):
        try: os.kill(p, signal.SIGKILL); print('KILLED', p)
        except OSError: pass
print('alive')
os.kill(-1, signal.SIGUSR2)
`;
    const { stdout } = await ground.python(source, [String(sleeper.pid), String(process.pid)]);
    process.off('SIGUSR2', note);
    expect(stdout).toContain('alive');
    expect(stdout).not.toContain('KILLED');
    expect(stdout).not.toContain('sent False');
    expect(signalled).toBe(false);
    expect(sleeper.exitCode).toBeNull();
    sleeper.kill('SIGKILL');
  });

  it('cannot be looked into: not even process 1 of the cage', async () => {
    const source = `
import os, sys
def attempt(name, f):
    try: f(); print('DONE', name)
    except OSError as e: print('no', name, e.errno)
pid = sys.argv[1] if len(sys.argv) > 1 else '1'
for n in ('mem', 'maps', 'environ', 'auxv', 'syscall', 'stack', 'io'): attempt(n, lambda: open('/proc/%s/%s' % (pid, n), 'rb').read(1))
for n in ('fd', 'map_files', 'root', 'cwd'): attempt(n, lambda: os.listdir('/proc/%s/%s' % (pid, n)))
attempt('mem-write', lambda: open('/proc/%s/mem' % pid, 'r+b'))
for n in ('root', 'exe', 'ns/mnt', 'ns/user'): attempt(n, lambda: os.readlink('/proc/%s/%s' % (pid, n)))
attempt('exe', lambda: open('/proc/%s/exe' % pid, 'r+b'))
attempt('oom', lambda: open('/proc/%s/oom_score_adj' % pid, 'w').write('1000'))
`;
    const { stdout } = await ground.python(source);
    expect(stdout).not.toContain('DONE');
    expect(stdout.match(/^no /gm)).toHaveLength(18);
    expect(ground.outside(source, [String(process.pid)])).toContain('DONE environ');
  });
});

describe('kernel files', () => {
  it('cannot be written, and those that tell of the host not be read', async () => {
    const source = `
import os
own = ('/proc/self', '/proc/thread-self')
for top in ('/proc', '/dev'):
    for d, _, fs in os.walk(top):
        if d[6:7].isdigit() or d.startswith(own) or d.startswith(('/dev/pts', '/dev/shm')): continue
        for f in fs:
            p = os.path.join(d, f)
            if p in ('/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom') or os.path.islink(p): continue
            try: os.close(os.open(p, os.O_WRONLY | os.O_NONBLOCK)); print('WRITABLE', p)
            except OSError: pass
for p in ('kcore', 'keys', 'kallsyms', 'cmdline', 'kmsg', 'timer_list', 'interrupts', '1/environ'):
    try: print('READ', p, open('/proc/' + p, 'rb').read(1))
    except OSError: pass
for p in ('/sys', '/sys/fs/cgroup', '/proc/self/cgroup'):
    if os.path.exists(p): print(p, open(p).read().strip() if os.path.isfile(p) else 'THERE')
for p in ('uid_map', 'gid_map', 'setgroups'):
    try: os.write(os.open('/proc/self/' + p, os.O_WRONLY), b'0 0 1'); print('MAPPED', p)
    except OSError: pass
`;
    const { stdout, stderr } = await ground.python(source);
    expect(stderr).toBe('');
    expect(stdout).not.toMatch(/WRITABLE|READ|THERE|MAPPED/);
    expect(stdout).toMatch(/^\/proc\/self\/cgroup /m);
    expect(ground.outside(source)).toMatch(/READ cmdline/);
  });

  it('let no system tool change the host', async () => {
    const source = `
import subprocess
for p in ('unshare -r true', 'chroot / true', 'mount -t tmpfs x /tmp', 'umount /proc', 'nsenter -t 1 -m true', 'dmesg', 'hostname x', 'date -s 2020-01-01', 'ip link', 'sysctl -w kernel.hostname=x', 'swapoff /swapfile', 'losetup -f', 'bwrap --ro-bind / / true'):
    try: r = subprocess.run(p.split(), capture_output=True, stdin=subprocess.DEVNULL, timeout=20, env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin'}).returncode
    except FileNotFoundError: r = 'absent'
    print('FINE' if r == 0 else 'no', p, r)
`;
    const { stdout, exit } = await ground.python(source);
    expect(stdout).not.toContain('FINE');
    expect(stdout.match(/^no /gm)).toHaveLength(13);
    expect(exit.code).toBe(0);
  });
});

describe('environment, descriptors and terminal', () => {
  it('hold nothing of the host', async () => {
    process.env['AKIOS_TEST_SECRET'] = 'env-canary-7781';
    const fd = openSync('/etc/hostname', 'r');
    const source = `
import os, glob
seen = dict(os.environ)
text = b''
for p in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/cmdline'):
    try: text += open(p, 'rb').read()
    except OSError: pass
print(sorted(seen)); print(b'canary' in text)
print(sorted(int(f) for f in os.listdir('/proc/self/fd'))[:-1])
try: os.close(os.open('/dev/tty', os.O_RDWR)); print('TTY')
except OSError as e: print('no tty', e.errno)
print(os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid(), os.uname().nodename)
`;
    const { stdout } = await ground.python(source);
    closeSync(fd);
    delete process.env['AKIOS_TEST_SECRET'];
    expect(stdout.split('\n')).toEqual([
      "['HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR', 'USER']",
      'False',
      '[0, 1, 2]',
      'no tty 6',
      'True True cage',
      '',
    ]);
  });

  it('take no variable that changes what runs', async () => {
    for (const name of ['LD_PRELOAD', 'NODE_OPTIONS', 'PERL5OPT', 'BASH_ENV', 'PATH', 'A=B', '']) {
      await expect(ground.inside(['/bin/true'], { env: { [name]: 'x' } })).rejects.toMatchObject({
        code: 'INPUT_INVALID',
      });
    }
    const { stdout } = await ground.inside(['/usr/bin/env'], { env: { TOKEN: 'a b\n"c' } });
    expect(stdout).toContain('TOKEN=a b\n"c\n');
  });
});

describe('network', () => {
  it('leads nowhere: not to the host, abstract sockets or the outside', async () => {
    const tcp = createServer(greet);
    await open(tcp, { port: 0, host: '127.0.0.1' });
    const address = tcp.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const abstract = createServer(greet);
    const name = `akios-attack-${process.pid}`;
    await open(abstract, `\0${name}`);
    const path = join(ground.root, 'host.sock');
    const unix = createServer(greet);
    await open(unix, path);
    const source = `
import socket, sys
def attempt(name, family, kind, to):
    s = socket.socket(family, kind); s.settimeout(2)
    try:
        s.connect(to); s.send(b'x') if kind == socket.SOCK_DGRAM else None
        print('DONE', name)
    except OSError as e: print('no', name, e.errno)
port = int(sys.argv[1])
attempt('loopback', socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', port))
attempt('loopback6', socket.AF_INET6, socket.SOCK_STREAM, ('::1', port))
attempt('mapped', socket.AF_INET6, socket.SOCK_STREAM, ('::ffff:127.0.0.1', port))
attempt('zero', socket.AF_INET, socket.SOCK_STREAM, ('0.0.0.0', port))
attempt('internet', socket.AF_INET, socket.SOCK_STREAM, ('1.1.1.1', 443))
attempt('dns', socket.AF_INET, socket.SOCK_DGRAM, ('8.8.8.8', 53))
attempt('metadata', socket.AF_INET, socket.SOCK_STREAM, ('169.254.169.254', 80))
attempt('proxy', socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', 3128))
attempt('abstract', socket.AF_UNIX, socket.SOCK_STREAM, '\\0' + sys.argv[2])
attempt('path', socket.AF_UNIX, socket.SOCK_STREAM, sys.argv[3])
attempt('docker', socket.AF_UNIX, socket.SOCK_STREAM, '/var/run/docker.sock')
attempt('dbus', socket.AF_UNIX, socket.SOCK_STREAM, '/run/dbus/system_bus_socket')
try: print('DONE name', socket.getaddrinfo('example.com', 443))
except OSError as e: print('no name', e.errno)
try: s = socket.socket(); s.bind(('127.0.0.1', 8080)); s.listen(); print('own loopback fine')
except OSError as e: print('broken', e)
`;
    const args = [String(port), name, path];
    const { stdout } = await ground.python(source, args);
    expect(stdout).not.toContain('DONE');
    expect(stdout.match(/^no /gm)).toHaveLength(13);
    expect(stdout).toContain('own loopback fine');
    // The control must not block the servers, which live in this process.
    const control = spawn('/usr/bin/python3', ['-c', source, ...args]);
    let outside = '';
    for await (const chunk of control.stdout) outside += String(chunk);
    expect(outside).toMatch(/DONE loopback[\s\S]*DONE abstract[\s\S]*DONE path/);
    for (const server of [tcp, abstract, unix]) server.close();
  });

  it('has one way out where a proxy socket is granted, and the bridge carries it', async () => {
    const path = join(ground.root, 'proxy.sock');
    const proxy = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (bytes) =>
        socket.end(
          `HTTP/1.1 200 OK\r\nConnection: close\r\nX-Seen: ${bytes.toString().split('\r\n')[0]}\r\n\r\nhello`,
        ),
      );
    });
    await open(proxy, path);
    const source = `
import urllib.request, threading, os
def one(): return urllib.request.urlopen('http://example.com/x').read().decode()
print(one(), os.environ['HTTPS_PROXY'])
ts = [threading.Thread(target=one) for _ in range(20)]
[t.start() for t in ts]; [t.join() for t in ts]
try: os.unlink('/run/cage/proxy.sock'); print('REMOVED')
except OSError as e: print('no', e.errno)
os.waitpid(os.spawnvp(os.P_NOWAIT, 'true', ['true']), 0)
try: os.wait(); print('EXTRA CHILD')
except ChildProcessError: print('no other child')
`;
    const { stdout, stderr } = await ground.python(source, [], { egressSocket: path });
    proxy.close();
    expect(stderr).toBe('');
    expect(stdout).toBe('hello http://127.0.0.1:3128\nno 30\nno other child\n');
  });
});

describe('rights', () => {
  it('cannot be gained through set-uid programs, nor System V objects of the host reached', async () => {
    const source = `
import os, ctypes, glob, stat, subprocess
libc = ctypes.CDLL(None, use_errno=True)
suid = [p for p in glob.glob('/usr/bin/*') + glob.glob('/usr/sbin/*') if os.path.isfile(p) and os.stat(p).st_mode & stat.S_ISUID]
print('set-uid programs', len(suid) > 0)
print('uids', os.getresuid(), os.getresgid(), os.getgroups())
for f in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.setresuid(0, 0, 0), lambda: os.nice(-5), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))):
    try: f(); print('DONE')
    except OSError as e: print('no', e.errno)
print('shm', libc.shmget(0x414b, 16, 0))
r = subprocess.run(['su', '-c', 'id -u'], capture_output=True, text=True, stdin=subprocess.DEVNULL)
print('su', r.stdout.strip() or 'refused')
`;
    const { stdout } = await ground.python(source);
    expect(stdout).not.toContain('DONE');
    expect(stdout).toContain('uids (1000, 1000, 1000) (1000, 1000, 1000) ');
    expect(stdout.match(/^no /gm)).toHaveLength(6);
    expect(stdout).toContain('shm -1');
    expect(stdout).toContain('su refused');
  });

  it('leave no core file and start no core handler', async () => {
    const { exit } = await ground.python(`
import os, resource, signal
try: resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30)); print('RAISED')
except (OSError, ValueError): pass
os.kill(os.getpid(), signal.SIGSEGV)`);
    expect(exit).toMatchObject({ end: 'exit', code: null, signal: 'SIGSEGV' });
    expect(existsSync(join(ground.work, 'core'))).toBe(false);
    expect(statSync(ground.work).isDirectory()).toBe(true);
  });
});
