import type { Deadline } from '../../../../kernel/deadline.js';
import type { AgentKeys } from './agent-keys.js';

/** Ends the expired lock of an agent. Resolves with the number of locks that ended: 0 or 1. */
type End = (keys: AgentKeys, agentId: string, deadline: Deadline | undefined) => Promise<number>;

/**
 * Ends expired locks, each once in this process. All claims of a tenant see the same expired locks,
 * and would end them at the same time.
 *
 * Does not guarantee: that a lock has ended. If the end of a lock fails, the next call of the claim
 * script names the agent again.
 */
export class ExpiredLocks {
  /** By the key of the agent. */
  private readonly ending = new Map<string, Promise<number>>();

  constructor(private readonly endLock: End) {}

  /**
   * Resolves when the locks have ended, also those that another claim is ending.
   *
   * @returns how many locks this call has ended
   * @throws {StoreUnavailable} if the end of a lock failed that no other claim is ending
   */
  async end(keys: AgentKeys, agentIds: readonly string[], deadline: Deadline | undefined): Promise<number> {
    const others = agentIds.flatMap((agentId) => this.ending.get(keys.agent(agentId)) ?? []);
    const own = agentIds
      .filter((agentId) => !this.ending.has(keys.agent(agentId)))
      .map((agentId) => this.start(keys, agentId, deadline));
    await Promise.allSettled([...others, ...own]);
    return (await Promise.all(own)).reduce((sum, count) => sum + count, 0);
  }

  private start(keys: AgentKeys, agentId: string, deadline: Deadline | undefined): Promise<number> {
    const place = keys.agent(agentId);
    const ending = this.endLock(keys, agentId, deadline).finally(() => this.ending.delete(place));
    this.ending.set(place, ending);
    return ending;
  }
}
