import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { HttpMetrics } from './http.metrics.js';
import { RouteTable } from './route-options.js';

/**
 * The declared options of all routes, for the stages before Nest's router, and the HTTP metrics.
 */
@Module({
  imports: [DiscoveryModule, LifecycleModule, MetricsModule],
  providers: [RouteTable, HttpMetrics],
  exports: [RouteTable, HttpMetrics],
})
export class HttpModule {}
