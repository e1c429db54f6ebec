import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ReconcileConfig } from '../../../config/sections/agents.js';
import { REGION } from '../../../config/sections/server.js';
import { Redis } from '../../../platform/redis/redis.js';
import type { RedisConnection } from '../../../platform/redis/redis-connection.js';
import type { JobLeaseOptions } from '../../../platform/scheduler/job-scheduler.js';

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
  queues: z.number().optional(),
  queuesFailed: z.number().optional(),
  joined: z.number().optional(),
  left: z.number().optional(),
  skillsChanged: z.number().optional(),
});

/** The result of a run. A failed run contains the counts it had reached. */
export type LastRun = z.infer<typeof LAST_RUN>;

/**
 * The reconciliation lease: in each interval, the process of the region that acquires it makes the
 * run. Without the lease, the timers of several processes would fire at the same time, and each
 * would read all agents from the platform.
 */
export function reconciliationLease(entry: ReconcileConfig, region: string): JobLeaseOptions {
  return { key: keyOf(entry, region, 'turn'), leaseMs: Math.floor(entry.everyMs * LEASE_SHARE) };
}

/** Shares the result of the last run with the other processes of the region. */
@Injectable()
export class ReconciliationRuns {
  private readonly connection: RedisConnection | undefined;

  constructor(
    { connection }: Redis,
    @Inject(REGION) private readonly region: string,
  ) {
    this.connection = connection;
  }

  /**
   * Shares the result with the other processes of the region. If Redis fails, they keep the result
   * of an earlier run.
   */
  async publish(entry: ReconcileConfig, run: LastRun): Promise<void> {
    const key = keyOf(entry, this.region, 'turned');
    const text = JSON.stringify(run);
    await this.connection?.run((client) => client.set(key, text, 'PX', LAST_RUN_TTL_MS), key).catch(() => undefined);
  }

  /** @returns `undefined` if no run has ended yet, or Redis fails */
  async last(entry: ReconcileConfig): Promise<LastRun | undefined> {
    const key = keyOf(entry, this.region, 'turned');
    const text = await this.connection?.run((client) => client.get(key), key).catch(() => undefined);
    if (text === undefined || text === null) return undefined;
    return LAST_RUN.safeParse(JSON.parse(text)).data;
  }
}

function keyOf({ tenant, system }: ReconcileConfig, region: string, name: 'turn' | 'turned'): string {
  return `agents:{${tenant}}:${name}:${region}:${system}`;
}
