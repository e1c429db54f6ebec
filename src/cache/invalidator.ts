import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { REGION } from '../config/sections/server.js';
import type { CustomerRef } from '../contracts/customer.js';
import { TIMED_OUT, withTimeout, type Deadline } from '../kernel/deadline.js';
import { HttpProblem, StoreUnavailable } from '../kernel/errors.js';
import { mapWithLimit } from '../kernel/map-with-limit.js';
import { PrioritySemaphore, type Permit } from '../kernel/priority-semaphore.js';
import { Outbox } from '../messaging/outbox/outbox.js';
import { inSpan } from '../platform/tracing/spans.js';
import { CustomerIndex, type InvalidationEvent } from './internal/customer-index.js';
import { customerRecords } from './internal/customer-records.js';
import { EntryStore } from './internal/entry-store.js';

export interface InvalidationRequest {
  /** The customer the event is about. The event is recorded under this customer. */
  readonly customer: CustomerRef;
  /**
   * Customers of the same tenant that are invalidated together with the first, such as contacts
   * that were merged.
   */
  readonly others: readonly CustomerRef[];
  /** Keys of further entries, which need not belong to a customer, such as "not found" entries. */
  readonly entryKeys: readonly string[];
  readonly eventHash: string | undefined;
  /** `true` means that no entry of the customers is stored for `TOMBSTONE_MS` after the event. */
  readonly critical: boolean;
  /** Until when the sender waits. */
  readonly deadline: Deadline;
  /**
   * `log`: another region acknowledged the event, and its record was read from the log. The record
   * is applied under the same mark and not sent on. Its `id` is `eventHash`. Default: `local`.
   */
  readonly source?: 'local' | 'log';
}

export interface InvalidationResult {
  readonly invalidated: number;
  readonly duplicate: boolean;
  /** The mark of the event in every region. `undefined` with a single region. */
  readonly mark?: string;
}

/**
 * The commands of one event that Redis gets at a time. More would delay the reads of other callers
 * if the event names many customers.
 */
const STEPS_PER_EVENT = 16;
/** The commands of all events in this process that Redis gets at a time. */
const STEPS_PER_PROCESS = 64;
/** The commands of all events that may wait for their turn. */
const MAX_WAITING_STEPS = 10_000;
/**
 * How long one step may take with its repetitions, in milliseconds. A slot of a cluster may move,
 * or a connection may have ended.
 */
const STEP_WITHIN_MS = 1000;
/** How often a step is repeated if the store may have executed it. Every step is idempotent. */
const MAX_ATTEMPTS = 3;
const REPEAT_AFTER_MS = 25;
/** How long an invalidation waits for the log between regions, in milliseconds. */
const SENT_WITHIN_MS = 2000;
const BUS_RETRY_AFTER_S = 2;

/**
 * Invalidates the entries of customers.
 *
 * Guarantees:
 * - When `invalidate` resolves, every entry of the customers is deleted from the store, whatever
 *   input it was stored under. A value whose load began before is not stored any more.
 * - When `invalidate` rejects, the event does not count as processed. Some entries may be deleted.
 *   A repeated event is harmless and continues where the first attempt stopped.
 * - With several regions, the log between regions has the event when `invalidate` resolves.
 * - An event sends at most `STEPS_PER_EVENT` commands at a time, however many customers it names.
 *
 * Does not guarantee: that a rejected `invalidate` has no effect. The other regions may still get
 * the event, and may get it twice if the sender repeats it.
 *
 * Race it prevents:
 * 1. An event begins, and deletes some of the entries.
 * 2. The process stops.
 * 3. The sender repeats the event.
 * The event is recorded as processed only after the entries are deleted, so the repeated event is
 * not taken for a duplicate.
 *
 * An invalidation takes four round trips: raise the epoch, void the entries, delete the entries,
 * record the event. With several regions, the records go into the outbox after the first of them,
 * next to the other steps. Each step has one key, so a moving slot never refuses it. A step is
 * repeated if the store did not execute it, or if Datadip cannot know whether the store executed
 * it. With `REDIS_WAIT_REPLICAS`, the wait for replicas takes one more round trip.
 */
@Injectable()
export class Invalidator {
  private readonly steps = new PrioritySemaphore({ limit: () => STEPS_PER_PROCESS, maxWaiting: MAX_WAITING_STEPS });

  constructor(
    private readonly store: EntryStore,
    private readonly index: CustomerIndex,
    private readonly outbox: Outbox,
    @Inject(REGION) private readonly region: string,
  ) {}

