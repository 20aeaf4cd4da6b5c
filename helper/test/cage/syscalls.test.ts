import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { architectureOf } from '../../cage/linux/seccomp/filter.ts';
import { POLICY } from '../../cage/linux/seccomp/policy.ts';
import { Ground } from './support.ts';

let ground: Ground;
beforeAll(() => {
  ground = new Ground();
});
afterAll(() => ground.close());

/** Makes each call with arguments that can do nothing, in a process of its own. */
const CALLS = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
minus = ctypes.c_long(-1)
for item in sys.argv[1:]:
    name, number = item.split('=')
    pid = os.fork()
    if pid == 0:
        r = libc.syscall(ctypes.c_long(int(number)), minus, minus, minus, minus, minus, minus)
        os._exit(ctypes.get_errno() if r == -1 else 0)
    status = os.waitpid(pid, 0)[1]
    print(name, 'signal %d' % (status & 127) if status & 127 else 'errno %d' % (status >> 8))
`;

function numbered(names: readonly string[]): string[] {
  const architecture = architectureOf();
  if (architecture === null) throw new Error('no number table for this machine');
  return architecture.numbers
    .filter(([name]) => names.includes(name))
    .map(([name, number]) => `${name}=${number}`);
}

const answers = (text: string): Map<string, string> =>
  new Map(
    text
      .trim()
      .split('\n')
      .map((line): [string, string] => [
        line.split(' ')[0] ?? '',
        line.slice(line.indexOf(' ') + 1),
      ]),
  );

describe('forbidden calls', () => {
  it('kill their caller, every one; outside they reach the kernel', async () => {
    const all = numbered(POLICY.kill);
    expect(all.length).toBeGreaterThan(40);
    const inside = answers((await ground.python(CALLS, all)).stdout);
    expect([...inside.keys()].length).toBe(all.length);
    expect([...inside].filter(([, answer]) => answer !== 'signal 31')).toEqual([]);
    // Control, without the one call that would hang up the terminal of whoever runs the tests.
    const safe = all.filter((item) => !item.startsWith('vhangup='));
    const outside = answers(ground.outside(CALLS, safe));
    expect([...outside.keys()].length).toBe(safe.length);
    expect([...outside].filter(([, answer]) => answer === 'signal 31')).toEqual([]);
  });

  it('name the call in the reason where the kernel tells it', async () => {
    const source = `import ctypes\nctypes.CDLL(None).mount(0, 0, 0, 0, 0)\nprint('LIVED')`;
    const { exit, stdout } = await ground.python(source);
    expect(stdout).toBe('');
    expect(exit).toMatchObject({ end: 'seccomp', code: null, signal: 'SIGSYS' });
    expect(exit.detail).toMatch(/: mount \(by python3|does not tell which/);
  });

  it('are told also when only a child of the program made them', async () => {
    const { exit } = await ground.python(
      `import os, ctypes\npid = os.fork()\nif pid == 0: ctypes.CDLL(None).unshare(0x10000000)\nos.waitpid(pid, 0)`,
    );
    expect(exit).toMatchObject({ end: 'exit', code: 0 });
  });

  it('answer ENOSYS or EPERM where honest programs only ask', async () => {
    const names = [...POLICY.enosys, ...POLICY.eperm];
    const inside = answers((await ground.python(CALLS, numbered(names))).stdout);
    for (const name of POLICY.enosys) expect([name, inside.get(name)]).toEqual([name, 'errno 38']);
    for (const [name, answer] of inside) {
      expect([name, ['errno 38', 'errno 1'].includes(answer)]).toEqual([name, true]);
    }
  });

  it('cannot be faked: exit status 159 is not a kill', async () => {
    const { exit } = await ground.inside(['/bin/sh', '-c', 'exit 159']);
    expect(exit).toMatchObject({ end: 'exit', code: 159, signal: null });
  });

  it('are refused quietly for debuggers that ask for it', async () => {
    const all = numbered(POLICY.kill);
    const { stdout } = await ground.python(CALLS, all, { seccomp: 'quiet' });
    expect([...answers(stdout)].filter(([, answer]) => answer !== 'errno 1')).toEqual([]);
  });
});

describe('calls by argument', () => {
  it('refuse namespaces, terminals, raw sockets and weak personalities', async () => {
    const source = `
