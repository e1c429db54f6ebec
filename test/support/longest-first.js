import TestSequencer from '@jest/test-sequencer';
import { relative } from 'node:path';

/**
 * Files that take longer than 10 s on two idle cores, in seconds (Node 24, 2026-11-28). A fresh
 * clone has no timings, so the runner orders by file size. A small file of 34 s would run last and
 * alone.
 */
const SECONDS = {
  'test/integration/kafka-recovery.spec.ts': 45,
  'test/contract/kafka-event-log.spec.ts': 20,
  'test/e2e/agents/read-through.spec.ts': 38,
  'test/proof/no-stale-reads.spec.ts': 34,
  'test/e2e/genesys/tokens.spec.ts': 34,
  'test/e2e/starting.spec.ts': 26,
  'test/integration/redis-failover.spec.ts': 24,
  'test/e2e/degraded.spec.ts': 20,
  'test/e2e/stopping.spec.ts': 19,
  'test/security/hostile-senders.spec.ts': 19,
  'test/integration/redis-cluster.spec.ts': 19,
  'test/security/leak.spec.ts': 17,
  'test/integration/stampede.spec.ts': 15,
  'test/integration/released-resources.spec.ts': 15,
  'test/e2e/genesys/client.spec.ts': 14,
  'test/integration/redis-black-hole.spec.ts': 13,
  'test/integration/redis-lost.spec.ts': 12,
  'test/e2e/data-actions/commands.spec.ts': 11,
  'test/integration/redis-unavailable-at-start.spec.ts': 11,
  'test/e2e/unread-output.spec.ts': 11,
  'test/integration/sandbox.spec.ts': 10,
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
