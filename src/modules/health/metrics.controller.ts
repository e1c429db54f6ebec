import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { Metrics } from '../../platform/metrics/metrics.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';

/** What Prometheus scrapes. */
@Controller('metrics')
@RequiresScope('operate')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  async text(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
