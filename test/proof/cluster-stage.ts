import { buildCluster, type ProofCluster } from './cluster.js';
import { Crm } from './crm.js';
import { declarationFile } from './lookup-variants.js';
import { openParts, startServices } from './parts.js';
import type { ProofStage } from './parts.js';

/** Three processes on a cluster. */
export interface ClusterStage extends ProofStage {
  readonly cluster: ProofCluster;
}

export function openClusterStage(): Promise<ClusterStage> {
  return openParts(async (stopLater) => {
    const crm = await stopLater(Crm.start());
    const cluster = await buildCluster(stopLater);
    const url = cluster.urls.join(',');
    const urls = { one: url, two: url, quiet: url };
    return { crm, cluster, ...(await startServices(stopLater, declarationFile(crm.url), urls)) };
  });
}