  /**
   * @throws {StoreUnavailable} if the store fails, or if the time of the sender is up
   * @throws {HttpProblem} 503 `bus_unavailable` if the log did not take the event in time: its
   *   records stay in the outbox. 503 `outbox_full` if the outbox cannot take it. In both cases the
   *   entries of this region are deleted
   */
  async invalidate(request: InvalidationRequest): Promise<InvalidationResult> {
    // In every region an event has a mark, for reads that wait for it.
    const mark = request.eventHash ?? (this.outbox.isOn ? randomBytes(32).toString('hex') : undefined);
    const { customer, critical } = request;
    const event = { customer, eventHash: mark, critical };
    const result = await inSpan({ name: 'store invalidate', kind: 'client' }, () => this.process(request, event));
    return this.outbox.isOn && mark !== undefined ? { ...result, mark } : result;
  }

  private async process(request: InvalidationRequest, event: InvalidationEvent): Promise<InvalidationResult> {
    const { customer, others, entryKeys, critical, deadline } = request;
    const start = await this.step(deadline, (withinMs) => this.index.beginInvalidation(event, withinMs));
    if (start.duplicate) {
      await this.index.secure([customer]);
      return { invalidated: start.invalidated, duplicate: true };
    }
    const putting = this.putRecords(request, event);
    // If a step fails first, its error is the answer.
    putting.catch(() => undefined);
    const voiding = { epoch: start.epoch, critical };
    const listed = await this.each([customer, ...others], deadline, (each, withinMs) =>
      this.index.voidEntries(each, voiding, withinMs),
    );
    const keys = [...new Set([...listed.flat(), ...entryKeys])];
    const held = await this.each(keys, deadline, (key, withinMs) => this.store.delete(key, withinMs));
    const invalidated = held.filter(Boolean).length;
    await this.untilSent(customer.tenant, await putting, deadline);
    const secured = Promise.all([this.store.secure(keys), this.index.secure([customer, ...others])]);
    // An event that replicas do not have must not be recorded as processed.
    if (this.index.waitsForReplicas()) await secured;
    const [isFirst] = await Promise.all([this.record(event, invalidated, deadline), secured]);
    return { invalidated, duplicate: !isFirst };
  }

  /**
   * Puts the records for other regions into the outbox. A record that came from the log is not sent
   * on.
   *
   * @returns the id of the last record; '' for none
   */
  private async putRecords(request: InvalidationRequest, { eventHash }: InvalidationEvent): Promise<string> {
    if (!this.outbox.isOn || request.source === 'log' || eventHash === undefined) return '';
    const records = customerRecords({ ...request, id: eventHash, region: this.region });
    const { customer, deadline } = request;
    return this.step(deadline, (withinMs) => this.outbox.put(customer.tenant, records, withinMs));
  }

  private async untilSent(tenant: string, outboxId: string, deadline: Deadline): Promise<void> {
    if (outboxId === '') return;
    const withinMs = Math.min(SENT_WITHIN_MS, deadline.remainingMs());
    if (await this.outbox.sent(tenant, outboxId, withinMs)) return;
    const message = 'the log between regions did not take the event in time; send the event again';
    throw new HttpProblem('bus_unavailable', 503, message, BUS_RETRY_AFTER_S);
  }

  /**
   * An attempt that failed may have been executed. A later attempt then finds the record of the
   * first attempt. The event still counts as new, because a duplicate gets no audit line.
   */
  private record(event: InvalidationEvent, invalidated: number, deadline: Deadline): Promise<boolean> {
    let attempts = 0;
    return this.step(deadline, async (withinMs) => {
      attempts += 1;
      return (await this.index.completeInvalidation(event, invalidated, withinMs)) || attempts > 1;
    });
  }

  private each<T, R>(
    items: readonly T[],
    deadline: Deadline,
    run: (item: T, withinMs: number) => Promise<R>,
  ): Promise<readonly R[]> {
    return mapWithLimit(items, STEPS_PER_EVENT, (item) => this.step(deadline, (withinMs) => run(item, withinMs)));
  }

  private async step<T>(deadline: Deadline, run: (withinMs: number) => Promise<T>): Promise<T> {
    const permit = this.steps.tryAcquire() ?? (await this.waitForPermit(deadline));
    const unusedMs = Math.max(0, deadline.remainingMs() - STEP_WITHIN_MS);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const withinMs = deadline.remainingMs() - unusedMs;
        if (withinMs <= 0) throw outOfTime();
        try {
          return await run(withinMs);
        } catch (error) {
          if (!(error instanceof StoreUnavailable) || attempt >= MAX_ATTEMPTS) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, attempt * REPEAT_AFTER_MS));
      }
    } finally {
      permit.release();
    }
  }

  private async waitForPermit(deadline: Deadline): Promise<Permit> {
    let leave: (() => void) | undefined;
    const waiting = new Promise<Permit>((resolve) => {
      leave = this.steps.enqueue(resolve);
    });
    if (leave === undefined) throw outOfTime();
    const permit = await withTimeout(waiting, deadline.remainingMs());
    if (permit !== TIMED_OUT) return permit;
    leave();
    throw outOfTime();
  }
}

function outOfTime(): StoreUnavailable {
  return new StoreUnavailable('the event was not processed in time');
}
