import type { LoadedAnswer } from '../../contracts/dip.js';
import type { Clock } from '../../kernel/clock.js';
import { withTimeout } from '../../kernel/deadline.js';
import { NotAdmitted, OriginFailure } from '../../kernel/errors.js';
import { failureBackoffMs } from '../../kernel/jitter.js';
import { SingleFlight, type Flight } from '../../kernel/single-flight.js';
import type { EventBus } from '../../messaging/event-bus.js';
import type { Hearing } from '../../messaging/hearing.js';
import { ignoreStoreUnavailable, type EntryReader } from './entry-reader.js';
import type { InvalidationEpoch } from './customer-index.js';
import type { EntryStore, Lease } from './entry-store.js';
import type { EntryWriter } from './entry-writer.js';
import { LeaseRenewer } from './lease-renewer.js';
import type { Load } from './load.js';
import { LoadWaiters } from './load-waiters.js';
import {
  answerForJoiner,
  asOriginFailure,
  INVALIDATED_WHILE_LOADING,
  MAX_STORE_WAIT_MS,
  type LoadResult,
  type RunningLoad,
  type SharedAnswer,
} from './running-load.js';

/** How often a waiting caller reads the store, in case the event of the finished load was lost. */
const READ_EVERY_MS = 100;

export interface LeasedLoaderParts {
  readonly store: EntryStore;
  readonly bus: EventBus;
  readonly reader: EntryReader;
  readonly writer: EntryWriter;
  readonly clock: Clock;
  readonly hearing: Hearing;
  /** The longest a caller waits, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Loads entries while the store is available, each under the lease of the store.
 *
 * Guarantees:
 * - Per key and version at most one load runs in the whole region, also while the origin fails. All
 *   waiting callers get the same answer or error.
 * - A value is stored only under the lease and the version with which its load began.
 * - A value that was invalidated while it was loaded reaches only callers who asked before the
 *   invalidation.
 * - With several regions, no caller gets the value of a load that began too early for this caller.
 *   Such a value may lack an invalidation of another region. The caller waits for the end of the
 *   load, and reads again.
 *
 * Does not guarantee:
 * - A single load per key. After an invalidation the load of the old version may still run while
 *   the load of the new version begins.
 * - A single load per version if a lease is lost (see `LeaseRenewer`).
 * - An end of the load when its callers leave. The load continues, so that the next caller hits.
 *
 * Race it prevents:
 * 1. A load of version 1 runs.
 * 2. The entry is invalidated, and a reader reads version 2.
 * 3. The reader joins the running load of the key, and gets the invalidated value.
 * Running loads are therefore identified by key and version.
 */
export class LeasedLoader {
  private readonly running = new Map<string, RunningLoad>();
  private readonly waits = new SingleFlight<LoadResult>();
  private readonly leases: LeaseRenewer;
  private readonly waiters: LoadWaiters;

  constructor(private readonly parts: LeasedLoaderParts) {
    this.leases = new LeaseRenewer(parts.store, parts.clock);
    this.waiters = new LoadWaiters(parts.clock, parts.bus);
  }

  /** The loads that run, and the waits for loads of other processes. */
  get size(): number {
    return this.running.size + this.waits.size;
  }

  /** Must be called with each read of the store: see `LeaseRenewer`. */
  renewDueLeases(nowMs: number): void {
    this.leases.renewDue(nowMs);
  }

  /**
   * Loads under a lease that was granted to this caller.
   *
   * @param readAtMs when the store was asked for the lease
   */
  async load(load: Load, lease: Lease, readAtMs: number): Promise<SharedAnswer> {
    const { answer, readable, beganMs } = this.begin(load, lease, readAtMs);
    return { text: (await answer).text, readable, beganMs };
  }

  /**
   * Waits for the load of another caller. If that load ends without a value, this caller loads the
   * entry.
   *
   * @param readAtMs when the store was read. A load that has finished since then ends the wait.
   * @param epochRead the tenant's invalidation epoch when the store was read
   */
  wait(load: Load, version: string, readAtMs: number, epochRead?: InvalidationEpoch): Promise<LoadResult> {
    const { key, tenant, policy } = load.spec;
    const { writer, clock, hearing, deadlineMs } = this.parts;
    const id = loadId(key, version);
    const here = this.running.get(id);
    const earliestMs = hearing.earliestLoadMs(policy.invalidatedWithinMs, readAtMs);
    if (here !== undefined && here.beganMs < earliestMs) return here.stored.then(() => INVALIDATED_WHILE_LOADING);
    if (here !== undefined) return answerForJoiner(here, epochRead ?? writer.currentEpoch(tenant));
    const wantedUntilMs = clock.nowMs() + deadlineMs;
    const result = this.waits.join(id, wantedUntilMs, (flight) => this.waitForOtherProcess(load, flight, readAtMs));
    return earliestMs === -Infinity ? result : result.then((loaded) => ifBeganSince(earliestMs, loaded));
  }

