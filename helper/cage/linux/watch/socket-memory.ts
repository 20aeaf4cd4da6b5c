import { readFileSync } from 'node:fs';

/** Fewer TCP connections than this are not worth reading their list. */
const FEW = 16;
/** What the kernel takes for a queued byte, with the rest of its buffer. */
const OVERHEAD = 2;
const QUEUES = /^ *\d+: \S+ \S+ \S+ ([0-9A-F]{8}):([0-9A-F]{8}) /gm;

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The cage ended between two looks: its sockets hold nothing any more.
    return '';
  }
}

/**
 * Bytes that the sockets of a cage can hold in the kernel, where no process shows them and no control
 * group counts them: what is sent and not yet read. Local sockets count with the most that each may
 * hold (the filter lets no program raise that), TCP connections with what is queued now.
 * @param init process 1 of the cage, whose network namespace is asked
 */
export function socketMemory(init: number): number {
  const stat = textOf(`/proc/${init}/net/sockstat`);
  const all = Number(/^sockets: used (\d+)$/m.exec(stat)?.[1] ?? 0);
  const tcp = Number(/^TCP: inuse (\d+)/m.exec(stat)?.[1] ?? 0);
  const each = Number(textOf('/proc/sys/net/core/wmem_default') || 212_992);
  const local = Math.max(0, all - tcp) * each;
  if (tcp < FEW) return local;
  const lists = ['tcp', 'tcp6'].map((name) => textOf(`/proc/${init}/net/${name}`));
  return local + OVERHEAD * lists.reduce((sum, text) => sum + queued(text), 0);
}

/** Sum of both queues in a list of /proc/net/tcp. */
export function queued(list: string): number {
  let bytes = 0;
  for (const [, out = '0', back = '0'] of list.matchAll(QUEUES)) {
    bytes += Number.parseInt(out, 16) + Number.parseInt(back, 16);
  }
  return bytes;
}
