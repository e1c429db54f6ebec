import { LRUCache } from 'lru-cache';
import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import type { AgentKeys } from './agent-keys.js';
import { LIST_EXPIRED, LIST_STALE } from './agent-scripts.js';
import type { LostData } from './lost-data.js';
import type { RedisAgentClaims } from './redis-agent-claims.js';
import type { RedisMemberships } from './redis-memberships.js';

/** Agents that one run marks as stale at most: 6000 a minute with a sweep every 5 s. */
const MAX_STALE = 500;
/** Agents that one run checks: 10,000 agents in 17 minutes. */
const MAX_CHECKED = 50;
/** Agents of each kind that a count of a queue settles at most. A sweep settles the others. */
const MAX_DUE = 64;
const MAX_TENANTS = 1000;

interface Progress {
  /** Last report of the last agent that was marked as stale, server ms. */
  readonly staleMs: number;
  /** Rank of the next agent to check, by last report. */
  readonly rank: number;
}

/**
 * Keeps the index of agents true where no script of an agent does.
 *
 * - An agent becomes stale without any change of its keys. Its bits change here.
 * - An earlier version that still runs somewhere changes agents without their bits. Each agent is
 *   checked in turn.
 *
 * Both are safe to run in several processes at a time.
 */
export class IndexUpkeep {
  private readonly progress = new LRUCache<string, Progress>({ max: MAX_TENANTS });

  constructor(
    private readonly connection: RedisConnection,
    private readonly lostData: LostData,
    private readonly claims: RedisAgentClaims,
    private readonly memberships: RedisMemberships,
  ) {}

  async run(keys: AgentKeys): Promise<void> {
    await this.markStale(keys, MAX_STALE);
    const rank = await this.check(keys, this.progressOf(keys).rank);
    this.progress.set(keys.tenant, { ...this.progressOf(keys), rank });
  }

  /**
   * Settles the agents whose lock has expired, and those that have become stale.
   *
   * @returns how many were settled, and how many locks ended
   */
  async settleDue(keys: AgentKeys): Promise<{ readonly settled: number; readonly expired: number }> {
    const expiring = this.connection.call(LIST_EXPIRED, [keys.leases], [MAX_DUE]) as Promise<string[]>;
    const [locked, stale] = await Promise.all([expiring, this.markStale(keys, MAX_DUE)]);
    return { settled: locked.length + stale, expired: await this.claims.settle(keys, locked) };
  }

  /** @returns the number of agents that were settled */
  private async markStale(keys: AgentKeys, most: number): Promise<number> {
    const { staleMs: fromMs } = this.progressOf(keys);
    const args = [fromMs, this.lostData.staleAfterMs(keys), most];
    const stale = (await this.connection.call(LIST_STALE, [keys.known], args)) as string[];
    const agents = stale.filter((_, index) => index % 2 === 0);
    if (agents.length === 0) return 0;
    await this.claims.settle(keys, agents);
    const lastMs = Number(stale.at(-1));
    const staleMs = agents.length === most && lastMs > fromMs ? lastMs : lastMs + 1;
    this.progress.set(keys.tenant, { ...this.progressOf(keys), staleMs });
    return agents.length;
  }

  private progressOf({ tenant }: AgentKeys): Progress {
    return this.progress.get(tenant) ?? { staleMs: 0, rank: 0 };
  }

  /** @returns where the next run goes on */
  private async check(keys: AgentKeys, rank: number): Promise<number> {
    const { known } = keys;
    const agents = await this.connection.run((client) => client.zrange(known, rank, rank + MAX_CHECKED - 1), known);
    await this.claims.settle(keys, agents);
    await Promise.all(agents.map((agentId) => this.memberships.indexAgent(keys, agentId)));
    return agents.length < MAX_CHECKED ? 0 : rank + MAX_CHECKED;
  }
}
