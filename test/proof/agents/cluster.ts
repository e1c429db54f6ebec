import type { AgentStore, AgentStoreOptions } from '../../../src/modules/agent-state/store/agent-store.js';
import { openAgentStores } from '../../support/agent-stores.js';
import { buildCluster } from '../cluster.js';
import { openParts } from '../parts.js';

/** Longer than a slot or a failover keeps a command waiting, and short for a hung node. */
const TIMEOUT_MS = 200;

/** After a loss of data, a store refuses claims for as long as its locks last. */
const COUNTED_WITHIN_MS = 20_000;

/** Opens one store per simulated process, each with its own connections, on one cluster. */
export function processesOnOneCluster(count: number, terms: AgentStoreOptions) {
  return openParts(async (stopLater) => {
    const cluster = await buildCluster(stopLater);
    const connections = [];
    for (let at = 0; at < count; at += 1) {
      const connection = await openAgentStores(cluster.urls, TIMEOUT_MS);
      const stop = (): Promise<void> => {
        connection.close();
        return Promise.resolve();
      };
      await stopLater(Promise.resolve({ stop }));
      connections.push(connection);
    }
    return {
      cluster,
      stores: connections.map(({ open }) => open(terms)),
      /** A store whose locks last while the agents are counted. */
      longLeaseStore: connections.map(({ open }) => open({ ...terms, claimTtlMs: COUNTED_WITHIN_MS }))[0] as AgentStore,
    };
  });
}
