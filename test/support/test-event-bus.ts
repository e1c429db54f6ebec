import { SystemWallClock } from '../../src/kernel/clock.js';
import { InProcessEventBus } from '../../src/messaging/in-process-event-bus.js';

/**
 * An in-process event bus. A test can set whether the bus is heard, and up to when the bus has
 * delivered. A test can also report a loss of events.
 */
export class TestEventBus extends InProcessEventBus {
  heard = true;
  delivered = Infinity;
  private readonly lossListeners: (() => void)[] = [];

  constructor() {
    super('test', new SystemWallClock());
  }

  override isHeard(): boolean {
    return this.heard;
  }

  override get deliveredUpToMs(): number {
    return this.delivered;
  }

  override onLoss(listener: () => void): void {
    this.lossListeners.push(listener);
  }

  reportLoss(): void {
    for (const listener of this.lossListeners) listener();
  }

  publishDeleted(key: string): void {
    this.publish('entry.deleted', '10001', { key });
  }

  publishFinished(key: string): void {
    this.publish('entry.load-finished', '10001', { key });
  }
}
