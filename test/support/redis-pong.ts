import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { bounded } from './bounded.js';

const ANSWERS_WITHIN_MS = 30_000;
const KNOCK_EVERY_MS = 20;

/** Knocks until the server on this loopback port answers PING, or until `givenUp` says that it never will. */
export async function untilPong(port: number, caFile: string | undefined, givenUp: Promise<never>): Promise<void> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    ...(caFile === undefined ? {} : { tls: { ca: readFileSync(caFile) } }),
    retryStrategy: () => KNOCK_EVERY_MS,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => undefined);
  try {
    await bounded(Promise.race([client.ping(), givenUp]), ANSWERS_WITHIN_MS, `PONG on port ${port}`);
  } finally {
    client.disconnect();
  }
}
