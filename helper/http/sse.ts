import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StreamHandle } from '../service/events/hub.ts';
import type { CallContext, Service } from '../service/service.ts';

/** A reader that is this far behind is cut off; it comes back with its last event id. */
const MAX_BEHIND = 4 * 1024 * 1024;

/** Answers with server-sent events until either side ends the connection. */
export async function serveEvents(
  service: Service,
  input: Record<string, unknown>,
  context: CallContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const header = request.headers['last-event-id'];
  const wanted =
    typeof header === 'string' && input['lastEventId'] === undefined
      ? { ...input, lastEventId: header }
      : input;
  const { raw } = reply;
  const early: string[] = [];
  let started = false;
  let handle: StreamHandle | undefined;
  const send = (id: string, kind: string, data: string): void => {
    const text = `id: ${id}\nevent: ${kind}\ndata: ${data}\n\n`;
    if (!started) early.push(text);
    else if (raw.writableLength > MAX_BEHIND) raw.destroy();
    else raw.write(text);
  };
  handle = await service.stream(wanted, context, send);
  reply.hijack();
  raw.on('close', () => handle?.close());
  if (raw.destroyed || request.raw.socket.destroyed) {
    handle.close();
    return;
  }
  raw.writeHead(200, {
    ...Object.fromEntries(
      Object.entries(reply.getHeaders()).map(([key, value]) => [key, String(value)]),
    ),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  started = true;
  for (const text of early) raw.write(text);
}
