import type { AgentStore, AgentStoreOptions } from '../../../src/modules/agent-state/store/agent-store.js';
import { openAgentStores } from '../../support/agent-stores.js';
import { buildCluster } from '../cluster.js';
import { openParts } from '../parts.js';

/** Longer than a slot or a failover keeps a command waiting, and short for a hung node. */
const TIMEOUT_MS = 200;

/** When the agents are counted, no answer may be unknown, also on a busy machine. */
const COUNTS_WITHIN_MS = 5000;

/** After a loss of data, a store refuses claims for as long as its locks last. */
const COUNTED_WITHIN_MS = 20_000;

/** Opens one store per simulated process, each with its own connections, on one cluster. */
export function processesOnOneCluster(count: number, terms: AgentStoreOptions) {
  return openParts(async (stopLater) => {
    const cluster = await buildCluster(stopLater);
    const open = async (timeoutMs: number) => {
      const connection = await openAgentStores(cluster.urls, timeoutMs);
      const stop = (): Promise<void> => {
        connection.close();
        return Promise.resolve();
      };
      await stopLater(Promise.resolve({ stop }));
      return connection;
    };
    const connections = [];
    for (let at = 0; at < count; at += 1) connections.push(await open(TIMEOUT_MS));
    const counting = await open(COUNTS_WITHIN_MS);
    return {
      cluster,
      stores: connections.map((connection): AgentStore => connection.open(terms)),
      /** A store whose locks last while the agents are counted. */
      longLeaseStore: counting.open({ ...terms, claimTtlMs: COUNTED_WITHIN_MS }),
    };
  });
}
