import { connect } from 'node:net';
import type { Egress } from '../../cage/egress/port.ts';

const LIMIT_MS = 4_000;

/**
 * P6: the real proxy answers on its socket and refuses the loopback address and a name that is not
 * listed. That listed names pass is not a protection, so it is not asked for here.
 */
export async function probeProxy(egress: Egress): Promise<{ ok: boolean; observed: string }> {
  const way = await egress.open({
    run: 'probe-p6',
    rules: [{ host: 'listed.invalid', ports: [443] }],
    maxConnections: 8,
    maxBytes: 65_536,
  });
  try {
    const loopback = await statusOf(way.socket, '127.0.0.1:443');
    const unlisted = await statusOf(way.socket, 'unlisted.invalid:443');
    const port = await statusOf(way.socket, 'listed.invalid:22');
    return {
      ok: loopback === 403 && unlisted === 403 && port === 403,
      observed: `127.0.0.1 gets ${loopback}, an unlisted name ${unlisted}, an unlisted port ${port}`,
    };
  } finally {
    await way.close();
  }
}

/** Status of a CONNECT through the proxy's socket; 0 when it gave none. */
function statusOf(socketPath: string, authority: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let text = '';
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0));
    };
    const timer = setTimeout(end, LIMIT_MS);
    socket.on('error', end);
    socket.on('close', end);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.length >= 12) end();
    });
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  });
}
