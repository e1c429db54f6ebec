import type { Priority } from '../config/config.js';
import type { Deadline } from '../kernel/deadline.js';
import type { UpstreamAnswer, UpstreamClient, UpstreamRequest } from '../platform/upstream/upstream-client.js';
import type { OriginBudget } from './origin-budget.js';

/** A system of record for one kind of work: every call is asked of its budget first. */
export class BudgetedApi {
  constructor(
    private readonly budget: OriginBudget,
    private readonly upstream: UpstreamClient,
    private readonly priority: Priority,
  ) {}

  /** @throws {OriginFailure} */
  call(request: UpstreamRequest, deadline: Deadline): Promise<UpstreamAnswer> {
    return this.budget.spend({ priority: this.priority, deadline }, () => this.upstream.begin(request));
  }
}
