import type { Logger } from 'pino';
import type { Clock } from '../../kernel/clock.js';
import type { LogRecord } from '../../messaging/log/event-log.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { declareLogFields } from '../../platform/logging/log-fields.js';

declareLogFields({ topic: 'text', partition: 'number', offset: 'text', reason: 'text' });

/** At most one line a minute and reason: a producer with a fault may write thousands of records. */
const LINE_EVERY_MS = 60_000;

const TEXTS = {
  malformed: 'a record of the log is malformed and was skipped',
  later_schema: 'a record of the log was written by a later version of Datadip and was skipped',
  failed: 'a record of the log could not be applied and was skipped',
} as const;

export type SkipReason = keyof typeof TEXTS;

/** Logs records that are skipped: where they are, never what they hold. */
export class SkippedLog {
  private readonly loggedAtMs = new Map<SkipReason, number>();

  constructor(
    private readonly clock: Clock,
    private readonly log: Pick<Logger, 'warn' | 'error'>,
  ) {}

  skipped(reason: SkipReason, { topic, partition, offset }: LogRecord, error?: unknown): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - (this.loggedAtMs.get(reason) ?? -Infinity) < LINE_EVERY_MS) return;
    this.loggedAtMs.set(reason, nowMs);
    const place = { topic, partition, offset: String(offset), reason };
    if (error === undefined) this.log.warn(place, TEXTS[reason]);
    else this.log.error({ ...place, error: describeError(error) }, TEXTS[reason]);
  }
}
