import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range of ports for outgoing connections. Otherwise one of thousands of callers could
 * take a port before its server does.
 */
const FIRST_PORT = 21_000;
const LAST_PORT = 31_999;

export async function freePort(): Promise<number> {
  const server = createServer();
  try {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return port;
  } catch {
    return await freePort();
  } finally {
    server.close();
  }
}
