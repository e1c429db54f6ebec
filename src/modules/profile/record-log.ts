import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { Clock } from '../../kernel/clock.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import { LOGGER } from '../../platform/logging/logger.token.js';
import type { DefaultReason } from './internal/reading/field-value.ts';
import { RecordMetrics } from './record.metrics.js';

declareLogFields({ defaults: 'counts', withoutCustomer: 'counts' });

const LINE_EVERY_MS = 60_000;
/** Kinds of a finding in one line. The metrics count the rest. */
const MAX_KINDS = 100;

type Counts = Record<string, number>;

/**
 * Counts what is wrong with the records of the origins, and logs the counts in at most one line a
 * minute. A line names lookups, fields and reasons, and no value.
 */
@Injectable()
export class RecordLog implements OnModuleDestroy {
  private defaults: Counts = {};
  private withoutCustomer: Counts = {};
  private lastLineAtMs = -Infinity;
  private pendingLine: NodeJS.Timeout | undefined;

  constructor(
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'warn'>,
    @Inject(RecordMetrics) private readonly metrics: Pick<RecordMetrics, 'fieldDefaulted' | 'customerMissing'>,
  ) {}

  fieldDefaulted(lookup: string, field: string, reason: DefaultReason): void {
    this.metrics.fieldDefaulted(lookup, field, reason);
    count(this.defaults, `${lookup} ${field} ${reason}`);
    this.writeWhenDue();
  }

  customerMissing(lookup: string): void {
    this.metrics.customerMissing(lookup);
    count(this.withoutCustomer, lookup);
    this.writeWhenDue();
  }

  /** Logs the counts that are not logged yet. */
  onModuleDestroy(): void {
    if (this.pendingLine !== undefined) this.write();
  }

  private writeWhenDue(): void {
    const dueInMs = this.lastLineAtMs + LINE_EVERY_MS - this.clock.nowMs();
    // The fields of one record come one by one, and belong into one line.
    this.pendingLine ??= setTimeout(() => this.write(), Math.max(0, dueInMs)).unref();
  }

  private write(): void {
    clearTimeout(this.pendingLine);
    this.pendingLine = undefined;
    this.lastLineAtMs = this.clock.nowMs();
    this.log.warn({ defaults: this.defaults, withoutCustomer: this.withoutCustomer }, 'records lack declared values');
    this.defaults = {};
    this.withoutCustomer = {};
  }
}

function count(counts: Counts, kind: string): void {
  if (counts[kind] === undefined && Object.keys(counts).length >= MAX_KINDS) return;
  counts[kind] = (counts[kind] ?? 0) + 1;
}
