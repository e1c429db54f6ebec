import { SystemClock, SystemWallClock, type WallClock } from '../../src/kernel/clock.js';
import type { EventLog, RecordToAppend } from '../../src/messaging/log/event-log.js';
import { outboxLeaderKey } from '../../src/messaging/outbox/internal/outbox-keys.js';
import { OutboxPatrol } from '../../src/messaging/outbox/internal/outbox-patrol.js';
import { OutboxReader } from '../../src/messaging/outbox/internal/outbox-reader.js';
import { OutboxSignals } from '../../src/messaging/outbox/internal/outbox-signals.js';
import { OutboxTenants } from '../../src/messaging/outbox/internal/outbox-tenants.js';
import type { FillReport } from '../../src/messaging/outbox/internal/outbox-fill.js';
import { SharedFill } from '../../src/messaging/outbox/internal/shared-fill.js';
import { OutboxRelay } from '../../src/messaging/outbox/outbox-relay.js';
import { RedisOutbox } from '../../src/messaging/outbox/redis-outbox.js';
import { LeaderLease } from '../../src/platform/scheduler/leader-lease.js';
import { createRedis } from './create-redis.js';
import { openRedisEventBus, untilHeard } from './redis-store.js';
import { TestEventBus } from './test-event-bus.js';

const STORES_WITHIN_MS = 5000;

interface OutboxProcessOptions {
  /** Default: `test`. */
  readonly region?: string;
  readonly wallClock?: WallClock;
  readonly onFill?: (report: FillReport | undefined, isSender: boolean) => void;
  readonly onDropped?: (records: number) => void;
}

/** Opens the outbox of a region's Redis as a process of the region does. The caller closes it. */
export async function openOutbox(urls: readonly string[], log: EventLog, options: OutboxProcessOptions = {}) {
  const { region = 'test', wallClock = new SystemWallClock() } = options;
  const clock = new SystemClock();
  const redis = createRedis(urls, { timeoutMs: 1000 });
  const bus = openRedisEventBus(redis, region);
  const { connection } = redis;
  if (connection === undefined) throw new Error('no Redis is configured');
  const signals = new OutboxSignals(bus);
  const tenants = new OutboxTenants(connection, wallClock);
  const outbox = new RedisOutbox({ connection, signals, tenants, clock });
  const silent = new RedisOutbox({ connection, signals: new OutboxSignals(new TestEventBus()), tenants, clock });
  const reader = new OutboxReader(connection);
  const lease = new LeaderLease(redis, outboxLeaderKey(region), clock);
  const patrol = new OutboxPatrol({ reader, tenants, wallClock, onDropped: options.onDropped ?? (() => undefined) });
  const relay = new OutboxRelay({
    ...{ lease, log, reader, patrol, signals, wallClock, sharedFill: new SharedFill(connection, region) },
    onFill: options.onFill ?? (() => undefined),
  });
  await redis.connected();
  await untilHeard(bus);
  return {
    ...{ redis, connection, bus, outbox, relay, reader },
    /** Stores records, and returns the id of the last one. */
    store: (tenant: string, records: readonly RecordToAppend[]): Promise<string> =>
      outbox.put(tenant, records, STORES_WITHIN_MS),
    /** Stores a record, and ends before it could tell the sender. */
    storeSilently: (tenant: string, record: RecordToAppend): Promise<string> =>
      silent.put(tenant, [record], STORES_WITHIN_MS),
    close: async (): Promise<void> => {
      await relay.close();
      bus.close();
      redis.close();
    },
  };
}

export type OutboxProcess = Awaited<ReturnType<typeof openOutbox>>;
