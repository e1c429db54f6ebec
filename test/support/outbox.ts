import { SystemClock, SystemWallClock, type WallClock } from '../../src/kernel/clock.js';
import type { EventLog, RecordToAppend } from '../../src/messaging/log/event-log.js';
import { outboxLeaderKey } from '../../src/messaging/outbox/internal/outbox-keys.js';
import { OutboxPatrol } from '../../src/messaging/outbox/internal/outbox-patrol.js';
import { OutboxReader } from '../../src/messaging/outbox/internal/outbox-reader.js';
import { OutboxSignals } from '../../src/messaging/outbox/internal/outbox-signals.js';
import { OutboxTenants } from '../../src/messaging/outbox/internal/outbox-tenants.js';
import type { OutboxFill } from '../../src/messaging/outbox/internal/outbox-fill.js';
import { OUTBOX_PRELUDE, outboxFull, type OutboxEntry } from '../../src/messaging/outbox/outbox.js';
import { OutboxRelay } from '../../src/messaging/outbox/outbox-relay.js';
import { RedisOutbox } from '../../src/messaging/outbox/redis-outbox.js';
import type { RedisScript } from '../../src/platform/redis/redis-script.js';
import { LeaderLease } from '../../src/platform/scheduler/leader-lease.js';
import { createRedis } from './create-redis.js';
import { openRedisEventBus, untilHeard } from './redis-store.js';
import { readFileSync } from 'node:fs';

interface OutboxProcessOptions {
  /** Default: `test`. */
  readonly region?: string;
  readonly wallClock?: WallClock;
  readonly onPatrol?: (fill: OutboxFill) => void;
  readonly onDropped?: (records: number) => void;
}

/** Stores records and nothing else. */
const PUT: RedisScript = {
  name: 'putIntoOutbox',
  keys: 1,
  lua: `${readFileSync(OUTBOX_PRELUDE, 'utf8')}
    local outbox = outboxFrom(KEYS[1], 1)
    if isOutboxFull(outbox) then return '' end
    return addToOutbox(outbox)`,
};

/** Opens the outbox of a region's Redis as a process of the region does. The caller closes it. */
export async function openOutbox(urls: readonly string[], log: EventLog, options: OutboxProcessOptions = {}) {
  const { region = 'test', wallClock = new SystemWallClock() } = options;
  const clock = new SystemClock();
  const redis = createRedis(urls, { timeoutMs: 1000 });
  const bus = openRedisEventBus(redis, region);
  const { connection } = redis;
  if (connection === undefined) throw new Error('no Redis is configured');
  connection.define(PUT);
  const signals = new OutboxSignals(bus);
  const tenants = new OutboxTenants(connection, wallClock);
  const outbox = new RedisOutbox({ connection, signals, tenants, clock });
  const reader = new OutboxReader(connection);
  const lease = new LeaderLease(redis, outboxLeaderKey(region), clock);
  const patrol = new OutboxPatrol({ reader, tenants, wallClock, onDropped: options.onDropped ?? (() => undefined) });
  const relay = new OutboxRelay({
    ...{ lease, log, reader, patrol, signals },
    onPatrol: options.onPatrol ?? (() => undefined),
  });
  await redis.connected();
  await untilHeard(bus);
  const put = async (entry: OutboxEntry): Promise<string> => {
    const id = String(await connection.callWithin(5000, PUT, entry.keys, entry.args));
    if (id === '') throw outboxFull();
    return id;
  };
  return {
    ...{ redis, connection, bus, outbox, relay, reader },
    /** Stores records as a script of the application does, and returns the id of the last one. */
    store: async (tenant: string, records: readonly RecordToAppend[]): Promise<string> => {
      const id = await put(await outbox.entryFor(tenant, records));
      outbox.stored(tenant);
      return id;
    },
    /** Stores a record, and ends before it could tell the sender. */
    storeSilently: async (tenant: string, record: RecordToAppend): Promise<string> =>
      put(await outbox.entryFor(tenant, [record])),
    close: async (): Promise<void> => {
      await relay.close();
      bus.close();
      redis.close();
    },
  };
}

export type OutboxProcess = Awaited<ReturnType<typeof openOutbox>>;
