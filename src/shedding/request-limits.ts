import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { RequestCeiling } from '../config/config.js';
import { CALLERS, LOOKUPS } from '../config/tokens.js';
import { Clock } from '../kernel/clock.js';
import { HttpProblem } from '../kernel/errors.js';
import { Gcra, perSecondRate, type Rate } from '../kernel/gcra.js';

/** A full second's worth may come at one moment, so a place is free again within one. */
const RETRY_AFTER_S = 1;

interface Quota {
  readonly rate: Rate | undefined;
  readonly maxConcurrent: number;
  readonly gcra: Gcra;
  inFlight: number;
}

/** A place for each on the request: a list of them would have to be made for every one. */
interface Counted extends Request {
  countedAsCallers?: Quota;
  countedAsLookups?: Quota;
}

type Declared = ReadonlyMap<string, { readonly limits: RequestCeiling }>;

/**
 * What one caller may ask of this process, and what may be asked of one lookup.
 *
 * Promised: nobody is held to another's limits; a request counts from here until its answer is out or its sender has gone. Where nothing is
 * declared, it costs one look into a map.
 * Not promised: anything across processes. A caller who reaches n of them may ask n times as much.
 */
@Injectable()
export class RequestLimits {
  private readonly callers: ReadonlyMap<string, Quota>;
  private readonly lookups: ReadonlyMap<string, Quota>;

  constructor(
    private readonly clock: Clock,
    @Inject(CALLERS) callers: Declared,
    @Inject(LOOKUPS) lookups: Declared,
  ) {
    this.callers = quotas(callers);
    this.lookups = quotas(lookups);
  }

  /** @throws {HttpProblem} 429 */
  enterAsCaller(name: string, request: Request): void {
    const quota = this.counting(this.callers.get(name), request, 'this caller asks more than it may');
    if (quota !== undefined) (request as Counted).countedAsCallers = quota;
  }

  /** @throws {HttpProblem} 429 */
  enterLookup(name: string, request: Request): void {
    const quota = this.counting(this.lookups.get(name), request, 'this lookup is asked more than it may be');
    if (quota !== undefined) (request as Counted).countedAsLookups = quota;
  }

  /** Told of every request that is over, answered or left. No listener of its own: on a near hit it would cost more than the limits. */
  left({ countedAsCallers, countedAsLookups }: Counted): void {
    if (countedAsCallers !== undefined) countedAsCallers.inFlight--;
    if (countedAsLookups !== undefined) countedAsLookups.inFlight--;
  }

  /** @returns what it is counted in, and has to leave again */
  private counting(quota: Quota | undefined, request: Request, why: string): Quota | undefined {
    // Who has gone will not leave again.
    if (quota === undefined || request.res?.closed === true) return undefined;
    const { rate, gcra, maxConcurrent, inFlight } = quota;
    const full = inFlight >= maxConcurrent;
    if (full || (rate !== undefined && gcra.tryAcquire(rate, this.clock.nowMs()) === undefined)) {
      throw new HttpProblem('too_many_requests', 429, why, RETRY_AFTER_S);
    }
    if (maxConcurrent === Infinity) return undefined;
    quota.inFlight++;
    return quota;
  }
}

function quotas(declared: Declared): Map<string, Quota> {
  return new Map(
    [...declared]
      .filter(([, { limits }]) => limits.maxPerSecond !== undefined || limits.maxConcurrent !== undefined)
      .map(([name, { limits }]) => [name, quotaOf(limits)]),
  );
}

function quotaOf({ maxPerSecond, maxConcurrent = Infinity }: RequestCeiling): Quota {
  const rate = maxPerSecond === undefined ? undefined : perSecondRate(maxPerSecond, maxPerSecond);
  return { rate, maxConcurrent, gcra: new Gcra(), inFlight: 0 };
}
