import { Injectable } from '@nestjs/common';
import type { AnswerText, Dip, DipOutcome, LookupLoader } from '../contracts/dip.js';
import { Clock } from '../kernel/clock.js';
import { TIMED_OUT, withTimeout } from '../kernel/deadline.js';
import { OriginFailure, type DegradedReason } from '../kernel/errors.js';
import { EntryWriter } from './internal/entry-writer.js';
import { ignoreStoreUnavailable, EntryReader } from './internal/entry-reader.js';
import type { EntryRead } from './internal/entry-store.js';
import { entrySpec, type EntrySpec, type Load } from './internal/entry-spec.js';
import { MAX_STORE_WAIT_MS, INVALIDATED_WHILE_LOADING } from './internal/running-load.js';
import { NearCache } from './internal/near-cache.js';
import { type LoadResult, type SharedAnswer, StampedeGuard } from './stampede-guard.js';

/**
 * The way of a data dip: near copy, store, stampede guard, origin.
 *
 * Promised: an outcome no later than the dip's deadline, whatever the store or the origin does. The best there is: fresh, else stale
 * at once, else the origin's answer, else, when the origin must not be asked, the last good value for a while, else degraded with its reason.
 * Not promised: an error. Nothing that goes wrong underneath rejects; a bug does.
 */
@Injectable()
export class LookupCache {
  constructor(
    private readonly near: NearCache,
    private readonly reader: EntryReader,
    private readonly keeper: EntryWriter,
    private readonly guard: StampedeGuard,
    private readonly clock: Clock,
  ) {}

  /** Answers without a promise where a near copy will do: a promise is a tenth of the cost of a near hit. */
  answer<D extends Dip>(dip: D, loader: LookupLoader<D>): DipOutcome | Promise<DipOutcome> {
    if (dip.subject === undefined) return { source: 'none' };
    const copy = this.near.get(dip.subject.entryKey);
    if (copy !== undefined) return { source: 'cache', text: copy };
    return this.fromStore(dip, entrySpec(dip, dip.subject.entryKey), loader);
  }

  /**
   * Loads the entry if it is not fresh and nobody is loading it, for nobody in particular.
   *
   * @returns whether it was loaded
   * @throws {OriginFailure} what the load failed with
   */
  async refresh<D extends Dip>(dip: D, loader: LookupLoader<D>): Promise<boolean> {
    if (dip.subject === undefined) return false;
    const terms = entrySpec(dip, dip.subject.entryKey);
    const read = await this.reader.read(terms).catch(ignoreStoreUnavailable);
    if (read?.load.kind !== 'lease-granted') return false;
    await this.guard.loadWithLease(terms, read.load.lease, () => loader.load(dip, 'background'));
    return true;
  }

  private async fromStore<D extends Dip>(dip: D, terms: EntrySpec, loader: LookupLoader<D>): Promise<DipOutcome> {
    const load: Load = () => loader.load(dip, dip.lookup.priority);
    for (;;) {
      const askedAtMs = this.clock.nowMs();
      const read = await this.readInTime(dip, terms);
      const stored = read?.stored;
      if (stored === undefined) {
        const outcome = await this.fromOrigin(dip, this.landing(terms, read, askedAtMs, load));
        if (outcome !== INVALIDATED_WHILE_LOADING) return orLastGood(outcome, read?.lastGood);
        continue;
      }
      if (stored.freshForMs > 0) {
        this.keeper.putNear(terms, stored.text, stored.freshForMs, askedAtMs);
        return { source: 'cache', text: stored.text };
      }
      // Refreshed behind the answer; a failure is remembered by the store and the stale copy stays.
      if (read?.load.kind === 'lease-granted') {
        this.guard.loadWithLease(terms, read.load.lease, () => loader.load(dip, 'background')).catch(() => undefined);
      }
      return { source: 'stale', text: stored.text };
    }
  }

  /** The store gets half of what is left, so that the origin has the other half. Absent: the store is away. */
  private async readInTime(dip: Dip, terms: EntrySpec): Promise<EntryRead | undefined> {
    const asked = this.reader.read(terms);
    const boundMs = dip.deadline.remainingMs() / 2;
    // The store keeps a bound of its own: a second clock on every hit would say the same.
    if (boundMs > this.reader.settlesWithinMs) return asked.catch(ignoreStoreUnavailable);
    const read = await withTimeout(asked, boundMs).catch(ignoreStoreUnavailable);
    if (read !== TIMED_OUT) return read;
    asked.then(({ load }) => this.guard.releaseUnused(load)).catch(() => undefined);
    return undefined;
  }

  /** @param read absent: the store is away */
  private landing(terms: EntrySpec, read: EntryRead | undefined, askedAtMs: number, load: Load): Promise<LoadResult> {
    switch (read?.load.kind) {
      case undefined:
        return this.guard.loadWithoutStore(terms, askedAtMs, load).then((text) => ({ text }));
      case 'lease-granted':
        return this.guard.loadWithLease(terms, read.load.lease, load);
      case 'loading-elsewhere':
      case 'not-needed':
        return this.guard.waitForLoad(terms, read.version, askedAtMs, load);
      case 'backing-off':
        return Promise.reject(new OriginFailure(read.load.reason, 'the last load failed a moment ago'));
    }
  }

  private async fromOrigin(
    dip: Dip,
    landing: Promise<LoadResult>,
  ): Promise<DipOutcome | typeof INVALIDATED_WHILE_LOADING> {
    try {
      const landed = await withTimeout(landing, dip.deadline.remainingMs());
      if (landed === TIMED_OUT) return degraded('origin_timeout');
      if (landed === INVALIDATED_WHILE_LOADING) return INVALIDATED_WHILE_LOADING;
      await untilReadable(dip, landed);
      return { source: 'origin', text: landed.text };
    } catch (error) {
      if (error instanceof OriginFailure) return degraded(error.code);
      throw error;
    }
  }
}

/** Bounded by the flight; only who has less time than that needs a bound of their own. */
async function untilReadable({ deadline }: Dip, { readable }: SharedAnswer): Promise<void> {
  if (readable === undefined) return;
  const leftMs = deadline.remainingMs();
  if (leftMs > MAX_STORE_WAIT_MS) await readable;
  else await withTimeout(readable, leftMs);
}

function degraded(reason: DegradedReason): DipOutcome {
  return { source: 'degraded', reason };
}

/** Turned away by the budget or by the origin itself: nothing is known to be wrong with what was true a minute ago. */
const TURNED_AWAY: ReadonlySet<DegradedReason> = new Set(['shed', 'circuit_open', 'origin_rate_limited']);

function orLastGood(outcome: DipOutcome, lastGood: AnswerText | undefined): DipOutcome {
  const shed = outcome.source === 'degraded' && TURNED_AWAY.has(outcome.reason);
  return shed && lastGood !== undefined ? { source: 'stale', text: lastGood } : outcome;
}
