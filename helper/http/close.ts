import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Stops listening and ends every connection. The framework closes only servers it started itself. */
export async function closeApp(app: FastifyInstance): Promise<void> {
  const server: Server = app.server;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await app.close();
  await closed;
}
