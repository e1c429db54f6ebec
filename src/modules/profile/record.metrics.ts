import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';
import type { DefaultReason } from './internal/reading/field-value.ts';

@Injectable()
export class RecordMetrics {
  private readonly defaults: Counter<'lookup' | 'field' | 'reason'>;
  private readonly unidentified: Counter<'lookup'>;

  constructor(registry: MetricsRegistry) {
    this.defaults = registry.counter(
      'datadip_field_defaults_total',
      'Fields that took their default although the record has a value, by reason',
      ['lookup', 'field', 'reason'],
    );
    this.unidentified = registry.counter(
      'datadip_records_without_customer_total',
      'Records without the declared customer id, which are answered and not stored',
      ['lookup'],
    );
  }

  fieldDefaulted(lookup: string, field: string, reason: DefaultReason): void {
    this.defaults.inc({ lookup, field, reason });
  }

  customerMissing(lookup: string): void {
    this.unidentified.inc({ lookup });
  }
}
