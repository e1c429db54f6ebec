import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Counter } from 'prom-client';
import type { CustomerRef } from '../../contracts/customer.js';
import { lookupOfEntryKey } from '../../contracts/entry-key.js';
import { Clock } from '../../kernel/clock.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.js';
import { MAX_ENTRIES_PER_CUSTOMER } from './customer-index.js';

declareLogFields({ tenant: 'text', customer: 'text', lookup: 'text', displaced: 'number' });

const LOG_EVERY_MS = 60_000;

/**
 * Counts the entries that were displaced because their customer had too many entries, and logs the
 * count at most once a minute.
 */
@Injectable()
export class DisplacedEntries {
  private readonly displaced: Counter<'lookup'>;
  private sinceLog = 0;
  private loggedAtMs = -Infinity;

  constructor(
    registry: MetricsRegistry,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'warn'>,
  ) {
    this.displaced = registry.counter(
      'datadip_displaced_entries_total',
      `Entries deleted because their customer had ${MAX_ENTRIES_PER_CUSTOMER} others, by the lookup of the new entry`,
      ['lookup'],
    );
  }

  /** @param entryKey the entry that needs the room */
  report({ tenant, hash: customer }: CustomerRef, entryKey: string): void {
    const lookup = lookupOfEntryKey(entryKey);
    this.displaced.inc({ lookup });
    this.sinceLog += 1;
    const nowMs = this.clock.nowMs();
    if (nowMs - this.loggedAtMs < LOG_EVERY_MS) return;
    this.log.warn(
      { tenant, customer, lookup, displaced: this.sinceLog },
      `customer has more than ${MAX_ENTRIES_PER_CUSTOMER} entries: those that expire first are deleted`,
    );
    this.loggedAtMs = nowMs;
    this.sinceLog = 0;
  }
}
