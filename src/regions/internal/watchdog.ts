import type { Clock } from '../../kernel/clock.js';
import type { EventLog, LogPartition } from '../../messaging/log/event-log.js';
import type { HeardTable, HeardView } from './heard-table.js';
import type { RegionConsumer } from './region-consumer.js';

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly log: Pick<EventLog, 'status' | 'restartConsumer'>;
  readonly consumer: Pick<RegionConsumer, 'isIdle'>;
  /** Longer than the session and the rebalance time-out together, in milliseconds. */
  readonly patienceMs: number;
  readonly onRestart: () => void;
}

/**
 * Notices a consumer that stands still: the log has acknowledged a heartbeat of the region, and the
 * consumer has not read it within `patienceMs`. No client tells this reliably.
 *
 * Guarantees:
 * - While the log is away, no heartbeat is acknowledged, and the consumer is left alone.
 * - A consumer that reads a long backlog is left alone.
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
    // A process without partitions is judged by all partitions, and later: another process may
    // read them.
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
