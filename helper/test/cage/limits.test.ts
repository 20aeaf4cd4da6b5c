import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Ground } from './support.ts';

const MIB = 1024 * 1024;
let ground: Ground;
beforeAll(() => {
  ground = new Ground();
});
afterEach(() => {
  ground.tidy();
});
afterAll(() => ground.close());

describe('bombs', () => {
  it('of processes stop at the limit, and nothing stays', async () => {
    const source = `
import os, time
n = 0
try:
    while n < 5000:
        if os.fork() == 0: time.sleep(60); os._exit(0)
        n += 1
except OSError as e: print('stopped', n, e.errno)
`;
    const { stdout, exit } = await ground.python(source, [], { limits: { pids: 40 } });
    expect(exit.code).toBe(0);
    expect(stdout).toMatch(/^stopped (3\d|40) 11$/m);
  });

  it('of shells are ended with the run', async () => {
    const run = await ground.cage.spawn(
      ground.spec(['/bin/sh', '-c', 'b() { b | b & }; b; sleep 60'], { limits: { pids: 60 } }),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const exit = await run.kill('killed', 'the test asked');
    expect(exit).toMatchObject({ end: 'killed', detail: 'the test asked' });
  });

  it('of memory end one process, or the tree', async () => {
    const one = await ground.python("x = bytearray(600 * 1024 * 1024)\nprint('GOT')", [], {
      limits: { memoryBytes: 256 * MIB },
    });
    expect(one.stdout).not.toContain('GOT');
    expect(one.exit.code === 0).toBe(false);
    const source = `
import os, time
for _ in range(16):
    if os.fork() == 0:
        x = bytearray(b'x' * (60 * 1024 * 1024)); time.sleep(30); os._exit(0)
time.sleep(30); print('GOT')
`;
    const tree = await ground.python(source, [], { limits: { memoryBytes: 256 * MIB } });
    expect(tree.stdout).not.toContain('GOT');
    expect(tree.exit.end).toBe('memory');
  });

  it('of memory files are counted although no process maps them', async () => {
    const source = `
import os, time
fds = []
for _ in range(200):
    fds.append(os.memfd_create('x')); os.write(fds[-1], b'x' * (16 << 20)); time.sleep(0.02)
time.sleep(30); print('GOT')
`;
    const { stdout, exit } = await ground.python(source, [], {
      limits: { memoryBytes: 256 * MIB },
    });
    expect(stdout).not.toContain('GOT');
    expect(exit.end).toBe('memory');
  });

  it('of memory in sockets are counted although no process shows it', async () => {
    const hoard = (make: string): string => `
import socket, time
keep = []; n = 0
listener = socket.socket(); listener.bind(('127.0.0.1', 5000)); listener.listen(64)
def local(): return socket.socketpair()
def tcp():
    a = socket.socket(); a.connect(('127.0.0.1', 5000)); return a, listener.accept()[0]
for i in range(${make === 'local' ? 480 : 200}):
    for s in (pair := ${make}()):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        s.setblocking(False)
        try:
            while True: n += s.send(b'x' * 65536)
        except OSError: pass
    keep += pair
print('held', n >> 20, flush=True)
time.sleep(30); print('GOT')
`;
    for (const make of ['local', 'tcp']) {
      const { exit, stdout } = await ground.python(hoard(make), [], {
        limits: { memoryBytes: 64 * MIB, openFiles: 1024 },
      });
      expect([make, exit.end]).toEqual([make, 'memory']);
      expect(stdout).not.toContain('GOT');
      // Nor could the program take much before it was seen: its buffers keep their usual size.
      expect(Number(/held (\d+)/.exec(stdout)?.[1] ?? 0)).toBeLessThan(1024);
    }
    const few = await ground.python(
      "import socket\nk = [socket.socketpair() for _ in range(60)]\nk[0][0].setsockopt(1, 7, 1 << 22)\nprint('fine', k[0][0].getsockopt(1, 7) < 1 << 20)",
      [],
      { limits: { memoryBytes: 64 * MIB } },
    );
    expect(few.stdout).toBe('fine True\n');
  });

  it('of scratch space end at its size', async () => {
    const source = `
for place in ('/tmp/x', '/dev/shm/x'):
    n = 0
    try:
        with open(place, 'wb') as f:
            while n < 200: f.write(b'x' * (1 << 20)); f.flush(); n += 1
        print('GOT', place)
    except OSError as e: print('no', e.errno, n)
`;
    const { stdout } = await ground.python(source, [], { limits: { tmpBytes: 8 * MIB } });
    expect(stdout).toMatch(/^no 28 8\nno 28 6[34]\n$/);
  });

  it('of one file end at its size, sparse or not', async () => {
    const source = `
import os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for f in (lambda: os.truncate(os.open('s', os.O_CREAT | os.O_WRONLY), 1 << 40), lambda: os.posix_fallocate(os.open('f', os.O_CREAT | os.O_WRONLY), 0, 1 << 40)):
    try: f(); print('GOT')
    except OSError as e: print('no', e.errno)
`;
    const { stdout } = await ground.python(source, [], { limits: { fileBytes: 4 * MIB } });
    expect(stdout).toBe('no 27\nno 27\n');
    const { exit } = await ground.inside(['/bin/sh', '-c', 'exec head -c 64M /dev/zero > big'], {
      limits: { fileBytes: 4 * MIB },
    });
    expect(exit).toMatchObject({ end: 'disk', signal: 'SIGXFSZ' });
  });

  it('of disk and of entries end the run', async () => {
    const bytes = await ground.inside(
      ['/bin/sh', '-c', 'i=0; while :; do i=$((i+1)); head -c 4M /dev/zero > f$i; done'],
      { limits: { diskBytes: 32 * MIB } },
    );
    expect(bytes.exit.end).toBe('disk');
    const entries = await ground.python(
      "i = 0\nwhile True:\n    i += 1\n    open('e%d' % i, 'w').close()",
      [],
      { limits: { diskEntries: 500 } },
    );
    expect(entries.exit.end).toBe('disk');
    const scratch = await ground.python(
      "i = 0\nwhile True:\n    i += 1\n    open('/tmp/e%d' % i, 'w').close()",
      [],
      { limits: { diskEntries: 500 } },
    );
    expect(scratch.exit.end).toBe('disk');
  });

  it('of disk end the run also when no folder shows the files', async () => {
    const unlinked = await ground.python(
      `
import os, time
fds = []
while len(fds) < 100:
    fds.append(os.open('u', os.O_CREAT | os.O_RDWR)); os.unlink('u'); os.write(fds[-1], b'x' * (4 << 20)); time.sleep(0.005)
time.sleep(30); print('GOT')
`,
      [],
      { limits: { diskBytes: 32 * MIB } },
    );
    expect(unlinked.exit.end).toBe('disk');
    expect(unlinked.exit.usage.wallMs).toBeGreaterThan(0);
    const deep = await ground.python(
      "import os\nwhile True:\n    os.mkdir('d'); os.chdir('d'); open('f', 'w').write('x' * 4096)",
      [],
      { limits: { diskEntries: 1000 } },
    );
    expect(deep.exit.end).toBe('disk');
    const reserved = await ground.python(
      "import ctypes, os\nf = os.open('r', os.O_CREAT | os.O_RDWR)\nprint(ctypes.CDLL(None).fallocate(f, 0, ctypes.c_long(0), ctypes.c_long(1 << 26)), os.fstat(f).st_size)",
    );
    expect(reserved.stdout).toBe('-1 0\n');
    // The same by its older names: struct space_resv of linux/falloc.h.
    const older = await ground.python(
      `
import fcntl, os, struct
f = os.open('r', os.O_CREAT | os.O_RDWR)
for call in (0x40305828, 0x4030582a, 0x40305839):
    try: fcntl.ioctl(f, call, struct.pack('hhiqqiI16x', 0, 0, 0, 0, 1 << 26, 0, 0)); print('RESERVED')
    except OSError as e: print(e.errno)
print(os.fstat(f).st_blocks)
`,
    );
    expect(older.stdout).toBe('1\n1\n1\n0\n');
  });

  it('of processes end a bomb long before its time', async () => {
    const bomb = await ground.inside(['/usr/bin/perl', '-e', 'fork while 1'], {
      limits: { pids: 48 },
    });
    expect(bomb.exit.end).toBe('pids');
    expect(bomb.exit.detail).toContain('limit of 48 processes');
  });

  it('of processes end a bomb whose processes come and go', async () => {
    const churn = await ground.python(
      `
import os, random, time
while True:
    try:
        if os.fork() == 0: random.seed(); time.sleep(2 + random.random() * 4); os._exit(0)
    except OSError: time.sleep(0.005)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]: pass
    except OSError: pass
`,
      [],
      { limits: { pids: 48 } },
    );
    expect(churn.exit.end).toBe('pids');
  });

  it('of processes leave a program alone that merely has as many as it may', async () => {
    const full = await ground.python(
      `
import os, time
n = 0
try:
    while True:
        if os.fork() == 0: time.sleep(7); os._exit(0)
        n += 1
except OSError: pass
time.sleep(6.5); print('full', n >= 46)
`,
      [],
      { limits: { pids: 48 } },
    );
    expect(full.stdout).toBe('full True\n');
    expect(full.exit.end).toBe('exit');
  });

  it('of sessions, each with a share of the processor, are quieted or ended', async () => {
    const source = `
import os, time
own = '/proc/self/autogroup'
if not os.path.exists(own) or open('/proc/sys/kernel/sched_autogroup_enabled').read().strip() != '1':
    print('no groups'); raise SystemExit
r, w = os.pipe()
for _ in range(60):
    if os.fork() == 0:
        os.setsid()
        while 'nice 19' not in open(own).read(): pass
        os.write(w, b'x'); time.sleep(60); os._exit(0)
n = 0
while n < 60: n += len(os.read(r, 60))
print('quieted')
`;
    const hard = (await ground.cage.probe()).level === 'full';
    const limits = { wallMs: hard ? 3_000 : 60_000 };
    const { exit, stdout } = await ground.python(source, [], { limits });
    const fine = exit.end === 'pids' || ['quieted\n', 'no groups\n'].includes(stdout) || hard;
    expect([exit.end, exit.detail, stdout, fine]).toEqual([exit.end, exit.detail, stdout, true]);
  });

  it('of descriptors, queues and System V objects stop', async () => {
    const source = `
import os, ctypes
libc = ctypes.CDLL(None, use_errno=True)
n = 0
try:
    while n < 100000: os.dup(1); n += 1
except OSError as e: print('fds', n < 64, e.errno)
got = 0
for i in range(5000):
    if libc.shmget(0, 1 << 24, 0o1600) < 0: break
    got += 1
print('shm', got * 16 <= 64)
got = 0
for i in range(5000):
    if libc.semget(0, 250, 0o1600) < 0: break
    got += 1
print('sem', got <= 64)
`;
    const { stdout } = await ground.python(source, [], { limits: { openFiles: 64 } });
    expect(stdout).toBe('fds True 24\nshm True\nsem True\n');
  });

  it('of output end the run, with what fits passed on', async () => {
    const { stdout, exit } = await ground.inside(['/usr/bin/yes'], {
      limits: { outputBytes: 100_000 },
    });
    expect(exit.end).toBe('output');
    expect(stdout.length).toBe(100_000);
  });

  it('of time end by the clock, and by processor seconds', async () => {
    const clock = await ground.inside(['/bin/sleep', '60'], { limits: { wallMs: 300 } });
    expect(clock.exit).toMatchObject({ end: 'timeout', code: null });
    const deaf = await ground.python(
      `import signal, os\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\nos.fork(); os.fork()\nwhile True: pass`,
      [],
      { limits: { wallMs: 60_000, cpuSeconds: 1 } },
    );
    expect(deaf.exit.end).toBe('timeout');
  });
});

describe('what a program leaves running', () => {
  const DAEMON = `
import os, sys, time, signal
for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(s, signal.SIG_IGN)
for _ in range(20):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True: time.sleep(0.05); open('alive', 'a').write('x')
        os._exit(0)
while not os.path.exists('alive'): time.sleep(0.05)
time.sleep(0.3); print('parent done', flush=True)
`;

  it('ends with it: daemons neither hold the run nor outlive it', async () => {
    const { exit, stdout } = await ground.python(DAEMON);
    expect(exit).toMatchObject({ end: 'exit', code: 0 });
    expect(stdout).toBe('parent done\n');
    const { statSync } = await import('node:fs');
    const size = statSync(join(ground.work, 'alive')).size;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(statSync(join(ground.work, 'alive')).size).toBe(size);
    expect(size).toBeGreaterThan(0);
  });

  it('ends when the run is killed: a tree of 100 processes', async () => {
    const run = await ground.cage.spawn(
      ground.spec([
        '/bin/sh',
        '-c',
        'for i in $(seq 99); do setsid sleep 1000 & done; echo up; sleep 1000',
      ]),
    );
    await new Promise((resolve) => run.stdout.once('data', resolve));
    expect((await run.kill('killed', 'panic')).end).toBe('killed');
    expect(() => process.kill(run.pid, 0)).toThrow('ESRCH');
  });
});
