import { Module } from '@nestjs/common';
import { TimeModule } from '../time.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { EventLoopMetrics } from './event-loop.metrics.js';
import { EventLoopMonitor } from './event-loop-monitor.js';
import { HealthContributors } from './health-contributors.js';
import { InFlight } from './in-flight.js';
import { Lifecycle } from './lifecycle.js';

/** The state of the process, the work in flight, the event-loop delay, the health contributors. */
@Module({
  imports: [TimeModule, MetricsModule],
  providers: [Lifecycle, InFlight, EventLoopMonitor, EventLoopMetrics, HealthContributors],
  exports: [Lifecycle, InFlight, EventLoopMonitor, HealthContributors],
})
export class LifecycleModule {}
