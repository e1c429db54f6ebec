import { Inject, Injectable } from '@nestjs/common';
import type { AnswerText, LoadedAnswer } from '../contracts/dip.js';
import type { ServerConfig } from '../config/config.js';
import { SERVER_CONFIG } from '../config/tokens.js';
import { Clock } from '../kernel/clock.js';
import { withTimeout } from '../kernel/deadline.js';
import { OriginFailure, NotAdmitted } from '../kernel/errors.js';
import { failureBackoffMs } from '../kernel/jitter.js';
import { EntryWriter } from './internal/entry-writer.js';
import { ignoreStoreUnavailable, EntryReader } from './internal/entry-reader.js';
import { EntryStore, type Lease, type LoadState } from './internal/entry-store.js';
import type { EntrySpec, Load } from './internal/entry-spec.js';
import { LoadWaiters } from './internal/load-waiters.js';
import { LeaseRenewer } from './internal/lease-renewer.js';
import {
  MAX_STORE_WAIT_MS,
  answerForJoiner,
  INVALIDATED_WHILE_LOADING,
  type RunningLoad,
} from './internal/running-load.js';
import { LocalFailureBackoff } from './internal/local-failure-backoff.js';
import { EventBus, MAX_UNHEARD_MS } from '../messaging/event-bus.js';
import { FreshSingleFlight } from '../kernel/fresh-single-flight.js';
import { SingleFlight, type Flight } from '../kernel/single-flight.js';

/** How often a follower looks by itself, in case the message of the landing was lost. */
const LOOK_EVERY_MS = 100;

/** What one who waited gets of a load. */
export interface SharedAnswer {
  readonly text: AnswerText;
  /** As of the flight; absent: it was read from the store, or there is none. */
  readonly readable?: Promise<unknown>;
}

/** A share, or that the entry was invalidated meanwhile and must be asked for again. */
export type LoadResult = SharedAnswer | typeof INVALIDATED_WHILE_LOADING;

export interface StampedeGuardParts {
  readonly store: EntryStore;
  readonly reader: EntryReader;
  readonly keeper: EntryWriter;
  readonly leases: LeaseRenewer;
  readonly landings: LoadWaiters;
  readonly failures: LocalFailureBackoff;
  readonly clock: Clock;
  /** The longest a caller waits. */
  readonly deadlineMs: number;
}

/**
 * Asks an origin once where thousands ask it.
 *
 * Promised, while the store is up: per key one load at a time in the whole region, while the origin is failing too; all who wait get
 * the same answer or the same error; a value is kept only under the lease and version its load began with;
 * a value invalidated while it was loaded reaches only those who asked before.
 * Promised, while the store is away: per key one load at a time in this process; and as nobody can tell then what was invalidated
 * elsewhere, nobody gets a load that began before they asked, or, where near copies are declared, before an unheard drop may go unheard.
 * Not promised: that a load ends with its waiters. It goes on behind their answers, so that the next caller hits.
 *
 * Loads are told apart by key and version: a reader that saw the version after an invalidation never joins a load from before it.
 */
@Injectable()
export class StampedeGuard {
  private readonly loads = new Map<string, RunningLoad>();
  private readonly follows = new SingleFlight<LoadResult>();
  private readonly lonely: FreshSingleFlight<AnswerText>;
  private readonly parts: StampedeGuardParts;

  constructor(
    store: EntryStore,
    bus: EventBus,
    reader: EntryReader,
    keeper: EntryWriter,
    clock: Clock,
    @Inject(SERVER_CONFIG) { deadlineMs }: Pick<ServerConfig, 'deadlineMs'>,
  ) {
    const landings = new LoadWaiters(clock, bus);
    const [leases, failures] = [new LeaseRenewer(store), new LocalFailureBackoff(clock)];
    this.parts = { store, reader, keeper, leases, landings, failures, clock, deadlineMs };
    this.lonely = new FreshSingleFlight(clock);
  }

  get runningLoads(): number {
    return this.loads.size + this.follows.size + this.lonely.size;
  }

  /** This caller holds the lease: load, and let everybody else wait. */
  async loadWithLease(terms: EntrySpec, lease: Lease, load: Load): Promise<SharedAnswer> {
    const { answer, readable } = this.take(terms, lease, load);
    return { text: (await answer).text, readable };
  }

  /**
   * Somebody else loads: wait for the landing, and take over if there is none.
   *
   * @param askedAtMs when the store was asked that said so: a landing since then counts
   */
  async waitForLoad(terms: EntrySpec, version: string, askedAtMs: number, load: Load): Promise<LoadResult> {
    const here = this.loads.get(flightKey(terms.key, version));
    if (here !== undefined) {
      const shared = await answerForJoiner(here, this.parts.keeper.currentEpoch(terms.tenant));
      return shared === INVALIDATED_WHILE_LOADING
        ? INVALIDATED_WHILE_LOADING
        : { text: shared.text, readable: here.readable };
    }
    return this.follows.join(flightKey(terms.key, version), this.wantedUntilMs(), (flight) =>
      this.awaitLanding(terms, load, flight, askedAtMs),
    );
  }

