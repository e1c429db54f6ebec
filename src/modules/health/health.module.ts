import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { SystemsController } from './systems.controller.js';

/** Whether this process and what stands behind it are well: for Kubernetes, Prometheus, and the desktop. */
@Module({
  // A probe that fails is the probe's news, not an error of ours.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController, SystemsController],
})
export class HealthModule {}
