import type { Clock } from '../../../kernel/clock.js';
import { Deadline } from '../../../kernel/deadline.js';
import type { DatadipRequest } from '../../../platform/http/request-context.js';

/** Until when a caller waits for an answer, counted from the arrival of the request. */
export class CallerDeadlines {
  constructor(
    private readonly clock: Clock,
    private readonly deadlineMs: number,
  ) {}

  of({ arrivedAtMs }: DatadipRequest): Deadline {
    return new Deadline(this.clock, arrivedAtMs + this.deadlineMs);
  }
}
