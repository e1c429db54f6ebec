import { Module } from '@nestjs/common';
import { Metrics } from './metrics.js';

/** The Prometheus metrics of the process. */
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
