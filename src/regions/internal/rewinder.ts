import type { EventLog } from '../../messaging/log/event-log.js';
import { patiently } from './patient.js';
import type { RegionConsumer } from './region-consumer.js';

/** How far the log is read again after a loss, in milliseconds. A failover loses seconds. */
const REWIND_MS = 60_000;
const TRY_FOR_MS = 600_000;

/** Reads the last records of the log again after the region's store has lost data. */
export class Rewinder {
  private isRunning = false;
  private isDue = false;
  private isClosed = false;

  constructor(
    private readonly consumer: Pick<RegionConsumer, 'storeLostData'>,
    private readonly log: Pick<EventLog, 'rewind'>,
  ) {}

  /** Never rejects. A loss during a rewind begins another one. */
  async rewind(): Promise<void> {
    this.isDue = true;
    if (this.isRunning) return;
    this.isRunning = true;
    const isOver = (): boolean => this.isClosed;
    try {
      while (this.isDue && !this.isClosed) {
        this.isDue = false;
        await patiently(() => this.consumer.storeLostData(), TRY_FOR_MS, isOver);
        await patiently(() => this.log.rewind(REWIND_MS), TRY_FOR_MS, isOver);
      }
    } catch {
      // The store or the log stays away. The floor of the loss refuses the entries of before.
    } finally {
      this.isRunning = false;
    }
  }

  close(): void {
    this.isClosed = true;
  }
}
