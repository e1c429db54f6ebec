import type { Logger } from 'pino';
import type { WallClock } from '../../kernel/clock.js';
import type { HealthContribution } from '../../platform/lifecycle/health-contributors.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import type { OutboxFill } from './internal/outbox-fill.js';
import { MAX_OUTBOX_RECORDS } from './outbox.js';
import type { OutboxMetrics } from './outbox.metrics.js';

declareLogFields({ records: 'number', oldestMinutes: 'number', percent: 'number' });

const BEGINS =
  'outbox nearly full: the log between regions takes no records, or too few; at 100 % new events are refused';
const ENDS = 'outbox no longer nearly full';
const DROPPED = 'outbox records dropped: the log between regions took none of them for 7 days';

/**
 * Warns before the outbox reaches a bound. It logs one line when the outbox of a tenant is 80 %
 * full, by number or by age, and one line at the end. The health page shows `outbox` as degraded.
 *
 * Does not guarantee: a warning of a process that does not send. Only the sender knows the fill.
 */
export class OutboxAlarm {
  private isRaised = false;
  private fill: OutboxFill | undefined;

  constructor(
    private readonly log: Pick<Logger, 'info' | 'warn' | 'error'>,
    private readonly wallClock: WallClock,
    private readonly metrics: OutboxMetrics,
  ) {}

  note(fill: OutboxFill): void {
    this.fill = fill;
    const nowMs = this.wallClock.nowMs();
    const isAlarming = fill.isAlarming(nowMs);
    if (isAlarming === this.isRaised) return;
    this.isRaised = isAlarming;
    if (isAlarming) this.log.warn(this.fields(fill, nowMs), BEGINS);
    else this.log.info(ENDS);
  }

  dropped(records: number): void {
    this.metrics.recordsDropped(records);
    this.log.error({ records }, DROPPED);
  }

  /** @param isSender whether this process sends the records of the region */
  contribution(isSender: boolean): HealthContribution {
    const nowMs = this.wallClock.nowMs();
    const { fill } = this;
    if (!isSender || fill === undefined) return { name: 'outbox', healthy: true, details: { isSender } };
    const details = {
      isSender,
      events: fill.events,
      oldestMs: fill.oldestAgeMs(nowMs),
      mostPerTenant: MAX_OUTBOX_RECORDS,
    };
    return { name: 'outbox', healthy: !fill.isAlarming(nowMs), details };
  }

  private fields(fill: OutboxFill, nowMs: number): object {
    const percent = Math.round(100 * fill.fullest(nowMs));
    return { records: fill.events, oldestMinutes: Math.round(fill.oldestAgeMs(nowMs) / 60_000), percent };
  }
}
