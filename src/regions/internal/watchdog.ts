import type { Clock } from '../../kernel/clock.js';
import type { EventLog, LogPartition } from '../../messaging/log/event-log.js';
import type { HeardTable } from './heard-table.js';
import type { HeardView } from './heard-view.js';
import type { RegionConsumer } from './region-consumer.js';

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly log: Pick<EventLog, 'status' | 'restartConsumer'>;
  readonly consumer: Pick<RegionConsumer, 'isIdle'>;
  /** Longer than the session and the rebalance timeout together, in milliseconds. */
  readonly patienceMs: number;
  readonly onRestart: () => void;
}

/**
 * Notices a consumer that has stopped reading, which no client reports reliably. The sign: the
 * consumer has not read an acknowledged heartbeat of the region within `patienceMs`.
 *
 * Guarantees:
 * - While the log is away, the consumer is not restarted, because no heartbeat is acknowledged.
 * - A consumer that reads a long backlog is not restarted.
 *
 * Race it prevents:
 * 1. The broker hangs until the session of the consumer is over.
 * 2. The broker is back. The client reports no error, and reads nothing until it is restarted.
 */
export class Watchdog {
  private ackedMs = 0;
  private sinceMs = 0;
  private isRestarting = false;

  constructor(private readonly options: WatchdogOptions) {}

  /** Called after each reading of what the region has heard. */
  check({ ackedMs }: HeardView, table: HeardTable): void {
    const { clock, log, patienceMs } = this.options;
    const { state, lag } = log.status();
    const isBehind = (at: LogPartition): boolean => table.ownMs(at) < this.ackedMs;
    // A process without partitions checks all partitions, and waits twice as long, because another
    // process may read them.
    const own: readonly LogPartition[] = lag.length > 0 ? lag : table.partitions();
    const waitsMs = lag.length > 0 ? patienceMs : 2 * patienceMs;
    const nowMs = clock.nowMs();
    const late = own.filter(isBehind);
    if (late.length === 0 || this.ackedMs === 0 || state !== 'connected') {
      this.ackedMs = ackedMs;
      this.sinceMs = nowMs;
      return;
    }
    if (nowMs - this.sinceMs < waitsMs || !late.some((at) => this.options.consumer.isIdle(at, patienceMs))) return;
    this.restart(nowMs);
  }

  private restart(nowMs: number): void {
    this.sinceMs = nowMs;
    if (this.isRestarting) return;
    this.isRestarting = true;
    this.options.onRestart();
    this.options.log
      .restartConsumer()
      .catch(() => undefined)
      .finally(() => (this.isRestarting = false));
  }
}
