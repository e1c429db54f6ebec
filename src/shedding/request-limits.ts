import { Inject, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { RequestLimitsConfig } from '../config/sections/request-limits.js';
import { CALLERS } from '../config/sections/callers.js';
import { COMPOSED_LOOKUPS } from '../config/sections/lookups/composed-config.js';
import { LOOKUPS } from '../config/sections/lookups/lookup-config.js';
import { Clock } from '../kernel/clock.js';
import { HttpProblem } from '../kernel/errors.js';
import { Gcra, perSecondRate, type Rate } from '../kernel/gcra.js';

/** The burst is the requests of one second, so 1 s later the limit has room again. */
const RETRY_AFTER_S = 1;

interface Quota {
  readonly rate: Rate | undefined;
  readonly maxConcurrent: number;
  readonly gcra: Gcra;
  inFlight: number;
}

/** Two properties instead of a list, so that a request allocates nothing. */
interface CountedRequest extends Request {
  isOver?: boolean;
  countedAsCallers?: Quota;
  countedAsLookups?: Quota;
}

type Declared = ReadonlyMap<string, { readonly limits: RequestLimitsConfig }>;

/**
 * The declared request limits of each caller and of each lookup, in this process.
 *
 * Guarantees: no caller and no lookup counts against another's limits. A request counts until its
 * response is sent or its caller has closed the connection. A check without declared limits costs
 * one map lookup.
 *
 * Does not guarantee: anything across processes. A caller that reaches n processes may send n times
 * as many requests.
 */
@Injectable()
export class RequestLimits {
  private readonly callers: ReadonlyMap<string, Quota>;
  private readonly lookups: ReadonlyMap<string, Quota>;

  constructor(
    private readonly clock: Clock,
    @Inject(CALLERS) callers: Declared,
    @Inject(LOOKUPS) lookups: Declared,
    @Inject(COMPOSED_LOOKUPS) composed: Declared,
  ) {
    this.callers = quotas(callers);
    this.lookups = quotas(new Map([...lookups, ...composed]));
  }

  /** @throws {HttpProblem} 429 */
  acquireForCaller(name: string, request: Request): void {
    const quota = this.acquire(this.callers.get(name), request, 'caller rate limit exceeded');
    if (quota !== undefined) (request as CountedRequest).countedAsCallers = quota;
  }

  /** @throws {HttpProblem} 429 */
  acquireForLookup(name: string, request: Request): void {
    const quota = this.acquire(this.lookups.get(name), request, 'lookup rate limit exceeded');
    if (quota !== undefined) (request as CountedRequest).countedAsLookups = quota;
  }

  /**
   * Runs at the end of every request. Adds no listener: on a near hit a listener would cost more
   * than the limits.
   */
  release({ countedAsCallers, countedAsLookups }: CountedRequest): void {
    if (countedAsCallers !== undefined) countedAsCallers.inFlight--;
    if (countedAsLookups !== undefined) countedAsLookups.inFlight--;
  }

  /** @returns the quota that the request must release; `undefined` if the request occupies none */
  private acquire(quota: Quota | undefined, request: Request, title: string): Quota | undefined {
    // The end handlers of a closed request have already run, so the request would never release its
    // quota.
    if (quota === undefined || (request as CountedRequest).isOver === true) return undefined;
    const { rate, gcra, maxConcurrent, inFlight } = quota;
    const full = inFlight >= maxConcurrent;
    if (full || (rate !== undefined && gcra.tryAcquire(rate, this.clock.nowMs()) === undefined)) {
      throw new HttpProblem('too_many_requests', 429, title, RETRY_AFTER_S);
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

function quotaOf({ maxPerSecond, maxConcurrent = Infinity }: RequestLimitsConfig): Quota {
  const rate = maxPerSecond === undefined ? undefined : perSecondRate(maxPerSecond, maxPerSecond);
  return { rate, maxConcurrent, gcra: new Gcra(), inFlight: 0 };
}
