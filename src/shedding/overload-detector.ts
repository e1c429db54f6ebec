import { Inject, Injectable } from '@nestjs/common';
import { type ServerConfig, SERVER_CONFIG } from '../config/sections/server.js';
import { EventLoopMonitor } from '../platform/lifecycle/event-loop-monitor.js';

/**
 * Decides whether this process has accepted more work than it can finish in time. A check costs two
 * comparisons.
 */
@Injectable()
export class OverloadDetector {
  /**
   * The most requests in flight. Above this limit, accepting a request delays the answers of all
   * others.
   */
  private readonly maxInFlight: number;

  constructor(
    private readonly eventLoop: EventLoopMonitor,
    @Inject(SERVER_CONFIG) { maxInFlight }: ServerConfig,
  ) {
    this.maxInFlight = maxInFlight;
  }

  isOverloaded(requestsInFlight: number): boolean {
    return requestsInFlight >= this.maxInFlight || this.eventLoop.isOverloaded;
  }
}
