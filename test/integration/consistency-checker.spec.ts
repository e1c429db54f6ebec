import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { EntryAudit } from '../../src/cache/entry-audit.js';
import { customerHashTag } from '../../src/contracts/customer.js';
import type { Redis } from '../../src/platform/redis/redis.js';
import { ConsistencyChecker } from '../../src/regions/internal/consistency-checker.js';
import type { ReadRecord } from '../../src/regions/internal/read-record.js';
import { createRedis } from '../support/create-redis.js';
import { eventually } from '../support/eventually.js';
import { sharedRedisUrl } from '../support/redis-store.js';

const BEGAN_MS = 1_700_000_000_000;

describe('ConsistencyChecker', () => {
  let redis: Redis;
  let checker: ConsistencyChecker | undefined;
  beforeAll(async () => {
    redis = createRedis([sharedRedisUrl()], { timeoutMs: 2000 });
    await redis.connected();
  });
  afterAll(() => redis.close());
  afterEach(() => checker?.close());

  const found = jest.fn<(after: string) => void>();
  const create = (floorMs = 0): ConsistencyChecker => {
    found.mockClear();
    const log = { error: () => undefined };
    const audit = new EntryAudit(redis);
    checker = new ConsistencyChecker({ audit, log, floorMs: () => floorMs, skewMs: () => 0, onFound: found });
    return checker;
  };
  /** An event that the checker looks at, or none. */
  const event = (isChosen = true): ReadRecord & { kind: 'customer' } => {
    const id = (isChosen ? '00000064' : '00000065').padEnd(64, '0');
    const customers = [randomBytes(32).toString('hex')];
    const value = { schema: 1, type: 'customer.updated', id, region: 'us', tenant: 't', customers } as const;
    return { kind: 'customer', value: { ...value, entryKeys: [], critical: false } };
  };
  /** Stores an entry of the customer as the cache does. */
  const store = async (record: ReadRecord & { kind: 'customer' }, loadBeganMs: number): Promise<void> => {
    const { tenant, customers } = record.value;
    const hash = customers[0] ?? '';
    const customer = { tenant, hash };
    const key = `cust:customer:${tenant}:${hash}`;
    const index = `cust-index:${customerHashTag(customer)}:${tenant}:${hash}`;
    await redis.connection?.run((client) => client.hset(index, `k:${key}`, '1'), index);
    await redis.connection?.run((client) => client.hset(key, { v: 'x', a: loadBeganMs }), key);
  };

  it('finds an entry whose load began before the event was applied', async () => {
    const record = event();
    await store(record, BEGAN_MS - 1);
    create().applied(record, 'applied', BEGAN_MS);
    await eventually(() => expect(found).toHaveBeenCalledWith('1s'));
  });

  it('finds no entry that was loaded afterwards, none that the floor refuses, and none of events it does not check', async () => {
    const [later, refused, other, duplicate, last] = [event(), event(), event(false), event(), event()];
    await store(later, BEGAN_MS);
    await store(refused, BEGAN_MS - 20_000);
    for (const record of [other, duplicate, last]) await store(record, BEGAN_MS - 1);
    const checks = create(BEGAN_MS - 10_000);
    checks.applied(later, 'applied', BEGAN_MS);
    checks.applied(refused, 'applied', BEGAN_MS);
    checks.applied(other, 'applied', BEGAN_MS);
    checks.applied(duplicate, 'duplicate', BEGAN_MS);
    checks.applied(last, 'applied', BEGAN_MS);
    await eventually(() => expect(found).toHaveBeenCalledTimes(1));
  });
});
