import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LogPartition, LogStatus } from '../../../src/messaging/log/event-log.js';
import { HeardTable } from '../../../src/regions/internal/heard-table.js';
import { Watchdog } from '../../../src/regions/internal/watchdog.js';
import { ManualClock } from '../../support/manual-clock.js';

const AT: LogPartition = { topic: 'customer.updated', partition: 0 };
const PATIENCE_MS = 15_000;

describe('Watchdog', () => {
  let clock: ManualClock;
  let table: HeardTable;
  let watchdog: Watchdog;
  let status: LogStatus;
  let isIdle: boolean;
  let restarts: number;
  beforeEach(() => {
    clock = new ManualClock(1000);
    table = new HeardTable();
    table.declare([AT], 0, 0);
    status = { state: 'connected', lastFailure: undefined, lag: [{ ...AT, records: 0 }] };
    isIdle = true;
    restarts = 0;
    watchdog = new Watchdog({
      clock,
      patienceMs: PATIENCE_MS,
      consumer: { isIdle: () => isIdle },
      onRestart: () => (restarts += 1),
      log: { status: () => status, restartConsumer: () => Promise.resolve() },
    });
  });

  const bounds = { region: 'eu', peers: [], silentAfterMs: 30_000, invalidatedWithinMs: 10_000, skewMs: 0 };
  /** The process reads the table for so long, each second. The log acknowledges heartbeats. */
  const pass = async (seconds: number, acknowledges = true): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1000);
      if (acknowledges) table.declare([AT], clock.nowMs(), clock.nowMs());
      watchdog.check(table.view({ ...bounds, nowMs: clock.nowMs() }), table);
      await Promise.resolve();
    }
  };
  const reads = (): void => {
    table.fields.set('at:customer.updated:0', String(clock.nowMs() + 1000));
  };

  it('restarts a consumer that has not read an acknowledged heartbeat within its patience', async () => {
    await pass(15);
    expect(restarts).toBe(0);
    await pass(2);
    expect(restarts).toBe(1);
  });

  it('waits as long again before the next restart', async () => {
    await pass(17);
    await pass(13);
    expect(restarts).toBe(1);
    await pass(2);
    expect(restarts).toBe(2);
  });

  it('leaves a consumer alone that reads its heartbeats', async () => {
    for (let second = 0; second < 60; second += 1) {
      reads();
      await pass(1);
    }
    expect(restarts).toBe(0);
  });

  it('leaves a consumer alone that reads a long backlog', async () => {
    isIdle = false;
    await pass(60);
    expect(restarts).toBe(0);
  });

  it('leaves a consumer alone while the log is away, and gives it its full patience afterwards', async () => {
    reads();
    await pass(2);
    status = { ...status, state: 'away' };
    await pass(120, false);
    status = { ...status, state: 'connected' };
    await pass(14);
    expect(restarts).toBe(0);
  });

  it('waits twice as long if the process has no partition', async () => {
    status = { ...status, lag: [] };
    await pass(30);
    expect(restarts).toBe(0);
    await pass(2);
    expect(restarts).toBe(1);
  });
});
