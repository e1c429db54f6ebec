import type { Server } from 'node:http';

/** Longer than the 60 s after which load balancers commonly drop an idle connection, so that it is never us who close first. */
const KEEP_ALIVE_MS = 65_000;
const HEAD_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 15_000;
/** How often it is looked who is late; `createServer` wants to know. Node's own 30 s would let everybody be that late. */
export const LOOKS_FOR_LATE_EVERY_MS = 1000;

/** Bounds what a slow sender can hold open. A data dip is a few hundred bytes. */
export function boundServer(server: Server): void {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEAD_WITHIN_MS;
  server.requestTimeout = REQUEST_WITHIN_MS;
}
