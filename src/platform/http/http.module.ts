import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { TimeModule } from '../time.module.js';
import { Connections } from './connections.js';
import { HttpMetrics } from './http.metrics.js';
import { RouteTable } from './route-table.js';

/**
 * The declared options of all routes, for the stages before Nest's router, the connections, and the
 * HTTP metrics.
 */
@Module({
  imports: [DiscoveryModule, LifecycleModule, MetricsModule, TimeModule],
  providers: [RouteTable, HttpMetrics, Connections],
  exports: [RouteTable, HttpMetrics, Connections],
})
export class HttpModule {}
