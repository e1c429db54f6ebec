import { Injectable } from '@nestjs/common';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { EventLoopMonitor } from './event-loop-monitor.js';

/**
 * The delay of the event loop, of the last 3 s. The library's own metrics of the delay begin again
 * with each scrape, so two programs that read them see a part each.
 */
@Injectable()
export class EventLoopMetrics {
  constructor(registry: MetricsRegistry, monitor: EventLoopMonitor) {
    const gauge = (name: string, help: string, readMs: () => number): void =>
      registry.collectedGauge({ name, help, collect: () => [[{}, readMs() / 1000]] });
    gauge(
      'datadip_event_loop_delay_mean_seconds',
      'Mean delay of the event loop in the last 3 s',
      () => monitor.meanMs,
    );
    gauge(
      'datadip_event_loop_delay_max_seconds',
      'Greatest delay of the event loop in the last 3 s',
      () => monitor.maxMs,
    );
  }
}
