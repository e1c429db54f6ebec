import { SystemClock, type Clock } from '../../src/kernel/clock.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { Redis } from '../../src/platform/redis/redis.js';

interface Terms {
  readonly timeoutMs: number;
  readonly region?: string;
  readonly clock?: Clock;
}

const log = { info: () => undefined, warn: () => undefined };

/** Our hold on Redis as the application opens it, with nobody who reads its log. */
export function openedRedis(urls: readonly string[], terms: Terms): Redis {
  const { timeoutMs, region = 'test', clock = new SystemClock() } = terms;
  return new Redis({ urls, timeoutMs }, region, { clock, metrics: new Metrics(), log });
}
