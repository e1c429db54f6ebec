import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';

/** The route that received an event. `webhook/<name>` is a declared webhook. */
export type InvalidationSource = 'webhook' | 'eventbridge' | `webhook/${string}`;
export type InvalidationOutcome = 'done' | 'duplicate' | 'ignored' | 'unavailable';

@Injectable()
export class InvalidationMetrics {
  private readonly invalidations: Counter<'source' | 'outcome'>;

  constructor(registry: MetricsRegistry) {
    this.invalidations = registry.counter('datadip_invalidations_total', 'Invalidation events, by outcome', [
      'source',
      'outcome',
    ]);
  }

  eventHandled(source: InvalidationSource, outcome: InvalidationOutcome): void {
    this.invalidations.inc({ source, outcome });
  }
}
