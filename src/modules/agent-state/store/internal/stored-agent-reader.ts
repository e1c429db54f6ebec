import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import type { AgentState } from '../agent-store.js';
import type { AgentKeys } from './agent-keys.js';
import type { AgentRegions } from '../agent-regions.js';
import { READ_LOCKS } from './agent-scripts.js';
import type { CallIdCipher } from './call-id-cipher.js';
import type { LostData } from './lost-data.js';
import { parseStoredAgent, type StoredAgent } from './stored-agent.js';

/**
 * Reads the states of agents. Each command has one key, so that a slot that moves costs a
 * redirection and no failure.
 *
 * Does not guarantee: that the lock and the state of an agent are of the same moment.
 */
export class StoredAgentReader {
  constructor(
    private readonly connection: RedisConnection,
    private readonly callIds: CallIdCipher,
    private readonly lostData: LostData,
    private readonly regions: AgentRegions,
  ) {}

  /** @returns a state per id; `undefined` if no report of the agent is stored */
  async read(keys: AgentKeys, agentIds: readonly string[]): Promise<(AgentState | undefined)[]> {
    if (agentIds.length === 0) return [];
    const [reply, ...hashes] = await Promise.all([
      this.connection.call(READ_LOCKS, [keys.locks], agentIds),
      ...agentIds.map((agentId) => this.hashOf(keys.agent(agentId))),
    ]);
    const [nowMs, ...locks] = reply as [number, ...(string | null)[]];
    return agentIds.map((agentId, index) => {
      const stored = { hash: hashes[index] ?? {}, lock: locks[index] ?? null };
      const terms = { agentTtlMs: this.lostData.staleAfterMs(keys), regions: this.regions };
      return this.toState(keys, parseStoredAgent(agentId, stored, nowMs, terms));
    });
  }

  private hashOf(key: string): Promise<Record<string, string>> {
    return this.connection.run((client) => client.hgetall(key), key);
  }

  private toState(keys: AgentKeys, stored: StoredAgent | undefined): AgentState | undefined {
    if (stored === undefined) return undefined;
    const { callHash, ...state } = stored;
    const place = callHash === undefined ? keys.agent(state.agentId) : keys.call(callHash);
    return { ...state, currentCallId: this.callIds.open(place, state.currentCallId) };
  }
}
