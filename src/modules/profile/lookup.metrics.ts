import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { DipSource } from '../../contracts/dip.js';
import type { LatencyHistogram } from '../../platform/metrics/latency-histogram.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';

@Injectable()
export class LookupMetrics {
  private readonly duration: LatencyHistogram<'lookup' | 'source'>;
  private readonly parts: Counter<'lookup' | 'part' | 'source'>;
  /** The series of each part and source: a search by labels costs more than to count. */
  private readonly partSeries = new Map<string, { inc(): void }>();

  constructor(registry: MetricsRegistry) {
    this.duration = registry.latencyHistogram(
      'datadip_lookup_duration_seconds',
      'Time from the arrival of a data dip to its answer, by source',
      ['lookup', 'source'],
    );
    this.parts = registry.counter(
      'datadip_composed_parts_total',
      'Parts of composed data dips, by source; skipped means that the part was not asked',
      ['lookup', 'part', 'source'],
    );
    registry.countOf('datadip_lookup_total', 'Data dips, by source', ['lookup', 'source'], this.duration);
  }

  lookupAnswered(lookup: string, source: DipSource, seconds: number): void {
    this.duration.observe(seconds, [lookup, source]);
  }

  partAnswered(lookup: string, part: string, source: DipSource | 'skipped'): void {
    const name = `${lookup} ${part} ${source}`;
    let series = this.partSeries.get(name);
    if (series === undefined) {
      series = this.parts.labels({ lookup, part, source });
      this.partSeries.set(name, series);
    }
    series.inc();
  }
}
