import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { Config } from '../../config/config.js';
import { HealthController } from './health.controller.js';
import { REGION } from './internal/region.token.js';
import { MetricsController } from './metrics.controller.js';
import { SystemsController } from './systems.controller.js';

/** Whether this process and what stands behind it are well: for Kubernetes, Prometheus, and the desktop. */
@Module({})
export class HealthModule {
  static register({ region }: Config): DynamicModule {
    return {
      module: HealthModule,
      // A probe that fails is the probe's news, not an error of ours.
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, MetricsController, SystemsController],
      providers: [{ provide: REGION, useValue: region }],
    };
  }
}
