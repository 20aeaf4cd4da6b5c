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

/** Each takes memory that no resident set of its processes shows, slowly enough to be looked at. */
const HOARD = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
static char buf[1 << 20];
static int memfile(void) {
  int fd = memfd_create("x", 0);
  for (int i = 0; i < 16; i++) if (write(fd, buf, sizeof buf) < 0) return -1;
  usleep(15000);
  return fd;
}
static void send_away(int into, int fd) {
  char control[CMSG_SPACE(sizeof fd)] = {0};
  struct iovec part = {buf, 1};
  struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *head = CMSG_FIRSTHDR(&m);
  head->cmsg_level = SOL_SOCKET; head->cmsg_type = SCM_RIGHTS; head->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(head), &fd, sizeof fd);
  if (sendmsg(into, &m, MSG_DONTWAIT) < 0) perror("sendmsg");
  close(fd);
}
int main(int argc, char **argv) {
  const char *how = argv[1];
  memset(buf, 1, sizeof buf);
  if (!strcmp(how, "mapped") || !strcmp(how, "hiding")) {
    if (how[0] == 'h') prctl(PR_SET_DUMPABLE, 0);
    for (int i = 0; i < 60; i++) {
      int fd = memfile();
      if (mmap(0, sizeof buf * 16, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED) perror("mmap");
      if (how[0] == 'm') close(fd);
    }
  } else if (!strcmp(how, "zapped")) {
    char *all = mmap(0, 1L << 30, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 64; i++) {
      memset(all + ((long)i << 24), 1, 1 << 24);
      madvise(all + ((long)i << 24), 1 << 24, MADV_DONTNEED);
      usleep(15000);
    }
  } else if (!strcmp(how, "flight")) {
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    for (int i = 0; i < 60; i++) send_away(pair[0], memfile());
  } else if (!strcmp(how, "tables")) {
    for (int i = 0; i < 250; i++) {
      volatile char *p = mmap(0, 2L << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      for (long k = 0; k < 1024; k++) (void)p[k << 21];
      usleep(4000);
    }
  } else if (!strcmp(how, "pipes")) {
    for (int k = 0; k < 100; k++) if (fork() == 0) {
      int ends[2];
      while (pipe2(ends, O_NONBLOCK) == 0) while (write(ends[1], buf, 4096) > 0);
      sleep(60); _exit(0);
    }
  } else if (!strcmp(how, "mappings")) {
    for (int k = 0; k < 60; k++) if (fork() == 0) {
      for (int i = 0; i < 65000; i++)
        if (mmap(0, 4096, i & 1 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) break;
      sleep(60); _exit(0);
    }
  }
  sleep(45);
  puts("GOT");
  return 0;
}
`;

describe('memory that no process shows', () => {
  it('ends the run: hidden maps, descriptors under way, page tables, pipes, mappings', async () => {
    const hoard = ground.compile(HOARD);
    for (const how of ['mapped', 'hiding', 'zapped', 'flight', 'tables', 'pipes', 'mappings']) {
      const { exit, stdout, stderr } = await ground.inside([hoard, how], {
        limits: { memoryBytes: 160 * MIB },
      });
      expect([how, exit.end, stdout, stderr]).toEqual([how, 'memory', '', '']);
    }
  });

  it('is counted also of programs that hide from their own user', async () => {
    const many = ground.compile(`
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(int argc, char **argv) {
  if (argc > 1) prctl(PR_SET_DUMPABLE, 0);
  for (int i = 0; i < 10; i++) if (fork() == 0) {
    memset(malloc(60 << 20), 1, 60 << 20);
    sleep(60); _exit(0);
  }
  sleep(45);
  puts("GOT");
}
`);
    const unreadable = await ground.inside(['/bin/sh', '-c', `chmod 111 ${many}; exec ${many}`], {
      limits: { memoryBytes: 160 * MIB },
    });
    expect([unreadable.exit.end, unreadable.stdout]).toEqual(['memory', '']);
    const closed = await ground.inside([many, 'x'], { limits: { memoryBytes: 160 * MIB } });
    expect([closed.exit.end, closed.stdout]).toEqual(['memory', '']);
  });

  it('is not held against programs that only reserve, share or pass on (control)', async () => {
    const source = `
import mmap, os, socket, time
keep = [mmap.mmap(-1, 1 << 40, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, 0) for _ in range(4)]
shared = mmap.mmap(-1, 48 << 20)
for i in range(48): shared.write(b'x' * (1 << 20))
pipes = [os.pipe() for _ in range(200)]
a, b = socket.socketpair()
socket.send_fds(a, [b'x'], [pipes[0][0]])
children = []
for _ in range(4):
    pid = os.fork()
    if pid == 0: [shared[i] for i in range(0, len(shared), 4096)]; time.sleep(3); os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
print('fine')
`;
    const { exit, stdout } = await ground.python(source, [], {
      limits: { memoryBytes: 160 * MIB },
    });
    expect([exit.code, exit.detail, stdout]).toEqual([0, expect.any(String), 'fine\n']);
  });
});
