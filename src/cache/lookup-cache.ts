import { Injectable } from '@nestjs/common';
import type { AnswerText, Dip, DipOutcome, LookupLoader } from '../contracts/dip.js';
import { Clock } from '../kernel/clock.js';
import { TIMED_OUT, withTimeout } from '../kernel/deadline.js';
import { OriginFailure, type DegradedReason } from '../kernel/errors.js';
import { inLinkedTrace } from '../platform/tracing/spans.js';
import { ignoreStoreUnavailable, EntryReader } from './internal/entry-reader.js';
import { entrySpec, type EntrySpec } from './internal/entry-spec.js';
import type { EntryRead } from './internal/entry-store.js';
import { EntryWriter } from './internal/entry-writer.js';
import { DipLoad } from './internal/load.js';
import { NearCache } from './internal/near-cache.js';
import {
  INVALIDATED_WHILE_LOADING,
  MAX_STORE_WAIT_MS,
  type LoadResult,
  type SharedAnswer,
} from './internal/running-load.js';
import { StampedeGuard } from './stampede-guard.js';

/**
 * Answers data dips: from the near cache, else from the store, else through the stampede guard from
 * the origin.
 *
 * Guarantees:
 * - A timer ends the dip at its deadline, whatever the store or the origin does. If the event loop
 *   is busy, the timer fires a little later.
 * - A fresh value, else a stale value at once, else the answer of the origin. If the load is
 *   refused, the last good value. Otherwise a degraded outcome with the reason. At the deadline,
 *   the outcome is degraded, even if a last good value is stored.
 * - No failure of the store or of the origin rejects. Only a bug does.
 */
@Injectable()
export class LookupCache {
  constructor(
    private readonly near: NearCache,
    private readonly reader: EntryReader,
    private readonly writer: EntryWriter,
    private readonly guard: StampedeGuard,
    private readonly clock: Clock,
  ) {}

  /**
   * A near hit is answered without a promise: a promise is a tenth of its cost.
   *
   * @param nowMs the present time by `Clock`
   */
  answer<D extends Dip>(dip: D, loader: LookupLoader<D>, nowMs = this.clock.nowMs()): DipOutcome | Promise<DipOutcome> {
    if (dip.subject === undefined) return keyless(dip);
    const text = this.near.get(dip.subject.entryKey, nowMs);
    if (text !== undefined) return { source: 'cache', text };
    return this.answerFromStore(dip, entrySpec(dip, dip.subject.entryKey), loader);
  }

  /**
   * Answers without near copies, which may be older than an event of this region.
   *
   * @param reloads `true` means that the stored entry is deleted first, so the answer is loaded
   */
  async answerPastNear<D extends Dip>(dip: D, loader: LookupLoader<D>, reloads: boolean): Promise<DipOutcome> {
    if (dip.subject === undefined) return keyless(dip);
    const { entryKey } = dip.subject;
    if (reloads) await this.writer.deleteAll([entryKey]);
    return this.answerFromStore(dip, entrySpec(dip, entryKey), loader);
  }

  /**
   * Loads the entry as background work, if it is not fresh and no other caller is loading it.
   *
   * @returns whether it was loaded
   * @throws {OriginFailure} if the load failed
   */
  async refresh<D extends Dip>(dip: D, loader: LookupLoader<D>): Promise<boolean> {
    if (dip.subject === undefined) return false;
    const spec = entrySpec(dip, dip.subject.entryKey);
    const readAtMs = this.clock.nowMs();
    const read = await this.reader.read(spec).catch(ignoreStoreUnavailable);
    if (read?.load.kind !== 'lease-granted') return false;
    await this.guard.loadWithLease(new DipLoad(spec, dip, loader, 'background'), read.load.lease, readAtMs);
    return true;
  }

  /**
   * Deletes entries that belong to no customer, such as the entries of the warm-up. Never rejects.
   */
  deleteEntries(keys: readonly string[]): Promise<void> {
    return this.writer.deleteAll(keys);
  }

