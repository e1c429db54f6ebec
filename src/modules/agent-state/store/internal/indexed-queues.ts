import { LRUCache } from 'lru-cache';
import type { Deadline } from '../../../../kernel/deadline.js';
import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import type { AgentKeys } from './agent-keys.js';
import type { RedisMemberships } from './redis-memberships.js';

const MAX_QUEUES = 10_000;
/** A process of an earlier version may add members at any time. */
const CHECKED_EVERY_MS = 60_000;

/**
 * Makes sure that the free agents of a queue are stored before a claim looks for them. Earlier
 * versions store them in another form. A queue whose members have no bits is of such a version, and
 * is indexed. Each process checks a queue at most once a minute.
 */
export class IndexedQueues {
  private readonly checks = new LRUCache<string, Promise<void>>({ max: MAX_QUEUES, ttl: CHECKED_EVERY_MS });

  constructor(
    private readonly connection: RedisConnection,
    private readonly memberships: RedisMemberships,
  ) {}

  /** @param deadline no step of the indexing begins after it; the next claim goes on */
  async ensure(keys: AgentKeys, queueId: string, deadline?: Deadline): Promise<void> {
    const place = keys.free(queueId);
    let check = this.checks.get(place);
    if (check === undefined) {
      check = this.check(keys, queueId, deadline);
      this.checks.set(place, check);
      check.catch(() => this.checks.delete(place));
    }
    await check;
  }

  private async check(keys: AgentKeys, queueId: string, deadline?: Deadline): Promise<void> {
    if (await this.isIndexed(keys, queueId)) return;
    await this.memberships.index(keys, queueId, deadline);
    if (deadline?.remainingMs() === 0) this.checks.delete(keys.free(queueId));
  }

  private async isIndexed(keys: AgentKeys, queueId: string): Promise<boolean> {
    const [members, bits] = [keys.members(queueId), keys.memberBits(queueId)];
    const counts = await Promise.all([
      this.connection.run((client) => client.zcard(members), members),
      this.connection.run((client) => client.bitcount(bits), bits),
    ]);
    return counts[0] === counts[1];
  }
}
