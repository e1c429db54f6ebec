import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { randomUUID } from 'node:crypto';
import { JobLease } from '../../src/platform/scheduler/job-lease.js';
import { JobScheduler } from '../../src/platform/scheduler/job-scheduler.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { createRedis } from '../support/create-redis.js';
import { sharedRedisUrl } from '../support/redis-store.js';

describe('the job scheduler', () => {
  const registry = new SchedulerRegistry();
  const logged: unknown[] = [];
  const log = { error: (fields: unknown) => void logged.push(fields) } as never;
  let redis: Redis;

  const scheduler = (): JobScheduler => new JobScheduler(registry, new JobLease(redis), log);

  beforeAll(async () => {
    redis = createRedis([sharedRedisUrl()], { timeoutMs: 1000 });
    await redis.connected();
  });
  afterEach(() => {
    logged.length = 0;
    for (const name of registry.getIntervals()) registry.deleteInterval(name);
  });
  afterAll(() => redis.close());

  it('runs a job again and again until its schedule is deleted', async () => {
    let runs = 0;
    scheduler().schedule({ name: 'count', schedule: { everyMs: 5 }, run: () => (runs += 1) });
    await eventually(() => expect(runs).toBeGreaterThan(2));
  });

  it('skips a run that is due while the previous one is running', async () => {
    const gate = new Gate();
    let runs = 0;
    const job = { name: 'slow', schedule: { everyMs: 60_000 }, run: () => ((runs += 1), gate.wait()) };
    const jobs = scheduler();
    const first = jobs.runOnce(job);
    await jobs.runOnce(job);
    expect(runs).toBe(1);
    gate.open();
    await first;
    await jobs.runOnce(job);
    expect(runs).toBe(2);
  });

  it('logs a failing run, returns undefined, and runs the job again', async () => {
    const jobs = scheduler();
    let runs = 0;
    const run = (): number => {
      runs += 1;
      if (runs === 1) throw new Error('broken');
      return runs;
    };
    const job = { name: 'failing', schedule: { everyMs: 60_000 }, run };
    expect(await jobs.runOnce(job)).toBeUndefined();
    expect(logged).toMatchObject([{ job: 'failing', error: { type: 'Error' } }]);
    expect(await jobs.runOnce(job)).toBe(2);
  });

  it('lets one of several processes run a job with a lease', async () => {
    const lease = { key: `test:${randomUUID()}:lease`, leaseMs: 60_000 };
    const outcomes: string[] = [];
    const job = {
      name: 'leased',
      schedule: { everyMs: 60_000 },
      lease,
      run: () => void outcomes.push('ran'),
      onLeaseHeldElsewhere: () => void outcomes.push('held elsewhere'),
    };
    await Promise.all([scheduler().runOnce(job), scheduler().runOnce(job), scheduler().runOnce(job)]);
    expect(outcomes.toSorted()).toEqual(['held elsewhere', 'held elsewhere', 'ran']);
  });

  it('grants the lease again after it has expired', async () => {
    const lease = { key: `test:${randomUUID()}:lease`, leaseMs: 1 };
    const job = { name: 'leased', schedule: { everyMs: 60_000 }, lease, run: () => 'ran' };
    const jobs = scheduler();
    expect(await jobs.runOnce(job)).toBe('ran');
    await eventually(async () => expect(await jobs.runOnce(job)).toBe('ran'));
  });
});
