import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';
import type { FillReport } from './internal/outbox-fill.js';

/** With a single region, nothing waits. */
const EMPTY: FillReport = { events: 0, oldestAgeMs: 0, eventsShare: 0, ageShare: 0 };
/** No sender has reported lately. */
const UNKNOWN = { eventsShare: NaN, ageShare: NaN };

@Injectable()
export class OutboxMetrics {
  /** Reads how full the outboxes of the region are. `undefined` means that it is not known. */
  fill: () => FillReport | undefined = () => EMPTY;
  private readonly dropped: Counter<never>;

  constructor(registry: MetricsRegistry) {
    registry.collectedGauge({
      name: 'datadip_outbox_events',
      help: 'Records of the region that wait for the log between regions; every process reports all of them, so use max',
      collect: () => [[{}, this.fill()?.events ?? NaN]],
    });
    registry.collectedGauge({
      name: 'datadip_outbox_fill_ratio',
      help: 'The part of a bound that the fullest outbox has reached, by number of events and by age; use max',
      labelNames: ['bound'],
      collect: () => {
        const { eventsShare, ageShare } = this.fill() ?? UNKNOWN;
        return [
          [{ bound: 'events' }, eventsShare],
          [{ bound: 'age' }, ageShare],
        ];
      },
    });
    this.dropped = registry.counter(
      'datadip_outbox_dropped_total',
      'Records that left the outbox unsent, because the log took none for 7 days',
      [],
    );
  }

  recordsDropped(records: number): void {
    this.dropped.inc(records);
  }
}
