import { LRUCache } from 'lru-cache';
import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import type { AgentKeys } from './agent-keys.js';
import { LIST_STALE } from './agent-scripts.js';
import type { LostData } from './lost-data.js';
import type { RedisAgentClaims } from './redis-agent-claims.js';
import type { RedisMemberships } from './redis-memberships.js';

/** Agents that one run marks as stale at most: 6000 a minute with a sweep every 5 s. */
const MAX_STALE = 500;
/** Agents that one run checks: 10,000 agents in 17 minutes. */
const MAX_CHECKED = 50;
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
    const { staleMs, rank } = this.progress.get(keys.tenant) ?? { staleMs: 0, rank: 0 };
    const next = { staleMs: await this.markStale(keys, staleMs), rank: await this.check(keys, rank) };
    this.progress.set(keys.tenant, next);
  }

  /** @returns where the next run goes on */
  private async markStale(keys: AgentKeys, fromMs: number): Promise<number> {
    const args = [fromMs, this.lostData.staleAfterMs(keys), MAX_STALE];
    const stale = (await this.connection.call(LIST_STALE, [keys.known], args)) as string[];
    const agents = stale.filter((_, index) => index % 2 === 0);
    if (agents.length === 0) return fromMs;
    await this.claims.settle(keys, agents);
    const lastMs = Number(stale.at(-1));
    return agents.length === MAX_STALE && lastMs > fromMs ? lastMs : lastMs + 1;
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
