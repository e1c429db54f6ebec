import { setTimeout as delay } from 'node:timers/promises';
import { alternate, type Contender } from './support/alternate.ts';
import { askWhole, customersTo, sendAll, warm } from './support/ask.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip } from './support/datadip.ts';
import { BRIEF_COPIES_GO_MS, NearWindow, NEAR_TTL_MS } from './support/near-window.ts';
import { startOrigin } from './support/origin.ts';
import { profiledLoad, profiling } from './support/profile.ts';
import { startRedis } from './support/redis.ts';

const CUSTOMERS = 2000;

/** A dip composed of three parts whose near copies answer, against a dip of one lookup. */
export const composed: Bench = async (stage, options) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  const nodeArgs = options.profile ? profiling(stage) : [];
  const settings = { originUrl: origin.url, redisUrl: redis.url, cache: { nearTtlMs: NEAR_TTL_MS }, nodeArgs };
  const datadip = await startDatadip(stage, { ...settings, composed: true });
  const fillParts = (): Promise<void> => sendAll(customersTo(CUSTOMERS), (n) => askWhole(datadip.url, n));
  await fillParts();
  await warm(datadip.url, CUSTOMERS);
  await delay(BRIEF_COPIES_GO_MS);
  const window = new NearWindow(datadip.url, CUSTOMERS, redis, fillParts);
  const before = (): Promise<void> => window.hold(options.seconds);
  const ours = { url: datadip.url, pid: datadip.actor.pid, customers: CUSTOMERS, before } as const;
  const whole: Contender = { ...ours, request: 'whole', name: 'datadip, three parts' };
  const single: Contender = { ...ours, request: 'post', name: 'datadip, one lookup' };
  await before();
  await origin.forget();
  const found = options.profile
    ? await profiledLoad(stage, datadip, whole, options)
    : await alternate([whole, single], options);
  const [calls, reads] = [await origin.calls(), await window.readsSinceFilled()];
  return `${found}\n\nCalls of the origin during the runs: ${calls}. Reads of Redis: ${reads}.`;
};
