import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Priority } from '../../../config/sections/lookups/lookup-config.js';
import { Clock } from '../../../kernel/clock.js';
import { OriginMetrics, type ShedReason } from '../../origin.metrics.js';
import { LOGGER } from '../../../platform/logging/logger.token.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';

declareLogFields({ shed: 'counts' });

const LINE_EVERY_MS = 1000;

/** Counts the calls that admission refuses, and logs the counts in at most one line per second. */
@Injectable()
export class ShedLog {
  private counts: Record<string, number> = {};
  private lastLineAtMs = -Infinity;
  private pendingLine: NodeJS.Timeout | undefined;

  constructor(
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'warn'>,
    @Inject(OriginMetrics) private readonly metrics: Pick<OriginMetrics, 'callShed'>,
  ) {}

  record(system: string, reason: ShedReason, priority: Priority): void {
    this.metrics.callShed(system, reason, priority);
    const key = `${system} ${reason} ${priority}`;
    this.counts[key] = (this.counts[key] ?? 0) + 1;
    const dueInMs = this.lastLineAtMs + LINE_EVERY_MS - this.clock.nowMs();
    if (dueInMs <= 0) this.write();
    else this.pendingLine ??= setTimeout(() => this.write(), dueInMs).unref();
  }

  /** Logs the counts that are not logged yet. */
  close(): void {
    if (this.pendingLine !== undefined) this.write();
  }

  private write(): void {
    clearTimeout(this.pendingLine);
    this.pendingLine = undefined;
    this.lastLineAtMs = this.clock.nowMs();
    this.log.warn({ shed: this.counts }, 'calls shed');
    this.counts = {};
  }
}
