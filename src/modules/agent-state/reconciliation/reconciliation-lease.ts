import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ReconcileConfig } from '../../../config/config.js';
import { REGION } from '../../../config/tokens.js';
import { Redis } from '../../../platform/redis/redis.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';

/** The lease ends a little before the next turn, so that the turn is anybody's. */
const LEASE_SHARE = 0.9;
/** Longer than the longest time between turns. */
const REMEMBERED_MS = 86_400_000;

const LAST_TURN = z.object({
  outcome: z.enum(['done', 'failed']),
  endedAtMs: z.number(),
  tookMs: z.number(),
  agents: z.number(),
  drifted: z.number(),
  gone: z.number(),
});

/** How a turn went, as far as it went. */
export type LastRun = z.infer<typeof LAST_TURN>;

/** Whose turn it is in the region, and how the last one went. Without Redis every turn is ours. */
@Injectable()
export class ReconciliationLease {
  private readonly connection: RedisConnection | undefined;

  constructor(
    { connection }: Redis,
    @Inject(REGION) private readonly region: string,
  ) {
    this.connection = connection;
  }

  /** @throws {StoreUnavailable} */
  async tryAcquire(one: ReconcileConfig): Promise<boolean> {
    if (this.connection === undefined) return true;
    const key = this.key(one, 'turn');
    const leaseMs = Math.floor(one.everyMs * LEASE_SHARE);
    return (await this.connection.run((client) => client.set(key, randomUUID(), 'PX', leaseMs, 'NX'), key)) === 'OK';
  }

  /** For the others of the region; who cannot be told sees an older one. */
  async publishLastRun(one: ReconcileConfig, last: LastRun): Promise<void> {
    const key = this.key(one, 'turned');
    const text = JSON.stringify(last);
    await this.connection?.run((client) => client.set(key, text, 'PX', REMEMBERED_MS), key).catch(() => undefined);
  }

  /** Absent: none yet, or nobody can say. */
  async lastRun(one: ReconcileConfig): Promise<LastRun | undefined> {
    const key = this.key(one, 'turned');
    const text = await this.connection?.run((client) => client.get(key), key).catch(() => undefined);
    if (text === undefined || text === null) return undefined;
    return LAST_TURN.safeParse(JSON.parse(text)).data;
  }

  private key({ tenant, system }: ReconcileConfig, what: 'turn' | 'turned'): string {
    return `agents:{${tenant}}:${what}:${this.region}:${system}`;
  }
}
