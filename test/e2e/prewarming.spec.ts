import { describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { WARM_UP_CALLER, type Caller } from '../../src/contracts/caller.js';
import { Clock } from '../../src/kernel/clock.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { PrewarmJob } from '../../src/modules/profile/prewarm.job.js';
import { LookupService } from '../../src/modules/profile/lookup.service.js';
import { ADA_ANSWER, declaration } from '../support/declaration.js';
import { aboutAda, newPhone, onStage } from './stage.js';
import { parse } from 'yaml';

const PEAK = { cron: '45 7 * * 1-5', top: 2 };
type Lookups = Record<string, Record<string, unknown>>;

/** The default declaration with a peak. */
function withPeak(originUrl: string, cache: Record<string, unknown>) {
  const { lookups } = parse(declaration(originUrl, { cache })) as { lookups: Lookups };
  return { lookups: { customer: { ...lookups.customer, prewarm: [PEAK] } } };
}

describe('the pre-warm job', () => {
  const stage = onStage((url) => withPeak(url, { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0 }));
  const prewarm = () => stage.app.app.get(PrewarmJob).run('customer', PEAK);
  const requestedNumbers = () =>
    stage.origin.calls.map(({ url }) => new URL(url, 'http://origin').searchParams.get('phone'));

  it('loads the most requested entries before a peak and no others', async () => {
    const [often, sometimes, seldom] = [newPhone(), newPhone(), newPhone()];
    for (const ani of [often, often, often, sometimes, sometimes, seldom]) await stage.ask({ ani });
    stage.origin.calls.length = 0;

    expect(await prewarm()).toEqual({ wanted: 2, loaded: 2, failed: 0 });
    expect(requestedNumbers().toSorted()).toEqual([often, sometimes].toSorted());
  });

  it('reports the failed loads when the origin fails', async () => {
    const ani = newPhone();
    for (let times = 0; times < 5; times += 1) await stage.ask({ ani });
    // During the other requests the entry becomes older than its TTL of 1 ms.
    for (let others = 0; others < 3; others += 1) await stage.ask({ ani: newPhone() });
    stage.origin.fail(500);
    expect(await prewarm()).toMatchObject({ wanted: 2, failed: 2 });
    stage.origin.answer(aboutAda);
  });

  it('runs the job on the declared schedule and logs one line without personal data per run', () => {
    expect(stage.app.app.get(SchedulerRegistry).getCronJobs().get('prewarm customer 0')?.cronTime.source).toBe(
      PEAK.cron,
    );
    const lines = stage.app.logs.filter(({ msg }) => msg === 'pre-warming finished');
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toMatch(/1555|Ada/);
  });
});

describe('a warm-up request', () => {
  const stage = onStage((url) => withPeak(url, { ttlMs: 1, staleMs: 0 }));

  it('does not count a warm-up request as demand', () => {
    const lookups = stage.app.app.get(LookupService);
    const deadline = new Deadline(stage.app.app.get(Clock), 0);
    const ask = (caller: Caller): void => {
      const inputs = new Map([['ani', newPhone()]]);
      lookups.createDip({
        lookup: 'customer',
        inputs,
        tenantHeader: undefined,
        caller,
        deadline,
        whenDegraded: 'answer',
      });
    };
    ask(WARM_UP_CALLER);
    expect(lookups.popularDips('customer', 10)).toEqual([]);
    ask({ ...WARM_UP_CALLER });
    expect(lookups.popularDips('customer', 10)).toHaveLength(1);
  });
});

describe('a fresh entry before a peak', () => {
  const stage = onStage((url) => withPeak(url, { ttlMs: 60_000 }));

  it('does not load a fresh entry again before a peak', async () => {
    const ani = newPhone();
    expect((await stage.ask({ ani })).json).toMatchObject(ADA_ANSWER);
    await stage.askUntil('cache', { ani });
    stage.origin.calls.length = 0;

    expect(await stage.app.app.get(PrewarmJob).run('customer', PEAK)).toMatchObject({ loaded: 0, failed: 0 });
    expect(stage.origin.count).toBe(0);
  });
});
