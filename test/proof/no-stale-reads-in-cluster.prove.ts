import { expect, it } from '@jest/globals';
import { CLUSTER_FAULTS } from './cluster-faults.js';
import type { ProofCluster } from './cluster.js';
import { openClusterStage, type ClusterStage } from './cluster-stage.js';
import { PROCESS_KILLED, type FaultKind } from './faults.js';
import { explained, figuresOf, table } from './figures.js';
import { run } from './run.js';

const CHECKED_READS = Number(process.env.PROVE_CLUSTER_READS ?? 300_000);

it(`serves no invalidated value in ${CHECKED_READS} reads from a cluster that could expose one`, async () => {
  const outcome = await run({
    open: openClusterStage,
    faults: [...CLUSTER_FAULTS.map(onCluster), PROCESS_KILLED],
    readers: 60,
    checkedReads: CHECKED_READS,
    quietMs: 4000,
    lastsMs: (usualMs) => usualMs * (0.4 + 0.6 * Math.random()),
    afterEachRound: ({ checkable }) => void process.stdout.write(`${checkable} reads checked so far\n`),
  });
  process.stdout.write(`\n${table(outcome)}\n\n`);

  expect(explained(outcome)).toEqual([]);
  expect(outcome.chronicle.mistaken).toBe(0);
  expect(figuresOf(outcome).dataShare).toBeGreaterThan(0.3);
});

function onCluster({ name, lastsMs, inject }: FaultKind<ProofCluster>): FaultKind<ClusterStage> {
  return { name, lastsMs, inject: (stage, forMs) => inject(stage.cluster, forMs) };
}
