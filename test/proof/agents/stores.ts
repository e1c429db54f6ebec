import type { AgentStore, AgentStoreOptions } from '../../../src/modules/agent-state/store/agent-store.js';
import { openAgentStores } from '../../support/agent-stores.js';
import { startRedis } from '../../support/redis-server.js';

/**
 * Opens one store per simulated process, each with its own connections, on a separate Redis server.
 */
export async function processesOnOneRedis(count: number, terms: AgentStoreOptions) {
  const server = await startRedis();
  const connections = await Promise.all(Array.from({ length: count }, () => openAgentStores([server.url])));
  return {
    url: server.url,
    stores: connections.map(({ open }) => open(terms)),
    /** A store whose locks do not expire during a test. */
    longLeaseStore: connections.map(({ open }) => open({ ...terms, claimTtlMs: 3_600_000 }))[0] as AgentStore,
    close: async () => {
      for (const { close } of connections) close();
      await server.stop();
    },
  };
}
