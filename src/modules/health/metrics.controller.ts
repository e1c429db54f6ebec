import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { RouteOptions } from '../../platform/http/route-options.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';

/** Returns the metrics that Prometheus scrapes. */
@Controller('metrics')
@RouteOptions({ neverShed: true })
@RequiresScope('operate')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  async text(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
