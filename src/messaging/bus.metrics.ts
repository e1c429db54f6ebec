import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';
import type { LogTopic } from './log/event-log.js';

/** `sent` and `refused` are outcomes of direction `out`, all others of direction `in`. */
export type BusOutcome =
  | 'sent'
  | 'refused'
  | 'applied'
  | 'duplicate'
  /** The region wrote the record, so its store has the event already. */
  | 'own'
  | 'ignored'
  | 'malformed'
  /** The record has a schema of a later version of Datadip. */
  | 'later_schema'
  | 'failed';

/** The events that pass the log between regions. Heartbeats do not count. */
@Injectable()
export class BusMetrics {
  private readonly events: Counter<'topic' | 'direction' | 'outcome'>;

  constructor(registry: MetricsRegistry) {
    this.events = registry.counter('datadip_bus_events_total', 'Events on the log between regions, by outcome', [
      'topic',
      'direction',
      'outcome',
    ]);
  }

  count(topic: LogTopic, direction: 'in' | 'out', outcome: BusOutcome, by = 1): void {
    if (by > 0) this.events.inc({ topic, direction, outcome }, by);
  }
}
