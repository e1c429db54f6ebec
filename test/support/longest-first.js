import TestSequencer from '@jest/test-sequencer';
import { relative } from 'node:path';

/**
 * Files that take 20 s or more with three workers on two cores, in seconds (Node 24, 2026-12-01). A
 * fresh clone has no timings, so the runner orders by file size. A small file of 34 s would run
 * last and alone.
 */
const SECONDS = {
  'test/contract/agent-scripts.spec.ts': 60,
  'test/contract/redis-agent-store.spec.ts': 56,
  'test/integration/kafka-recovery.spec.ts': 51,
  'test/e2e/regions/three-regions.spec.ts': 51,
  'test/e2e/regions/move-home.spec.ts': 45,
  'test/e2e/agents/read-through.spec.ts': 45,
  'test/security/leak.spec.ts': 41,
  'test/e2e/ops/ops-page.spec.ts': 38,
  'test/e2e/agents/assignments.spec.ts': 38,
  'test/e2e/genesys/tokens.spec.ts': 37,
  'test/e2e/starting.spec.ts': 37,
  'test/proof/no-stale-reads.spec.ts': 37,
  'test/integration/sql/failures.spec.ts': 36,
  'test/e2e/agents/verified-claims.spec.ts': 35,
  'test/security/anonymous-costs.spec.ts': 35,
  'test/e2e/degraded.spec.ts': 33,
  'test/e2e/users/custom-app.spec.ts': 33,
  'test/proof/regions.spec.ts': 32,
  'test/integration/redis-causes.spec.ts': 30,
  'test/integration/outbox-relay.spec.ts': 29,
  'test/e2e/data-actions/commands.spec.ts': 28,
  'test/e2e/stopping.spec.ts': 28,
  'test/e2e/store-history/cluster.spec.ts': 28,
  'test/e2e/regions/two-processes.spec.ts': 27,
  'test/contract/kafka-event-log.spec.ts': 25,
  'test/e2e/genesys/client.spec.ts': 25,
  'test/integration/hung-node.spec.ts': 25,
  'test/proof/agents/no-double-claim.spec.ts': 25,
  'test/support.spec/kafka.spec.ts': 25,
  'test/security/hostile-senders.spec.ts': 24,
  'test/e2e/invalidation/redis-unavailable.spec.ts': 22,
  'test/e2e/agents/moving-slot.spec.ts': 22,
  'test/integration/dead-connections.spec.ts': 22,
  'test/integration/redis-user.spec.ts': 21,
  'test/e2e/invalidation/moving-slots.spec.ts': 20,
  'test/integration/sandbox.spec.ts': 20,
};

/**
 * Starts the longest files first, so that no worker runs alone at the end. The other files keep the
 * order of the runner.
 */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const secondsOf = ({ path }) => SECONDS[relative(import.meta.dirname + '/../..', path)] ?? 0;
    return super.sort(tests).toSorted((first, second) => secondsOf(second) - secondsOf(first));
  }
}
