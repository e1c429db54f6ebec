import type { Logger } from 'pino';
import type { HealthContribution } from '../../platform/lifecycle/health-contributors.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';
import { fullestShare, isAlarming, type FillReport } from './internal/outbox-fill.js';
import { MAX_OUTBOX_RECORDS } from './outbox.js';
import type { OutboxMetrics } from './outbox.metrics.js';

declareLogFields({ records: 'number', oldestMinutes: 'number', percent: 'number' });

const BEGINS =
  'outbox nearly full: the log between regions takes no records, or too few; at 100 % new events are refused';
const ENDS = 'outbox no longer nearly full';
const DROPPED = 'outbox records dropped: the log between regions took none of them for 7 days';

/**
 * Warns before an outbox reaches one of its two limits: the number of records, or the age of the
 * oldest record. The sender logs one line when an outbox reaches 80 % of a limit, and one line when
 * it is below again. The health page and the metrics of every process show how full the outboxes
 * are. From 80 % on, `outbox` is degraded.
 *
 * Guarantees: a process that becomes the sender does not repeat the line of the previous sender.
 */
export class OutboxAlarm {
  private isRaised = false;
  private report: FillReport | undefined;

  constructor(
    private readonly log: Pick<Logger, 'info' | 'warn' | 'error'>,
    private readonly metrics: OutboxMetrics,
  ) {
    metrics.fill = () => this.report;
  }

  /**
   * @param report `undefined` means that no process of the region has measured the outboxes in the
   * last 10 s
   * @param isSender whether this process measured it
   */
  note(report: FillReport | undefined, isSender: boolean): void {
    this.report = report;
    if (report === undefined) return;
    const alarming = isAlarming(report);
    if (alarming === this.isRaised) return;
    this.isRaised = alarming;
    if (!isSender) return;
    if (alarming) this.log.warn(fieldsOf(report), BEGINS);
    else this.log.info(ENDS);
  }

  dropped(records: number): void {
    this.metrics.recordsDropped(records);
    this.log.error({ records }, DROPPED);
  }

  /** @param isSender whether this process sends the records of the region */
  contribution(isSender: boolean): HealthContribution {
    const { report } = this;
    if (report === undefined) return { name: 'outbox', healthy: true, details: { isSender, events: null } };
    const { events, oldestAgeMs: oldestMs, eventsShare, ageShare } = report;
    const percent = { percentOfEvents: percentOf(eventsShare), percentOfAge: percentOf(ageShare) };
    const details = { isSender, events, oldestMs, mostPerTenant: MAX_OUTBOX_RECORDS, ...percent };
    return { name: 'outbox', healthy: !isAlarming(report), details };
  }
}

function fieldsOf(report: FillReport): object {
  const oldestMinutes = Math.round(report.oldestAgeMs / 60_000);
  return { records: report.events, oldestMinutes, percent: percentOf(fullestShare(report)) };
}

function percentOf(share: number): number {
  return Math.round(100 * share);
}
