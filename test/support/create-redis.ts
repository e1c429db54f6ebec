import type { Logger } from 'pino';
import { SystemClock, type Clock } from '../../src/kernel/clock.js';
import { CacheErrorMetrics } from '../../src/platform/metrics/cache-error.metrics.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.js';
import { Redis } from '../../src/platform/redis/redis.js';

interface Options {
  readonly timeoutMs: number;
  readonly clock?: Clock;
  /** The log of the connection. Default: a log that discards every line. */
  readonly log?: Pick<Logger, 'info' | 'warn'>;
  /** Called with the kind of each counted error. Default: errors are counted in a metric. */
  readonly onError?: (kind: string) => void;
}

const NO_LOG = { info: () => undefined, warn: () => undefined };

/** Creates the Redis connections of the application. */
export function createRedis(urls: readonly string[], options: Options): Redis {
  const { timeoutMs, clock = new SystemClock(), log = NO_LOG, onError } = options;
  const metrics = new CacheErrorMetrics(new MetricsRegistry());
  if (onError !== undefined) metrics.cacheError = (_tier, kind) => onError(kind);
  return new Redis({ urls, timeoutMs }, clock, metrics, log);
}
