import { withTimeout } from '../../kernel/deadline.js';
import { fullJitterMs } from '../../kernel/jitter.js';
import type { LeaderLease } from '../../platform/scheduler/leader-lease.js';
import type { EventLog } from '../log/event-log.js';
import { OutboxBatch, shareOf, type Share } from './internal/outbox-batch.js';
import type { OutboxFill, FillReport } from './internal/outbox-fill.js';
import type { OutboxPatrol } from './internal/outbox-patrol.js';
import type { OutboxReader } from './internal/outbox-reader.js';
import type { StoredRecord } from './internal/outbox-record.js';
import type { OutboxSignals } from './internal/outbox-signals.js';
import type { SharedFill } from './internal/shared-fill.js';
import type { WallClock } from '../../kernel/clock.js';

/** How often the sender checks outboxes that no message has named, in milliseconds. */
const PATROL_EVERY_MS = 1000;
/** The most reads at a time. */
const READS_AT_A_TIME = 16;
/**
 * The longest wait for the log, in milliseconds. A batch that the log takes later is sent twice.
 */
const APPEND_WITHIN_MS = 10_000;
/** The longest wait for the batch in flight when the process stops, in milliseconds. */
const CLOSES_WITHIN_MS = 2000;
const FIRST_RETRY_AFTER_MS = 50;
const MAX_RETRY_AFTER_MS = 2000;

export interface OutboxRelayOptions {
  readonly lease: LeaderLease;
  readonly log: EventLog;
  readonly reader: OutboxReader;
  readonly patrol: OutboxPatrol;
  readonly signals: OutboxSignals;
  readonly sharedFill: SharedFill;
  readonly wallClock: WallClock;
  /**
   * Called each second, as `OutboxAlarm.note` describes it. Only the sender measures the outboxes.
   * Other processes read its result.
   */
  readonly onFill: (report: FillReport | undefined, isSender: boolean) => void;
}

/**
 * Sends the records of the region's outboxes to the log. The process that holds the lease sends.
 *
 * Guarantees:
 * - The records of a tenant are appended in the order of their storage, one batch at a time. The
 *   relay deletes records after the log has them.
 * - A tenant with many records delays the records of another tenant by at most one batch.
 * - Without messages, the sender checks 200 tenants per second.
 *
 * Does not guarantee: a single delivery. A batch is sent again if the log did not answer, or if the
 * process ended before it deleted the records. The log then has records 1, 2, 1, 2, 3.
 *
 * Race it prevents:
 * 1. The relay finds the outbox of a tenant empty.
 * 2. A script stores a record, and its message arrives.
 * 3. The relay removes the tenant from the waiting tenants, and the record stays in the outbox.
 * So the relay removes a tenant from the waiting tenants before it reads the outbox of the tenant.
 * The message of step 2 then adds the tenant again.
 */
export class OutboxRelay {
  /** Tenants whose outboxes may hold records, in the order in which they are sent. */
  private readonly waiting = new Set<string>();
  private failures = 0;
  private wakeUp: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isOpen = false;

  constructor(private readonly options: OutboxRelayOptions) {
    options.lease.onGained(() => this.start());
  }

  open(): void {
    this.isOpen = true;
    this.timer = setInterval(() => void this.patrol(), PATROL_EVERY_MS).unref();
    this.options.lease.open();
  }

  /** True if this process sends the records of the region. */
  get isSender(): boolean {
    return this.isOpen && this.options.lease.isHeld;
  }

  get fill(): OutboxFill {
    return this.options.patrol.fill;
  }

  /** Ends the batch in flight, and lets another process send. */
  async close(): Promise<void> {
    this.isOpen = false;
    clearInterval(this.timer);
    this.options.signals.setSender(undefined);
    this.wakeUp?.();
    await withTimeout(this.running ?? Promise.resolve(), CLOSES_WITHIN_MS);
    await this.options.lease.close();
  }

