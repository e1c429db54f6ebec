import { setTimeout as delay } from 'node:timers/promises';
import { SystemClock } from '../kernel/clock.js';
import { Hmac } from '../kernel/hmac.js';
import { KafkaEventLog } from '../messaging/log/kafka-event-log.js';
import { CacheErrorMetrics } from '../platform/metrics/cache-error.metrics.js';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';
import { needsOperator } from '../platform/redis/redis-fault.js';
import { Redis } from '../platform/redis/redis.js';
import { HomeMover, MoveRefused, MoveUnfinished } from '../regions/home-mover.js';
import { readArguments, type OptionValues } from './arguments.js';
import { tenant as tenantRule } from '../config/schema/text-rules.js';
import { CommandFailure, commandConfig, REFUSED, runCommand, TRY_AGAIN, UNAVAILABLE, USAGE } from './command.js';

const USAGE_LINE = 'npm run move-home -- --tenant <tenant> --to <region> [--stopped <region>]';
const OPTIONS = { tenant: { type: 'string' }, to: { type: 'string' }, stopped: { type: 'string' } } as const;
const CONNECTS_WITHIN_MS = 10_000;
const SAYS_AFTER_MS = 1000;
const LOOK_EVERY_MS = 100;
const QUIET = { info: () => undefined, warn: () => undefined };

/**
 * Moves the home of a tenant to another region. The command reads the state from this region's
 * Redis, and writes to the log. The same command continues a move that was interrupted.
 */
async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2), OPTIONS, USAGE_LINE);
  const [tenant, to] = [required(options, 'tenant'), required(options, 'to')];
  if (tenant === '*' || tenantRule(tenant) !== undefined)
    throw new CommandFailure(USAGE, 'invalid --tenant; allowed: 1 to 64 letters, digits, dashes and underscores');
  const stopped = typeof options.stopped === 'string' ? options.stopped : undefined;
  const { regions, redis: redisConfig, region, keySecret } = commandConfig();
  if (regions === undefined) throw new CommandFailure(USAGE, 'KAFKA_BROKERS is not set: a single region has no homes');
  const known = [region, ...regions.peers.keys()];
  for (const name of [to, ...(stopped === undefined ? [] : [stopped])])
    if (!known.includes(name))
      throw new CommandFailure(USAGE, `unknown region ${JSON.stringify(name)}; allowed: ${known.join(', ')}`);
  const clock = new SystemClock();
  const redis = new Redis(redisConfig, clock, new CacheErrorMetrics(new MetricsRegistry()), QUIET);
  const log = new KafkaEventLog(regions.kafka, region, clock, QUIET);
  try {
    if (redis.connection === undefined) throw new CommandFailure(USAGE, 'REDIS_URL is not set');
    const isConnected = await connects(redis, region);
    if (!isConnected)
      throw new CommandFailure(
        UNAVAILABLE,
        `the Redis of ${region} does not answer within ${CONNECTS_WITHIN_MS / 1000} s; check REDIS_URL`,
      );
    const hmac = new Hmac(keySecret);
    await new HomeMover(regions, region, redis.connection, log, hmac, say).move({ tenant, to }, stopped);
  } catch (error) {
    throw asFailure(error);
  } finally {
    await log.close();
    redis.close();
  }
}

/** Says after a second what the command waits for. A refusal ends the wait. */
async function connects(redis: Redis, region: string): Promise<boolean> {
  const connected = redis.connected().then(() => true);
  const startMs = performance.now();
  for (let says = false; ;) {
    if (await Promise.race([connected, delay(LOOK_EVERY_MS, false, { ref: false })])) return true;
    checkRefusal(redis, region);
    const waitedMs = performance.now() - startMs;
    if (waitedMs >= CONNECTS_WITHIN_MS) return false;
    if (waitedMs >= SAYS_AFTER_MS && !says) {
      says = true;
      say(`waiting for the Redis of ${region} to answer`);
    }
  }
}

function asFailure(error: unknown): unknown {
  if (error instanceof MoveUnfinished) return new CommandFailure(TRY_AGAIN, error.message);
  return error instanceof MoveRefused ? new CommandFailure(REFUSED, error.message) : error;
}

function checkRefusal(redis: Redis, region: string): void {
  const fault = redis.status?.unavailable;
  if (fault === undefined || !needsOperator(fault)) return;
  throw new CommandFailure(REFUSED, `the Redis of ${region} refuses the connection (${fault.reason}); check REDIS_URL`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function required(options: OptionValues, name: 'tenant' | 'to'): string {
  const value = options[name];
  if (typeof value !== 'string' || value === '')
    throw new CommandFailure(USAGE, `--${name} is missing\nusage: ${USAGE_LINE}`);
  return value;
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => {
    process.stderr.write('move-home: interrupted; run the command again to continue\n');
    process.exit(code);
  });
await runCommand('move-home', main);