  /** The store is away: load without a lease, one at a time in this process. */
  loadWithoutStore(terms: EntrySpec, askedAtMs: number, load: Load): Promise<AnswerText> {
    const noEarlierThanMs = askedAtMs - (terms.policy.nearTtlMs > 0 ? MAX_UNHEARD_MS : 0);
    return this.lonely.join(terms.key, noEarlierThanMs, this.wantedUntilMs(), () => this.loadAlone(terms, load));
  }

  /** A lease that was granted to a reader who has gone on without it. */
  releaseUnused(load: LoadState): void {
    if (load.kind === 'lease-granted') this.parts.store.release(load.lease).catch(() => undefined);
  }

  private wantedUntilMs(): number {
    return this.parts.clock.nowMs() + this.parts.deadlineMs;
  }

  private take(terms: EntrySpec, lease: Lease, load: Load): RunningLoad {
    const { keeper } = this.parts;
    const epoch = keeper.currentEpoch(terms.tenant);
    const loaded = epoch.then(() => this.loadUnderLease(lease, load));
    const kept = loaded.then(
      async (answer) => keeper.write(terms, lease, answer, await epoch),
      () => false,
    );
    // One timer for all who wait.
    const readable = loaded.then(
      () => withTimeout(kept, MAX_STORE_WAIT_MS),
      () => undefined,
    );
    const flight: RunningLoad = { epoch, answer: loaded, stored: kept, readable };
    const key = flightKey(lease.key, lease.version);
    this.loads.set(key, flight);
    void kept.then(() => {
      if (this.loads.get(key) === flight) this.loads.delete(key);
    });
    return flight;
  }

  private async loadUnderLease(lease: Lease, load: Load): Promise<LoadedAnswer> {
    const { leases } = this.parts;
    leases.start(lease);
    try {
      return await load();
    } catch (error) {
      const failure = asOriginFailure(error);
      this.giveUp(lease, failure);
      throw failure;
    } finally {
      leases.stop(lease);
    }
  }

  /** The origin's failure is remembered for the next caller. That it was not asked says nothing about the key, so nobody is told. */
  private giveUp(lease: Lease, failure: OriginFailure): void {
    const { store } = this.parts;
    const backoffMs = failureBackoffMs(lease.failuresBefore, Math.random());
    const ended: Promise<unknown> =
      failure instanceof NotAdmitted ? store.release(lease) : store.fail(lease, failure.code, backoffMs);
    ended.catch(() => undefined);
  }

  private async awaitLanding(
    terms: EntrySpec,
    load: Load,
    flight: Flight<LoadResult>,
    since: number,
  ): Promise<LoadResult> {
    const { clock, landings, reader, store } = this.parts;
    for (let askedAtMs = since; clock.nowMs() < flight.wantedUntilMs;) {
      await landings.wait(terms.key, askedAtMs, LOOK_EVERY_MS);
      askedAtMs = clock.nowMs();
      const read = await reader.read(terms).catch(ignoreStoreUnavailable);
      // Each who waits asks again for itself: what is loaded without the store is not for all of them.
      if (read === undefined) return INVALIDATED_WHILE_LOADING;
      if (read.stored !== undefined) {
        // Fresh or not: it was loaded while this caller waited. If it has aged already, the next caller sees to it.
        if (read.load.kind === 'lease-granted') store.release(read.load.lease).catch(() => undefined);
        return { text: read.stored.text };
      }
      if (read.load.kind === 'lease-granted') return this.loadWithLease(terms, read.load.lease, load);
      if (read.load.kind === 'backing-off')
        throw new OriginFailure(read.load.reason, 'the load of another caller failed');
    }
    throw new OriginFailure('origin_timeout', 'nobody waits any more');
  }

  private async loadAlone(terms: EntrySpec, load: Load): Promise<AnswerText> {
    const { failures } = this.parts;
    const recent = failures.activeReason(terms.key);
    if (recent !== undefined) throw new OriginFailure(recent, 'the last load failed a moment ago');
    try {
      const answer = await load();
      failures.reset(terms.key);
      return answer.text;
    } catch (error) {
      const failure = asOriginFailure(error);
      if (!(failure instanceof NotAdmitted)) failures.record(terms.key, failure.code);
      throw failure;
    }
  }
}

function flightKey(key: string, version: string): string {
  return `${key}@${version}`;
}

function asOriginFailure(error: unknown): OriginFailure {
  return error instanceof OriginFailure
    ? error
    : new OriginFailure('origin_error', 'the load failed', { cause: error });
}
