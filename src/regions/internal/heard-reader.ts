import type { Clock } from '../../kernel/clock.js';
import type { Hearing } from '../../messaging/hearing.js';
import type { HeardStore, StoreMoment } from './heard-store.js';
import type { HeardTable } from './heard-table.js';
import type { HeardView, ViewOptions } from './heard-view.js';

const READ_EVERY_MS = 250;

export interface HeardReaderOptions extends Pick<
  ViewOptions,
  'region' | 'peers' | 'silentAfterMs' | 'invalidatedWithinMs'
> {
  readonly store: HeardStore;
  readonly hearing: Hearing;
  readonly clock: Clock;
}

/**
 * Reads every 250 ms how far the region has heard, and passes the result to `Hearing`.
 *
 * Guarantees: at most one reading runs at a time. While the store is away, `Hearing` gets no
 * update, so the process behaves as if the region were cut off.
 */
export class HeardReader {
  /** The last reading. `undefined` before the first. */
  view: HeardView | undefined;
  table: HeardTable | undefined;
  moment: StoreMoment | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isReading = false;
  private readonly listeners: ((view: HeardView) => void)[] = [];

  constructor(private readonly options: HeardReaderOptions) {}

  open(): void {
    this.timer = setInterval(() => void this.read(), READ_EVERY_MS).unref();
    void this.read();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** The listener runs after each reading. */
  onRead(listener: (view: HeardView) => void): void {
    this.listeners.push(listener);
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    const { store, clock } = this.options;
    const askedAtMs = clock.nowMs();
    try {
      const { nowMs, store: identity, table } = await store.read();
      this.moment = { nowMs, store: identity };
      this.learned(table, nowMs, askedAtMs);
    } catch {
      // The next reading tries again.
    } finally {
      this.isReading = false;
    }
  }

  private learned(table: HeardTable, nowMs: number, askedAtMs: number): void {
    const { store, hearing } = this.options;
    const view = table.view({ ...this.options, nowMs, skewMs: store.skewMs });
    this.table = table;
    this.view = view;
    const { heardMs, floorMs, silentRegions } = view;
    hearing.update({ heardMs, floorMs, storeNowMs: nowMs, askedAtMs, silentRegions });
    for (const listener of this.listeners) listener(view);
  }
}
