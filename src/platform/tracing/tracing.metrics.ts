import { Injectable } from '@nestjs/common';
import { MetricsRegistry } from '../metrics/metrics-registry.js';
import { Tracing } from './tracing.js';

@Injectable()
export class TracingMetrics {
  constructor(registry: MetricsRegistry, tracing: Tracing) {
    registry.collectedCounter({
      name: 'datadip_trace_spans_total',
      help: 'Spans by outcome: exported, failed (the collector did not take them), dropped (the queue was full). Only with tracing',
      labelNames: ['outcome'],
      collect: () =>
        Object.entries(tracing.counts).map(([outcome, spans]: [string, number]) => [{ outcome }, spans] as const),
    });
  }
}
