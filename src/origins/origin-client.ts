import type { Clock } from '../kernel/clock.js';
import { NotAdmitted, OriginFailure } from '../kernel/errors.js';
import type { OriginBudget } from './admission/origin-budget.js';
import type { AuthStrategy, Credentials } from './auth/auth-strategy.js';
import type { OriginDriver } from './origin-driver.js';
import type { Demand, Origin, OriginAnswer, OriginRequest } from './origin.js';

/** A repeated call must have at least this much time left. */
const MIN_REPEAT_MS = 50;

export interface OriginClientParts {
  readonly name: string;
  /** Limits one call together with its repeat. */
  readonly timeoutMs: number;
  readonly driver: OriginDriver;
  readonly auth: AuthStrategy;
  readonly budget: OriginBudget;
  readonly clock: Clock;
}

/**
 * The only implementation of `Origin`: credentials, then the budget, then the driver.
 *
 * Guarantees:
 * - A call whose token the origin refuses is repeated once, with another token, within the timeout
 *   of the first attempt. The repeat passes the budget as a separate call.
 * - Without credentials a call uses no budget, and waits only while a token is being fetched.
 */
export class OriginClient implements Origin {
  readonly name: string;
  readonly timeoutMs: number;
  readonly driver: OriginDriver;

  constructor(private readonly parts: OriginClientParts) {
    this.name = parts.name;
    this.timeoutMs = parts.timeoutMs;
    this.driver = parts.driver;
  }

  /** Calls that may be in flight now. */
  get limit(): number {
    return this.parts.budget.limit;
  }

  async call(request: OriginRequest, demand: Demand): Promise<OriginAnswer> {
    const { auth, clock } = this.parts;
    const startedAtMs = clock.nowMs();
    const leftMs = (): number => this.timeoutMs - (clock.nowMs() - startedAtMs);
    if (auth.current() === undefined && !(await auth.waitUntilReady(this.timeoutMs))) throw noCredentials();
    try {
      return await this.attempt(request, demand, leftMs());
    } catch (error) {
      const refused = error instanceof OriginFailure ? error.details.refusedToken : undefined;
      if (refused === undefined || leftMs() < MIN_REPEAT_MS) throw error;
      if (!(await auth.waitForReplacement(refused, leftMs()))) throw noCredentials();
      if (leftMs() < MIN_REPEAT_MS) throw error;
      return this.attempt(request, demand, leftMs());
    }
  }

  /** Makes one call with the credentials given, without waiting for others and without a repeat. */
  callAs(credentials: Credentials, request: OriginRequest, demand: Demand): Promise<OriginAnswer> {
    return this.parts.budget.run(demand, () => this.driver.begin(request, credentials, this.timeoutMs));
  }

  /** Reads the credentials when the call begins: the wait for admission can outlast a token. */
  private attempt(request: OriginRequest, demand: Demand, timeoutMs: number): Promise<OriginAnswer> {
    return this.parts.budget.run(demand, () => {
      const credentials = this.parts.auth.current();
      if (credentials === undefined) throw noCredentials();
      return this.driver.begin(request, credentials, timeoutMs);
    });
  }
}

/**
 * `NotAdmitted`, because the origin was not asked: no failure is stored, and the next caller may
 * find a token.
 */
function noCredentials(): NotAdmitted {
  return new NotAdmitted('circuit_open', 'no token for the origin: the login has not issued one');
}
