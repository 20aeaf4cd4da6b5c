import type { Socket } from 'node:net';
import { libc } from './libc.ts';

export interface PeerCredentials {
  pid: number;
  uid: number;
  gid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** Node keeps the descriptor in an internal field; a socket without it has no known peer. */
function descriptorOf(socket: Socket): number | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return null;
  const fd: unknown = Reflect.get(handle, 'fd');
  return typeof fd === 'number' && Number.isInteger(fd) && fd >= 3 ? fd : null;
}

/**
 * Who connected to our Unix socket, as the kernel recorded it at connect() (SO_PEERCRED).
 * Null when it cannot be known: refuse the client then.
 */
export function peerCredentials(socket: Socket): PeerCredentials | null {
  const fd = descriptorOf(socket);
  if (fd === null) return null;
  const bytes = libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, 12);
  if (bytes.length !== 12) return null;
  const pid = bytes.readInt32LE(0);
  const uid = bytes.readUInt32LE(4);
  const gid = bytes.readUInt32LE(8);
  // The kernel answers pid 0 and uid -1 for a socket without a Unix peer (TCP).
  return pid <= 0 || uid === 0xffffffff ? null : { pid, uid, gid };
}
