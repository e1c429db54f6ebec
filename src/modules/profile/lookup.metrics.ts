import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { DipOutcome, DipSource } from '../../contracts/dip.js';
import type { LatencyHistogram } from '../../platform/metrics/latency-histogram.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';
import type { Part } from './internal/composed-lookup.js';

type PartSource = DipSource | 'skipped';

interface PartCounts {
  readonly lookup: string;
  readonly part: string;
  readonly bySource: Partial<Record<PartSource, number>>;
}

@Injectable()
export class LookupMetrics {
  private readonly duration: LatencyHistogram<'lookup' | 'source'>;
  private readonly degraded: Counter<'lookup' | 'reason'>;
  /** The answers of each part of a composed lookup, by source. */
  private readonly parts = new Map<Part, PartCounts>();

  constructor(registry: MetricsRegistry) {
    this.duration = registry.latencyHistogram(
      'datadip_lookup_duration_seconds',
      'Time from the arrival of a data dip to its answer, by source',
      ['lookup', 'source'],
    );
    this.degraded = registry.counter('datadip_degraded_total', 'Data dips without an answer of the origin, by reason', [
      'lookup',
      'reason',
    ]);
    registry.collectedCounter({
      name: 'datadip_composed_parts_total',
      help: 'Parts of composed data dips, by source; skipped means that the part was not asked',
      labelNames: ['lookup', 'part', 'source'],
      collect: () => [...this.parts.values()].flatMap(samplesOf),
    });
    registry.countOf('datadip_lookup_total', 'Data dips, by source', ['lookup', 'source'], this.duration);
  }

  lookupAnswered(lookup: string, outcome: DipOutcome, seconds: number): void {
    this.duration.observe(seconds, [lookup, outcome.source]);
    if (outcome.source === 'degraded') this.degraded.inc({ lookup, reason: outcome.reason });
  }

  partAnswered(lookup: string, part: Part, source: PartSource): void {
    let counts = this.parts.get(part);
    if (counts === undefined) {
      counts = { lookup, part: part.lookup.name, bySource: {} };
      this.parts.set(part, counts);
    }
    counts.bySource[source] = (counts.bySource[source] ?? 0) + 1;
  }
}

function samplesOf({ lookup, part, bySource }: PartCounts) {
  return Object.entries(bySource).map(([source, count]) => [{ lookup, part, source }, count] as const);
}