  private async answerFromStore<D extends Dip>(dip: D, spec: EntrySpec, loader: LookupLoader<D>): Promise<DipOutcome> {
    for (;;) {
      const readAtMs = this.clock.nowMs();
      this.guard.renewDueLeases(readAtMs);
      const read = await this.readInTime(dip, spec);
      const stored = read?.stored;
      if (stored === undefined) {
        const load = new DipLoad(spec, dip, loader, dip.lookup.priority);
        const outcome = await this.answerFromLoad(dip, this.guard.load(load, read, readAtMs));
        if (outcome !== INVALIDATED_WHILE_LOADING) return orLastGood(outcome, read?.lastGood);
        continue;
      }
      if (stored.freshForMs > 0) {
        this.writer.putNear(spec, stored.text, stored.freshForMs, readAtMs);
        return { source: 'cache', text: stored.text };
      }
      // The refresh runs after the answer. If it fails, the store remembers the failure, and the
      // stale value stays.
      if (read?.load.kind === 'lease-granted') {
        const refresh = new DipLoad(spec, dip, loader, 'background');
        const { lease } = read.load;
        const attributes = { 'datadip.lookup': dip.lookup.name };
        inLinkedTrace({ name: 'refresh', kind: 'internal', attributes }, () =>
          this.guard.loadWithLease(refresh, lease, readAtMs),
        ).catch(() => undefined);
      }
      return { source: 'stale', text: stored.text };
    }
  }

  /**
   * Reads the entry within half of the remaining time, so that the origin has the other half.
   * Returns `undefined` if the store is unavailable or too slow.
   *
   * Not `async`: a promise within another costs three turns of the queue of microtasks.
   */
  private readInTime(dip: Dip, spec: EntrySpec): Promise<EntryRead | undefined> {
    const reading = this.reader.read(spec);
    const boundMs = dip.deadline.remainingMs() / 2;
    // The store has its own time bound. If the bound of the store is shorter, a hit needs no second
    // timer.
    if (boundMs > this.reader.settlesWithinMs) return reading.catch(ignoreStoreUnavailable);
    return this.readWithin(boundMs, reading);
  }

  private async readWithin(boundMs: number, reading: Promise<EntryRead>): Promise<EntryRead | undefined> {
    const read = await withTimeout(reading, boundMs).catch(ignoreStoreUnavailable);
    if (read !== TIMED_OUT) return read;
    reading.then(({ load }) => this.guard.releaseUnused(load)).catch(() => undefined);
    return undefined;
  }

  private async answerFromLoad(
    dip: Dip,
    loading: Promise<LoadResult>,
  ): Promise<DipOutcome | typeof INVALIDATED_WHILE_LOADING> {
    try {
      const result = await withTimeout(loading, dip.deadline.remainingMs());
      if (result === TIMED_OUT) return degraded('origin_timeout');
      if (result === INVALIDATED_WHILE_LOADING) return INVALIDATED_WHILE_LOADING;
      await untilReadable(dip, result);
      return { source: 'origin', text: result.text };
    } catch (error) {
      if (error instanceof OriginFailure) return degraded(error.code);
      throw error;
    }
  }
}

/**
 * Waits until the answer can be read from the store. The load limits this wait to
 * `MAX_STORE_WAIT_MS`. A caller whose deadline comes earlier needs a separate timer.
 */
async function untilReadable({ deadline }: Dip, { readable }: SharedAnswer): Promise<void> {
  if (readable === undefined) return;
  const remainingMs = deadline.remainingMs();
  if (remainingMs > MAX_STORE_WAIT_MS) await readable;
  else await withTimeout(readable, remainingMs);
}

function degraded(reason: DegradedReason): DipOutcome {
  return { source: 'degraded', reason };
}

/**
 * The reasons of a refused load. Admission refused the call (`shed`, `circuit_open`). The token for
 * the origin is missing (`circuit_open`, too). The origin answered 429 (`origin_rate_limited`). The
 * last good value may still be right, so the caller gets this value.
 */
const REFUSED: ReadonlySet<DegradedReason> = new Set(['shed', 'circuit_open', 'origin_rate_limited']);

function orLastGood(outcome: DipOutcome, lastGood: AnswerText | undefined): DipOutcome {
  const isRefused = outcome.source === 'degraded' && REFUSED.has(outcome.reason);
  return isRefused && lastGood !== undefined ? { source: 'stale', text: lastGood } : outcome;
}

function keyless({ isWithheld }: Dip): DipOutcome {
  return { source: 'none', reason: isWithheld === true ? 'withheld' : 'no_lookup_key' };
}
