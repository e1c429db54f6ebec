import { Injectable } from '@nestjs/common';
import { LookupCache } from '../../cache/lookup-cache.js';
import { WARM_UP_CALLER } from '../../contracts/caller.js';
import type { DipOutcome } from '../../contracts/dip.js';
import type { Deadline } from '../../kernel/deadline.js';
import type { DatadipRequest } from '../../platform/http/request-context.js';
import { Positions } from '../../regions/positions.js';
import { WarmUpLoader } from '../../warmup/warm-up-loader.js';
import type { LookupDip } from './internal/compiled-lookup.js';
import { OriginLoader } from './origin-loader.js';

/**
 * Answers one dip from the cache. Returns no promise on a near hit: see `LookupCache.answer`.
 *
 * @param nowMs the time of the clock, if the caller of the function has read it
 */
export type ReadDip = (dip: LookupDip, nowMs?: number) => DipOutcome | Promise<DipOutcome>;

/** The part of a dip, plain or composed, that decides how long a read may wait. */
interface WaitingDip {
  readonly tenant: string;
  readonly deadline: Deadline;
}

/**
 * How the dips of a request read the cache.
 *
 * Guarantees: if the request names events in `X-Datadip-After`, its dips read the cache after the
 * region has applied these events. If the region has not applied them within half of the time that
 * is left, the dips are loaded from their origins.
 */
@Injectable()
export class CacheReads {
  private readonly readNear: ReadDip = (dip, nowMs) => this.cache.answer(dip, this.originLoader, nowMs);
  private readonly readForWarmUp: ReadDip = (dip, nowMs) => this.cache.answer(dip, this.warmUpLoader, nowMs);

  constructor(
    private readonly cache: LookupCache,
    private readonly originLoader: OriginLoader,
    private readonly warmUpLoader: WarmUpLoader,
    private readonly positions: Positions,
  ) {}

  /**
   * Returns a promise only if the request names events.
   *
   * @throws {HttpProblem} for a position that no region has given: see `Positions.ofRequest`
   */
  of(request: DatadipRequest, dip: WaitingDip): ReadDip | Promise<ReadDip> {
    const after = this.positions.ofRequest(request.headers, dip.tenant);
    return after === undefined ? this.atOnce(request) : this.afterEvents(after, dip.deadline);
  }

  /** For a dip that reads nothing: no event can matter. */
  atOnce({ caller }: DatadipRequest): ReadDip {
    return caller === WARM_UP_CALLER ? this.readForWarmUp : this.readNear;
  }

  private async afterEvents(
    events: NonNullable<ReturnType<Positions['ofRequest']>>,
    deadline: Deadline,
  ): Promise<ReadDip> {
    // The other half of the time is for the origin.
    const isReached = await this.positions.reached(events, deadline, deadline.remainingMs() / 2);
    return (dip) => this.cache.answerPastNear(dip, this.originLoader, !isReached);
  }
}
