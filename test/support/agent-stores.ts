import type { AgentStoreOptions } from '../../src/modules/agent-state/store/agent-store.js';
import { RedisAgentStore } from '../../src/modules/agent-state/store/redis-agent-store.js';
import { ValueCipher, type ValueKey } from '../../src/kernel/value-cipher.js';
import { SystemClock } from '../../src/kernel/clock.js';
import { Hearing } from '../../src/messaging/hearing.js';
import { AgentRegions } from '../../src/modules/agent-state/store/agent-regions.js';
import { createRedis } from './create-redis.js';

/** Opens one Redis connection as the application does, and creates agent stores on it. */
export async function openAgentStores(urls: readonly string[], timeoutMs = 2000, regions = regionAlone()) {
  const redis = createRedis(urls, { timeoutMs });
  const { connection } = redis;
  if (connection === undefined) throw new Error('no Redis is configured');
  await redis.connected();
  return {
    open: (options: AgentStoreOptions, keys: readonly ValueKey[] = []) =>
      new RedisAgentStore(connection, options, regions, ValueCipher.forKeys(keys)),
    close: () => redis.close(),
  };
}

/** A region without others. */
export function regionAlone(): AgentRegions {
  return new AgentRegions(new Hearing(new SystemClock()), 'here', 0);
}

/** The regions of a store under test: the region `here`, and others. */
export class TestRegions extends AgentRegions {
  override silentAfterMs = 0;

  constructor(private readonly hearing = new Hearing(new SystemClock())) {
    super(hearing, 'here', 0);
  }

  /** @param afterMs agents with a later report are not stale */
  silence(silentRegions: readonly string[], afterMs = 0): void {
    this.silentAfterMs = afterMs;
    this.hearing.switchOn();
    this.hearing.update({ heardMs: 0, floorMs: 0, storeNowMs: 0, askedAtMs: 0, silentRegions });
  }
}
