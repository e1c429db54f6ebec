import { Module } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { TimeModule } from '../time.module.js';
import { EventLoopMonitor } from './event-loop-monitor.js';
import { HealthContributors } from './health-contributors.js';
import { InFlight } from './in-flight.js';
import { Lifecycle } from './lifecycle.js';

/** The state of the process, the work in flight, the event-loop delay, the health contributors. */
@Module({
  imports: [TimeModule, MetricsModule],
  providers: [Lifecycle, InFlight, EventLoopMonitor, HealthContributors],
  exports: [Lifecycle, InFlight, EventLoopMonitor, HealthContributors],
})
export class LifecycleModule {
  constructor(inFlight: InFlight, metrics: Metrics) {
    metrics.readInFlight(() => inFlight.requestsUp);
  }
}
