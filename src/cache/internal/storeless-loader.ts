import type { Clock } from '../../kernel/clock.js';
import { NotAdmitted, OriginFailure } from '../../kernel/errors.js';
import { FreshSingleFlight } from '../../kernel/fresh-single-flight.js';
import { MAX_UNHEARD_MS } from '../../messaging/event-bus.js';
import type { Hearing } from '../../messaging/hearing.js';
import type { Load } from './load.js';
import { LocalFailureBackoff } from './local-failure-backoff.js';
import { asOriginFailure, type SharedAnswer } from './running-load.js';

/**
 * Loads entries while the store is unavailable, without a lease. The answer is not stored.
 *
 * Guarantees:
 * - Per key at most one load runs in this process. All callers who share it get the same answer or
 *   error.
 * - A caller does not get the value of a load that began before the caller asked. The entry may
 *   have been invalidated in between, and this process cannot know it. The caller waits for the
 *   next load of the key, which begins when the running load ends.
 * - If the lookup has near copies, the caller joins the running load if it began at most
 *   `MAX_UNHEARD_MS` before the caller asked. A near copy could be just as old.
 * - After a failed load the key backs off in this process.
 *
 * Does not guarantee: anything between processes.
 */
export class StorelessLoader {
  private readonly flights: FreshSingleFlight<SharedAnswer>;
  private readonly failures: LocalFailureBackoff;

  constructor(
    private readonly clock: Clock,
    /** The longest a caller waits, in milliseconds. */
    private readonly deadlineMs: number,
    private readonly hearing: Hearing,
  ) {
    this.flights = new FreshSingleFlight(clock);
    this.failures = new LocalFailureBackoff(clock);
  }

  get size(): number {
    return this.flights.size;
  }

  /** @param readAtMs when the caller asked the store */
  load(load: Load, readAtMs: number): Promise<SharedAnswer> {
    const { key, policy } = load.spec;
    const earliestMs = Math.max(
      readAtMs - (policy.nearTtlMs > 0 ? MAX_UNHEARD_MS : 0),
      this.hearing.earliestLoadMs(policy.invalidatedWithinMs, readAtMs),
    );
    return this.flights.join(key, earliestMs, this.clock.nowMs() + this.deadlineMs, () => this.run(load));
  }

  private async run(load: Load): Promise<SharedAnswer> {
    const { key } = load.spec;
    const reason = this.failures.activeReason(key);
    if (reason !== undefined) throw new OriginFailure(reason, 'the last load failed a moment ago');
    try {
      const { text } = await load.run();
      this.failures.reset(key);
      return { text };
    } catch (error) {
      const failure = asOriginFailure(error);
      if (!(failure instanceof NotAdmitted)) this.failures.record(key, failure.code);
      throw failure;
    }
  }
}
