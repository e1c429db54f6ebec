import { setTimeout as delay } from 'node:timers/promises';
import { SystemClock } from '../kernel/clock.js';
import { KafkaEventLog } from '../messaging/log/kafka-event-log.js';
import { CacheErrorMetrics } from '../platform/metrics/cache-error.metrics.js';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';
import { Redis } from '../platform/redis/redis.js';
import { HomeMover } from '../regions/home-mover.js';
import { readArguments, type OptionValues } from './arguments.js';
import { CommandFailure, commandConfig, runCommand, USAGE } from './command.js';

const USAGE_LINE = 'npm run move-home -- --tenant <tenant> --to <region> [--stopped <region>]';
const OPTIONS = { tenant: { type: 'string' }, to: { type: 'string' }, stopped: { type: 'string' } } as const;
const CONNECTS_WITHIN_MS = 10_000;
const QUIET = { info: () => undefined, warn: () => undefined };

/**
 * Moves the home of a tenant to another region. It reads the state from this region's Redis, and
 * writes to the log. The same command continues a move that was interrupted.
 */
async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2), OPTIONS, USAGE_LINE);
  const [tenant, to] = [required(options, 'tenant'), required(options, 'to')];
  const stopped = typeof options.stopped === 'string' ? options.stopped : undefined;
  const { regions, redis: redisConfig, region } = commandConfig();
  if (regions === undefined) throw new CommandFailure(USAGE, 'KAFKA_BROKERS is not set: a single region has no homes');
  const known = [region, ...regions.peers.keys()];
  for (const name of [to, ...(stopped === undefined ? [] : [stopped])])
    if (!known.includes(name)) throw new CommandFailure(USAGE, `unknown region; allowed: ${known.join(', ')}`);
  const clock = new SystemClock();
  const redis = new Redis(redisConfig, clock, new CacheErrorMetrics(new MetricsRegistry()), QUIET);
  const log = new KafkaEventLog(regions.kafka, region, clock, QUIET);
  try {
    await Promise.race([redis.connected(), delay(CONNECTS_WITHIN_MS, undefined, { ref: false })]);
    if (redis.connection === undefined) throw new CommandFailure(USAGE, 'REDIS_URL is not set');
    const mover = new HomeMover(regions, region, redis.connection, log, (line) => process.stdout.write(`${line}\n`));
    await mover.move({ tenant, to }, stopped);
  } finally {
    await log.close();
    redis.close();
  }
}

function required(options: OptionValues, name: 'tenant' | 'to'): string {
  const value = options[name];
  if (typeof value !== 'string' || value === '')
    throw new CommandFailure(USAGE, `--${name} is missing\nusage: ${USAGE_LINE}`);
  return value;
}

await runCommand('move-home', main);