  private begin(load: Load, lease: Lease, readAtMs: number): RunningLoad {
    const { writer, clock } = this.parts;
    const beganMs = clock.nowMs();
    const read = lease.invalidationEpoch;
    const epoch = read === undefined ? writer.currentEpoch(load.spec.tenant) : Promise.resolve(read);
    const answer = epoch.then(() => this.runUnderLease(load, lease, readAtMs));
    const stored = answer.then(
      async (loaded) => writer.write(load.spec, lease, loaded, await epoch, beganMs),
      () => false,
    );
    // All callers who wait share this timer.
    const readable = answer.then(
      () => withTimeout(stored, MAX_STORE_WAIT_MS),
      () => undefined,
    );
    return this.register(loadId(lease.key, lease.version), { beganMs, epoch, answer, stored, readable });
  }

  private register(id: string, load: RunningLoad): RunningLoad {
    this.running.set(id, load);
    void load.stored.then(() => {
      if (this.running.get(id) === load) this.running.delete(id);
    });
    return load;
  }

  private async runUnderLease(load: Load, lease: Lease, readAtMs: number): Promise<LoadedAnswer> {
    this.leases.start(lease, readAtMs);
    try {
      return await load.run();
    } catch (error) {
      const failure = asOriginFailure(error);
      this.endLease(lease, failure);
      throw failure;
    } finally {
      this.leases.stop(lease);
    }
  }

  /**
   * If the origin failed, the store records the failure, and the next callers back off. If the load
   * was not admitted, the origin was not asked. Such a refusal says nothing about this entry, so
   * the next caller may load at once.
   */
  private endLease(lease: Lease, failure: OriginFailure): void {
    const { store } = this.parts;
    const backoffMs = failureBackoffMs(lease.failuresBefore, Math.random());
    const ended: Promise<unknown> =
      failure instanceof NotAdmitted ? store.release(lease) : store.fail(lease, failure.code, backoffMs);
    ended.catch(() => undefined);
  }

  private async waitForOtherProcess(load: Load, flight: Flight<LoadResult>, sinceMs: number): Promise<LoadResult> {
    const { clock, reader, store } = this.parts;
    for (let readAtMs = sinceMs; clock.nowMs() < flight.wantedUntilMs;) {
      await this.waiters.wait(load.spec.key, readAtMs, READ_EVERY_MS);
      readAtMs = clock.nowMs();
      const read = await reader.read(load.spec).catch(ignoreStoreUnavailable);
      // The store is unavailable. A single load without the store cannot serve all waiting callers,
      // so each caller starts again.
      if (read === undefined) return INVALIDATED_WHILE_LOADING;
      if (read.stored?.otherFormat === 'partial') {
        // A process with another declaration stored a value. Each caller reads it again, as a stale
        // value.
        if (read.load.kind === 'lease-granted') store.release(read.load.lease).catch(() => undefined);
        return INVALIDATED_WHILE_LOADING;
      }
      if (read.stored !== undefined) {
        // Fresh or stale, the value was loaded while this caller waited. If the value is stale
        // already, the next caller refreshes it.
        if (read.load.kind === 'lease-granted') store.release(read.load.lease).catch(() => undefined);
        return { text: read.stored.text };
      }
      if (read.load.kind === 'lease-granted') return this.load(load, read.load.lease, readAtMs);
      if (read.load.kind === 'backing-off')
        throw new OriginFailure(read.load.reason, 'the load of another caller failed');
    }
    throw new OriginFailure('origin_timeout', 'no caller waits for the load any more');
  }
}

/** The wait may have ended with a load that began before the caller joined the wait. */
function ifBeganSince(earliestMs: number, result: LoadResult): LoadResult {
  const isEarlier = result !== INVALIDATED_WHILE_LOADING && (result.beganMs ?? Infinity) < earliestMs;
  return isEarlier ? INVALIDATED_WHILE_LOADING : result;
}

function loadId(key: string, version: string): string {
  return `${key}@${version}`;
}
