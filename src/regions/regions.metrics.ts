import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';

/** How long after an event the checker looks again. */
const CHECKED_AFTER = ['1s', '10s', '60s'] as const;
export type CheckedAfter = (typeof CHECKED_AFTER)[number];

/** The present state of hearing, as a scrape reads it. */
export interface HearingState {
  readonly heardAgeMs: () => number;
  /** How long ago each region was heard. `Infinity` means never. */
  readonly regionAgesMs: () => readonly (readonly [region: string, ageMs: number])[];
  readonly lag: () => readonly (readonly [topic: string, records: number])[];
  readonly doubts: () => readonly (readonly [reason: string, isPresent: boolean])[];
}

/** With a single region, only counters that stay 0 are shown. */
@Injectable()
export class RegionsMetrics {
  private readonly gaps: Counter;
  private readonly restarts: Counter;
  private readonly inconsistent: Counter<'after'>;
  private state: HearingState | undefined;

  constructor(registry: MetricsRegistry) {
    this.gaps = registry.counter('datadip_bus_gaps_total', 'Times that records of the log may have been missed', []);
    this.restarts = registry.counter(
      'datadip_bus_consumer_restarts_total',
      'Restarts of a consumer of the log that had stopped reading',
      [],
    );
    this.inconsistent = registry.counter(
      'datadip_regions_inconsistent_total',
      'Entries that were found after an event of another region had deleted them; must stay 0',
      ['after'],
    );
    for (const after of CHECKED_AFTER) this.inconsistent.inc({ after }, 0);
    this.gauges(registry);
  }

  /** Called once at start, with several regions. */
  observe(state: HearingState): void {
    this.state = state;
  }

  gap(): void {
    this.gaps.inc();
  }

  consumerRestarted(): void {
    this.restarts.inc();
  }

  foundInconsistent(after: CheckedAfter): void {
    this.inconsistent.inc({ after });
  }

  private gauges(registry: MetricsRegistry): void {
    registry.collectedGauge({
      name: 'datadip_region_last_heard_seconds',
      help: 'How long ago another region was heard; +Inf means never',
      labelNames: ['region'],
      collect: () => (this.state?.regionAgesMs() ?? []).map(([region, ms]) => [{ region }, ms / 1000] as const),
    });
    registry.collectedGauge({
      name: 'datadip_bus_heard_age_seconds',
      help: 'Age of the heard-up-to time: the region has applied every invalidation before it; +Inf means never',
      collect: () => (this.state === undefined ? [] : [[{}, this.state.heardAgeMs() / 1000] as const]),
    });
    registry.collectedGauge({
      name: 'datadip_bus_lag_records',
      help: 'Records of the log that this process has not read yet',
      labelNames: ['topic'],
      collect: () => (this.state?.lag() ?? []).map(([topic, records]) => [{ topic }, records] as const),
    });
    registry.collectedGauge({
      name: 'datadip_regions_doubtful',
      help: '1 while the region doubts what it has heard, by reason',
      labelNames: ['reason'],
      collect: () => (this.state?.doubts() ?? []).map(([reason, is]) => [{ reason }, is ? 1 : 0] as const),
    });
  }
}
