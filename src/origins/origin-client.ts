import type { Clock } from '../kernel/clock.js';
import { OriginFailure } from '../kernel/errors.js';
import {
  noToken,
  type UpstreamAnswer,
  type UpstreamClient,
  type UpstreamRequest,
} from './http/http-origin.js';
import type { OriginBudget, Spender } from './admission/origin-budget.js';

/** A further attempt must have at least this much time left to be worth making. */
const WORTH_TRYING_MS = 50;

/**
 * A system of record, every call of which is asked of its budget first.
 *
 * Promised: a call whose token is refused is made once more, with another one, inside the time-out of the first and as a call of its own
 * in the budget. While there is no token nothing of the budget is spent; a call waits only for a token that is being fetched.
 */
export class BudgetedApi {
  constructor(
    private readonly budget: OriginBudget,
    private readonly upstream: UpstreamClient,
    private readonly clock: Clock,
  ) {}

  /** @throws {OriginFailure} */
  async call(request: UpstreamRequest, spender: Spender): Promise<UpstreamAnswer> {
    const startedAtMs = this.clock.nowMs();
    const { tokenSource, timeoutMs } = this.upstream;
    if (tokenSource === undefined) return this.spend(request, spender, timeoutMs);
    const leftMs = (): number => timeoutMs - (this.clock.nowMs() - startedAtMs);
    if (tokenSource.current() === undefined && !(await tokenSource.awaited(timeoutMs))) throw noToken();
    try {
      return await this.spend(request, spender, leftMs());
    } catch (error) {
      const refused = error instanceof OriginFailure ? error.hints.refusedToken : undefined;
      if (refused === undefined || leftMs() < WORTH_TRYING_MS) throw error;
      if (!(await tokenSource.anotherThan(refused, leftMs()))) throw noToken();
      if (leftMs() < WORTH_TRYING_MS) throw error;
      return this.spend(request, spender, leftMs());
    }
  }

  private spend(request: UpstreamRequest, spender: Spender, timeoutMs: number): Promise<UpstreamAnswer> {
    return this.budget.spend(spender, () => this.upstream.begin(request, timeoutMs));
  }
}
