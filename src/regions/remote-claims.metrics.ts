import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';
import type { RemoteOutcome } from './internal/remote-answer.js';

@Injectable()
export class RemoteClaimMetrics {
  private readonly requests: Counter<'region' | 'outcome'>;

  constructor(registry: MetricsRegistry) {
    this.requests = registry.counter(
      'datadip_remote_claims_total',
      'Requests about claims, locks and queues that were sent to the home region of their tenant, by outcome',
      ['region', 'outcome'],
    );
  }

  /** @param region names of the configuration, and of records that move a home */
  sent(region: string, outcome: RemoteOutcome): void {
    this.requests.inc({ region, outcome });
  }
}
