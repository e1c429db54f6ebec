import { Injectable } from '@nestjs/common';
import { MetricsRegistry } from './metrics-registry.js';
import { VERSION } from './version.js';

/** Says which version runs, so that a dashboard can show when a version was replaced. */
@Injectable()
export class BuildMetrics {
  constructor(registry: MetricsRegistry) {
    registry.collectedGauge({
      name: 'datadip_build_info',
      help: 'Always 1; the label is the version of Datadip',
      labelNames: ['version'],
      collect: () => [[{ version: VERSION }, 1]],
    });
  }
}
