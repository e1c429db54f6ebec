import type { Server } from 'node:http';

/**
 * Load balancers commonly close an idle connection after 60 s. Datadip waits longer, so that the
 * load balancers close first.
 */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/**
 * How often Node looks for connections over their timeout, an option of `createServer`. With Node's
 * default of 30 s, a timeout could come 30 s late.
 */
export const TIMEOUT_CHECK_INTERVAL_MS = 1000;

/**
 * Sets the timeouts that keep slow senders from holding connections. A data dip has a few hundred
 * bytes.
 */
export function applyServerTimeouts(server: Server): void {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
}
