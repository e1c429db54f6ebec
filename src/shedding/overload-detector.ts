import { Injectable } from '@nestjs/common';
import { EventLoopMonitor } from '../platform/lifecycle/event-loop-monitor.js';

/** Decides whether this process has accepted more work than it can answer in time. A check costs two comparisons. */
@Injectable()
export class OverloadDetector {
  constructor(
    private readonly eventLoop: EventLoopMonitor,
    /** The most requests in flight. Above this limit, accepting a request delays the answers of all others. */
    private readonly maxInFlight: number,
  ) {}

  isOverloaded(requestsInFlight: number): boolean {
    return requestsInFlight >= this.maxInFlight || this.eventLoop.isOverloaded;
  }
}
