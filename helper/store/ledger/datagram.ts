const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Bytes of `sun_path` with its closing NUL. */
const MAX_PATH = 108;

interface Calls {
  socket(family: number, type: number, protocol: number): number;
  sendto(
    fd: number,
    data: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    size: number,
  ): number;
  close(fd: number): number;
  /** Name of the last error. */
  errno(): string;
}

/** Loaded when it is needed first: at its end the library flushes standard output in its own way. */
async function bind(): Promise<Calls> {
  const { default: koffi } = await import('koffi');
  const lib = koffi.load('libc.so.6');
  return {
    socket: lib.func('int socket(int, int, int)'),
    sendto: lib.func('long sendto(int, void *, size_t, int, void *, uint32_t)'),
    close: lib.func('int close(int)'),
    errno: () => {
      const number = koffi.errno();
      const found = Object.entries(koffi.os.errno).find(([, value]) => value === number);
      return found?.[0] ?? `errno ${number}`;
    },
  };
}

/**
 * Sends one datagram to a Unix socket, which Node does not offer, and never waits: a log daemon that
 * hangs must not hang its writers. Throws Error with the errno's name as `code` (EAGAIN: its queue is
 * full; EPROTOTYPE: a stream socket listens there), UNSUPPORTED away from Linux.
 */
export async function sendDatagram(path: string, data: Uint8Array): Promise<void> {
  if (process.platform !== 'linux') throw fault('UNSUPPORTED');
  const address = Buffer.alloc(2 + MAX_PATH);
  address.writeUInt16LE(AF_UNIX);
  if (address.write(path, 2) !== Buffer.byteLength(path) || Buffer.byteLength(path) >= MAX_PATH) {
    throw fault('ENAMETOOLONG');
  }
  const { socket, sendto, close, errno } = await bind();
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw fault(errno());
  try {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const sent = sendto(fd, data, data.length, flags, address, 2 + Buffer.byteLength(path) + 1);
    if (sent !== data.length) throw fault(sent < 0 ? errno() : 'EMSGSIZE');
  } finally {
    close(fd);
  }
}

function fault(code: string): Error {
  return Object.assign(new Error(`A datagram could not be sent (${code}).`), { code });
}
