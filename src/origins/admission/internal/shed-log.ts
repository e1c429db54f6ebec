import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Priority } from '../../../config/config.js';
import { Clock } from '../../../kernel/clock.js';
import { Metrics, type ShedReason } from '../../../platform/metrics/metrics.js';
import { LOGGER } from '../../../platform/logging/logger.token.js';
import { declareLogFields } from '../../../platform/logging/log-fields.js';

declareLogFields({ shed: 'counts' });

const LINE_EVERY_MS = 1000;

/** Counts what is turned away, and says so in one line a second at most, however much it is. */
@Injectable()
export class ShedLog {
  private counts: Record<string, number> = {};
  private lastLineAtMs = -Infinity;
  private rest: NodeJS.Timeout | undefined;

  constructor(
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Pick<Logger, 'warn'>,
    @Inject(Metrics) private readonly metrics: Pick<Metrics, 'shed'>,
  ) {}

  shed(system: string, reason: ShedReason, priority: Priority): void {
    this.metrics.shed(system, reason, priority);
    const what = `${system} ${reason} ${priority}`;
    this.counts[what] = (this.counts[what] ?? 0) + 1;
    const dueInMs = this.lastLineAtMs + LINE_EVERY_MS - this.clock.nowMs();
    if (dueInMs <= 0) this.write();
    else this.rest ??= setTimeout(() => this.write(), dueInMs).unref();
  }

  /** Nothing is left waiting to be said. */
  close(): void {
    if (this.rest !== undefined) this.write();
  }

  private write(): void {
    clearTimeout(this.rest);
    this.rest = undefined;
    this.lastLineAtMs = this.clock.nowMs();
    this.log.warn({ shed: this.counts }, 'turning calls away');
    this.counts = {};
  }
}
