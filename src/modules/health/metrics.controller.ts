import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';
import { RouteOptions } from '../../platform/http/route-options.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';
import { RequiresScope } from '../auth/requires-scope.decorator.js';

/** Returns the metrics that Prometheus scrapes. */
@Controller('metrics')
@RouteOptions({ neverShed: true })
@RequiresScope('operate')
export class MetricsController {
  constructor(private readonly metrics: MetricsRegistry) {}

  @Get()
  async text(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.type(this.metrics.contentType);
    return this.metrics.text();
  }
}
