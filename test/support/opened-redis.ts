import type { Logger } from 'pino';
import { SystemClock, type Clock } from '../../src/kernel/clock.js';
import { CacheErrorMetrics } from '../../src/platform/metrics/cache-error.metrics.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.js';
import { Redis } from '../../src/platform/redis/redis.js';

interface Terms {
  readonly timeoutMs: number;
  readonly clock?: Clock;
  /** Default: nobody reads it. */
  readonly log?: Pick<Logger, 'info' | 'warn'>;
}

const UNREAD = { info: () => undefined, warn: () => undefined };

/** Our hold on Redis as the application opens it. */
export function openedRedis(urls: readonly string[], terms: Terms): Redis {
  const { timeoutMs, clock = new SystemClock(), log = UNREAD } = terms;
  return new Redis({ urls, timeoutMs }, clock, new CacheErrorMetrics(new MetricsRegistry()), log);
}