  /** The outbox of the tenant may hold records. */
  private wake(tenant: string): void {
    this.waiting.add(tenant);
    this.wakeUp?.();
  }

  private start(): void {
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    const { patrol, signals } = this.options;
    patrol.restart();
    signals.setSender((tenant) => this.wake(tenant));
    void this.patrol();
    while (this.isSender) {
      if (this.waiting.size === 0) await this.idle();
      else await this.step().catch(() => backOff((this.failures += 1)));
    }
    signals.setSender(undefined);
    patrol.fill.clear();
  }

  /** Sends one batch. */
  private async step(): Promise<void> {
    const { log, signals } = this.options;
    const batch = await this.collect();
    if (batch.ids.size === 0 || !this.isSender) return;
    try {
      if (batch.records.length > 0) await log.append(batch.records, APPEND_WITHIN_MS);
      for (const [tenant, ids] of batch.ids) signals.sent(tenant, ids.at(-1) ?? '');
      await this.delete(batch);
      this.failures = 0;
    } finally {
      // The outboxes may hold more records, or still the same records.
      for (const tenant of batch.ids.keys()) this.waiting.add(tenant);
    }
  }

  private async collect(): Promise<OutboxBatch> {
    const batch = new OutboxBatch();
    const share = shareOf(this.waiting.size);
    const inTurn = [...this.waiting];
    for (let from = 0; from < inTurn.length && !batch.isFull; from += READS_AT_A_TIME) {
      const some = inTurn.slice(from, from + READS_AT_A_TIME);
      for (const tenant of some) this.waiting.delete(tenant);
      try {
        const heads = await Promise.all(some.map((tenant) => this.options.reader.head(tenant, share.records)));
        for (const [at, tenant] of some.entries()) this.take(batch, tenant, heads[at] ?? [], share);
      } catch (error) {
        for (const tenant of [...some, ...batch.ids.keys()]) this.waiting.add(tenant);
        throw error;
      }
    }
    return batch;
  }

  private take(batch: OutboxBatch, tenant: string, head: readonly StoredRecord[], share: Share): void {
    if (head.length === 0) {
      this.fill.note(tenant, 0, 0);
      return;
    }
    batch.add(tenant, head, share);
    // No record of the tenant fitted into this batch.
    if (!batch.ids.has(tenant)) this.waiting.add(tenant);
  }

  /** Deletes the sent records. Repeats this until it succeeds, before later records are sent. */
  private async delete({ ids }: OutboxBatch): Promise<void> {
    for (const [tenant, sent] of ids) {
      for (let failures = 0; ; failures += 1) {
        try {
          await this.options.reader.delete(tenant, sent);
          break;
        } catch (error) {
          if (!this.isSender) throw error;
          await backOff(failures);
        }
      }
    }
  }

  /** Waits for a message, or for the next round of the patrol. */
  private idle(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.wakeUp = undefined;
        resolve();
      };
      const timer = setTimeout(end, PATROL_EVERY_MS).unref();
      this.wakeUp = end;
    });
  }

  private async patrol(): Promise<void> {
    const { patrol, sharedFill, wallClock, onFill } = this.options;
    if (!this.isOpen) return;
    if (!this.isSender) {
      const report = await sharedFill.read().catch(() => undefined);
      onFill(report, false);
      return;
    }
    try {
      await patrol.round((tenant) => this.wake(tenant));
    } catch {
      // Redis is away. The next round looks again.
    }
    const report = this.fill.report(wallClock.nowMs());
    onFill(report, true);
    await sharedFill.write(report).catch(() => undefined);
  }
}

function backOff(failures: number): Promise<void> {
  const waitMs = fullJitterMs(FIRST_RETRY_AFTER_MS, MAX_RETRY_AFTER_MS, failures, Math.random());
  return new Promise((resolve) => {
    setTimeout(resolve, waitMs + 1).unref();
  });
}
