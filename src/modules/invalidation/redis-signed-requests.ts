import type { RedisConnection } from '../../platform/redis/redis-connection.js';
import {
  SETTLES_AFTER_MS,
  SIGNED_REMEMBERED_MS,
  SignedRequests,
  type Earlier,
  type SignedMark,
} from './signed-requests.js';

/** Stands behind the number when the request is settled. */
const SETTLED = '.';

/**
 * Signed requests of the region: a number each. How long ago the first was carried out, the server's own clock says by what is left of the
 * key's life.
 */
export class RedisSignedRequests extends SignedRequests {
  constructor(private readonly connection: RedisConnection) {
    super();
  }

  async recall(mark: SignedMark): Promise<Earlier> {
    const key = keyOf(mark);
    // Of one turn, so one round trip.
    const [stored, leftMs] = await Promise.all([
      this.connection.run((client) => client.get(key), key),
      this.connection.run((client) => client.pttl(key), key),
    ]);
    if (stored === null || leftMs < 0) return { kind: 'none' };
    const invalidated = Number.parseInt(stored, 10);
    if (stored.endsWith(SETTLED)) return { kind: 'settled', invalidated };
    return { kind: 'unsettled', invalidated, settles: SIGNED_REMEMBERED_MS - leftMs >= SETTLES_AFTER_MS };
  }

  async note(mark: SignedMark, invalidated: number, earlier: Earlier): Promise<boolean> {
    const key = keyOf(mark);
    if (earlier.kind === 'unsettled') {
      const text = `${earlier.invalidated}${SETTLED}`;
      if (earlier.settles) await this.connection.run((client) => client.set(key, text, 'KEEPTTL', 'XX'), key);
      return false;
    }
    const noted = await this.connection.run(
      (client) => client.set(key, invalidated, 'PX', SIGNED_REMEMBERED_MS, 'NX'),
      key,
    );
    return noted === 'OK';
  }
}

function keyOf({ customer: { tenant, hash: customer }, hash }: SignedMark): string {
  return `cust-signed:{${tenant}}:${customer}:${hash}`;
}
