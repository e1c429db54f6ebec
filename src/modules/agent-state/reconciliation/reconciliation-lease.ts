import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ReconcileConfig } from '../../../config/sections/agents.js';
import { REGION } from '../../../config/sections/server.js';
import { Redis } from '../../../platform/redis/redis.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';

/**
 * Share of the interval. The lease expires before the next run is due, so that any process can make
 * that run.
 */
const LEASE_SHARE = 0.9;
/** Longer than the longest interval between runs. */
const LAST_RUN_TTL_MS = 86_400_000;

const LAST_RUN = z.object({
  outcome: z.enum(['done', 'failed']),
  endedAtMs: z.number(),
  tookMs: z.number(),
  agents: z.number(),
  drifted: z.number(),
  gone: z.number(),
});

/** The result of a run. A failed run contains the counts it had reached. */
export type LastRun = z.infer<typeof LAST_RUN>;

/**
 * Decides which process of the region runs a reconciliation, and shares the result of the last run.
 *
 * Guarantees: at most one process of the region acquires the lease per interval. Without Redis
 * every process does.
 * Does not guarantee: that a run ends before its lease expires, so two runs may overlap.
 * Race it prevents:
 * 1. The timers of two processes fire at the same time.
 * 2. Both processes read all agents from the platform and use up its rate limit.
 */
@Injectable()
export class ReconciliationLease {
  private readonly connection: RedisConnection | undefined;

  constructor(
    { connection }: Redis,
    @Inject(REGION) private readonly region: string,
  ) {
    this.connection = connection;
  }

  /**
   * @returns whether this process makes the run
   * @throws {StoreUnavailable}
   */
  async tryAcquire(entry: ReconcileConfig): Promise<boolean> {
    if (this.connection === undefined) return true;
    const key = this.key(entry, 'turn');
    const leaseMs = Math.floor(entry.everyMs * LEASE_SHARE);
    return (await this.connection.run((client) => client.set(key, randomUUID(), 'PX', leaseMs, 'NX'), key)) === 'OK';
  }

  /**
   * Shares the result with the other processes of the region. If Redis fails, they keep the result
   * of an earlier run.
   */
  async publishLastRun(entry: ReconcileConfig, run: LastRun): Promise<void> {
    const key = this.key(entry, 'turned');
    const text = JSON.stringify(run);
    await this.connection?.run((client) => client.set(key, text, 'PX', LAST_RUN_TTL_MS), key).catch(() => undefined);
  }

  /** @returns `undefined` if no run has ended yet, or Redis fails */
  async lastRun(entry: ReconcileConfig): Promise<LastRun | undefined> {
    const key = this.key(entry, 'turned');
    const text = await this.connection?.run((client) => client.get(key), key).catch(() => undefined);
    if (text === undefined || text === null) return undefined;
    return LAST_RUN.safeParse(JSON.parse(text)).data;
  }

  private key({ tenant, system }: ReconcileConfig, name: 'turn' | 'turned'): string {
    return `agents:{${tenant}}:${name}:${this.region}:${system}`;
  }
}
