import type { Clock } from '../kernel/clock.js';
import { OriginFailure } from '../kernel/errors.js';
import { noToken, type OriginAnswer, type HttpOrigin, type HttpOriginRequest } from './http/http-origin.js';
import type { OriginBudget, Demand } from './admission/origin-budget.js';

/** A further attempt must have at least this much time left to be worth making. */
const WORTH_TRYING_MS = 50;

/**
 * A system of record, every call of which is asked of its budget first.
 *
 * Promised: a call whose token is refused is made once more, with another one, inside the time-out of the first and as a call of its own
 * in the budget. While there is no token nothing of the budget is spent; a call waits only for a token that is being fetched.
 */
export class OriginClient {
  constructor(
    private readonly budget: OriginBudget,
    private readonly upstream: HttpOrigin,
    private readonly clock: Clock,
  ) {}

  /** @throws {OriginFailure} */
  async call(request: HttpOriginRequest, spender: Demand): Promise<OriginAnswer> {
    const startedAtMs = this.clock.nowMs();
    const { tokenSource, timeoutMs } = this.upstream;
    if (tokenSource === undefined) return this.spend(request, spender, timeoutMs);
    const leftMs = (): number => timeoutMs - (this.clock.nowMs() - startedAtMs);
    if (tokenSource.current() === undefined && !(await tokenSource.awaited(timeoutMs))) throw noToken();
    try {
      return await this.spend(request, spender, leftMs());
    } catch (error) {
      const refused = error instanceof OriginFailure ? error.details.refusedToken : undefined;
      if (refused === undefined || leftMs() < WORTH_TRYING_MS) throw error;
      if (!(await tokenSource.anotherThan(refused, leftMs()))) throw noToken();
      if (leftMs() < WORTH_TRYING_MS) throw error;
      return this.spend(request, spender, leftMs());
    }
  }

  private spend(request: HttpOriginRequest, spender: Demand, timeoutMs: number): Promise<OriginAnswer> {
    return this.budget.spend(spender, () => this.upstream.begin(request, timeoutMs));
  }
}
