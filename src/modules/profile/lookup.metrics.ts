import { Injectable } from '@nestjs/common';
import type { DipSource } from '../../contracts/dip.js';
import type { LatencyHistogram } from '../../platform/metrics/latency-histogram.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';

@Injectable()
export class LookupMetrics {
  private readonly duration: LatencyHistogram<'lookup' | 'source'>;

  constructor(registry: MetricsRegistry) {
    this.duration = registry.latencyHistogram(
      'datadip_lookup_duration_seconds',
      'Time from the arrival of a data dip to its answer, by source',
      ['lookup', 'source'],
    );
    registry.countOf('datadip_lookup_total', 'Data dips, by source', ['lookup', 'source'], this.duration);
  }

  lookupAnswered(lookup: string, source: DipSource, seconds: number): void {
    this.duration.observe(seconds, [lookup, source]);
  }
}
