import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { CallerUser } from '../contracts/caller.js';
import { Clock } from '../kernel/clock.js';
import { HttpProblem } from '../kernel/errors.js';
import { Gcra, perSecondRate } from '../kernel/gcra.js';

/** Users in memory. The user that asked longest ago is forgotten first. */
const MAX_USERS = 10_000;
/** The burst is the requests of one second, so 1 s later the limit has room again. */
const OVER_LIMIT = new HttpProblem('too_many_requests', 429, 'user rate limit exceeded', 1);

/**
 * The rate of each user of a caller, in this process. So one page in a browser cannot use up the
 * limits of its caller.
 */
@Injectable()
export class UserLimits {
  private readonly users = new LRUCache<string, Gcra>({ max: MAX_USERS });

  constructor(private readonly clock: Clock) {}

  /** @throws {HttpProblem} 429 */
  acquire({ hash, maxPerSecond }: CallerUser): void {
    const gcra = this.users.get(hash) ?? new Gcra();
    this.users.set(hash, gcra);
    const rate = perSecondRate(maxPerSecond, maxPerSecond);
    if (gcra.tryAcquire(rate, this.clock.nowMs()) === undefined) throw OVER_LIMIT;
  }
}