import ctypes, os, socket, fcntl, struct
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, f):
    try: f(); print('DONE', name)
    except OSError as e: print('no', name, e.errno)
def raw(*a):
    r = libc.syscall(*[ctypes.c_long(x) for x in a])
    if r == -1: raise OSError(ctypes.get_errno(), '')
    if r == 0 and a[0] in (56, 220): os._exit(0)
    return r
CLONE = 56 if os.uname().machine == 'x86_64' else 220
PERSONALITY = 135 if os.uname().machine == 'x86_64' else 92
for bit in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000): attempt('clone %x' % bit, lambda: raw(CLONE, bit | 17, 0, 0, 0, 0))
for p in (0x0040000, 0x0400000): attempt('personality', lambda: raw(PERSONALITY, p))
for f, t, p in ((2, 3, 1), (2, 3, 255), (10, 3, 58), (17, 3, 768), (17, 2, 8), (16, 3, 0), (16, 3, 15), (40, 1, 0), (38, 5, 0), (15, 3, 2), (29, 3, 1), (44, 2, 0), (31, 3, 1), (2, 10, 0), (2, 1, 262), (2, 5, 132)):
    attempt('socket %d %d %d' % (f, t, p), lambda: socket.socket(f, t, p))
m, s = os.openpty()
os.setsid(); 
attempt('ctty', lambda: fcntl.ioctl(s, 0x540e, 0)) if False else None
attempt('tiocsti', lambda: fcntl.ioctl(s, 0x5412, b'x'))
attempt('tioclinux', lambda: fcntl.ioctl(s, 0x541c, b'\\x03'))
for f, t in ((socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET6, socket.SOCK_DGRAM), (socket.AF_UNIX, socket.SOCK_STREAM)): socket.socket(f, t); print('fine')
`
      .replace(/\n.*if False else None\n/, '\n')
      .replace('os.setsid(); \n', '');
    const { stdout, stderr } = await ground.python(source);
    expect(stderr).toBe('');
    expect(stdout).not.toContain('DONE');
    expect(stdout.match(/^no /gm)).toHaveLength(27);
    expect(stdout.match(/fine/g)).toHaveLength(3);
    const outside = ground.outside(source);
    expect(outside).toMatch(/DONE personality/);
    expect(outside).toMatch(/DONE socket 16 3 0/);
    expect(outside).toMatch(/DONE clone 4000000/);
  });
});

const FOREIGN = `
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sys/syscall.h>
static void attempt(const char *name, int which) {
  pid_t pid = fork();
  if (pid == 0) {
    long r = -1;
#if defined(__x86_64__)
    if (which == 0) __asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory");
    if (which == 1) r = syscall(0x40000000L + 39);
    if (which == 2) r = syscall(0x40000000L + 520);
#endif
    _exit(0);
  }
  int status; waitpid(pid, &status, 0);
  printf("%s %d\\n", name, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}
int main(void) { attempt("i386", 0); attempt("x32", 1); attempt("x32-exec", 2); return 0; }
`;

describe('foreign system call tables', () => {
  it('kill their caller', async () => {
    if (process.arch !== 'x64') {
      // arm64 kernels offer 32-bit calls only to 32-bit programs, which the filter kills by word.
      expect(architectureOf()?.foreignFrom).toBeNull();
      return;
    }
    const program = ground.compile(FOREIGN);
    const { stdout } = await ground.inside([program]);
    expect(stdout).toBe('i386 31\nx32 31\nx32-exec 31\n');
  });
});
