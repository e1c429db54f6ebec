import { customerHashTag } from '../../contracts/customer.js';
import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import {
  AMBIGUOUS_FOR_MS,
  SIGNED_REQUEST_TTL_MS,
  SignedRequests,
  type EarlierRequest,
  type SignedRequestId,
} from './signed-requests.js';

/** How long a command is repeated that Redis did not execute, in milliseconds: its slot moves. */
const WITHIN_MS = 500;
/** Follows the number of a request whose repetitions are replays. */
const PROCESSED = '.';

/**
 * Stores the signed requests of the region in Redis: per request, the number of invalidated
 * entries. The remaining lifetime of the key tells the age of the first request, by the clock of
 * the Redis server.
 */
export class RedisSignedRequests extends SignedRequests {
  constructor(private readonly connection: RedisConnection) {
    super();
  }

  async find(id: SignedRequestId): Promise<EarlierRequest> {
    const key = keyOf(id);
    // Both commands leave in one event-loop tick, which costs one round trip.
    const [stored, leftMs] = await Promise.all([
      this.connection.runWithin(WITHIN_MS, (client) => client.get(key), key),
      this.connection.runWithin(WITHIN_MS, (client) => client.pttl(key), key),
    ]);
    if (stored === null || leftMs < 0) return { kind: 'none' };
    const invalidated = Number.parseInt(stored, 10);
    if (stored.endsWith(PROCESSED)) return { kind: 'processed', invalidated };
    return { kind: 'ambiguous', invalidated, isLast: SIGNED_REQUEST_TTL_MS - leftMs >= AMBIGUOUS_FOR_MS };
  }

  async record(id: SignedRequestId, invalidated: number, earlier: EarlierRequest): Promise<boolean> {
    const key = keyOf(id);
    if (earlier.kind === 'ambiguous') {
      const text = `${earlier.invalidated}${PROCESSED}`;
      if (earlier.isLast)
        await this.connection.runWithin(WITHIN_MS, (client) => client.set(key, text, 'KEEPTTL', 'XX'), key);
      return false;
    }
    const reply = await this.connection.runWithin(
      WITHIN_MS,
      (client) => client.set(key, invalidated, 'PX', SIGNED_REQUEST_TTL_MS, 'NX'),
      key,
    );
    return reply === 'OK';
  }
}

function keyOf({ customer, hash }: SignedRequestId): string {
  return `cust-signed:${customerHashTag(customer)}:${customer.tenant}:${customer.hash}:${hash}`;
}
