import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';

@Injectable()
export class OutboxMetrics {
  /** Reads how many records wait; 0 in a process that does not send. */
  waiting: () => number = () => 0;
  private readonly dropped: Counter<never>;

  constructor(registry: MetricsRegistry) {
    registry.collectedGauge({
      name: 'datadip_outbox_events',
      help: 'Records that wait for the log between regions; the process that sends reports all of the region, others 0',
      collect: () => [[{}, this.waiting()]],
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
