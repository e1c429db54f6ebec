import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { bounded } from './bounded.js';

const ANSWERS_WITHIN_MS = 30_000;
const RECONNECT_EVERY_MS = 20;

/** Connects until the server on this loopback port answers PING, or until `failed` rejects. */
export async function untilPong(port: number, caFile: string | undefined, failed: Promise<never>): Promise<void> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    ...(caFile === undefined ? {} : { tls: { ca: readFileSync(caFile), servername: 'localhost' } }),
    retryStrategy: () => RECONNECT_EVERY_MS,
    maxRetriesPerRequest: null,
  });
  client.on('error', () => undefined);
  try {
    await bounded(Promise.race([client.ping(), failed]), ANSWERS_WITHIN_MS, `PONG on port ${port}`);
  } finally {
    client.disconnect();
  }
}
