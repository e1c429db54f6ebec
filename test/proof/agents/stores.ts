import type { AgentStore, AgentStoreOptions } from '../../../src/modules/agent-state/store/agent-store.js';
import { openAgentStores } from '../../support/agent-stores.js';
import { startRedis } from '../../support/redis-server.js';

/** As many processes as there are connections, on one Redis of their own. */
export async function processesOnOneRedis(count: number, terms: AgentStoreOptions) {
  const server = await startRedis();
  const opened = await Promise.all(Array.from({ length: count }, () => openAgentStores([server.url])));
  return {
    stores: opened.map(({ open }) => open(terms)),
    /** One whose locks do not run out. */
    patient: opened.map(({ open }) => open({ ...terms, claimTtlMs: 3_600_000 }))[0] as AgentStore,
    close: async () => {
      for (const { close } of opened) close();
      await server.stop();
    },
  };
}
