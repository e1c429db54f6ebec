import { Inject, Injectable } from '@nestjs/common';
import type { ServerConfig } from '../../../config/config.js';
import { SERVER_CONFIG } from '../../../config/tokens.js';
import { Clock } from '../../../kernel/clock.js';
import { Deadline } from '../../../kernel/deadline.js';
import type { DatadipRequest } from '../../../platform/http/request-context.js';

/** Until when a caller waits for an answer, counted from the arrival of the request. */
@Injectable()
export class CallerDeadlines {
  constructor(
    private readonly clock: Clock,
    @Inject(SERVER_CONFIG) private readonly server: ServerConfig,
  ) {}

  of({ arrivedAtMs }: DatadipRequest): Deadline {
    return new Deadline(this.clock, arrivedAtMs + this.server.deadlineMs);
  }
}
