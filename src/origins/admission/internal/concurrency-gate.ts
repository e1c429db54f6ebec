import type { Clock } from '../../../kernel/clock.js';
import { PrioritySemaphore, type Permit } from '../../../kernel/priority-semaphore.js';
import type { ShedReason } from '../../origin.metrics.js';
import type { AdmissionGate, AdmissionRequest, GatePass } from './admission-gate.js';

/**
 * The most ivr calls that wait. A further one is refused at once: with more waiting calls, most of
 * them would wait in vain.
 */
const MAX_WAITING = 1000;

/**
 * Limits concurrent calls of the system. An ivr call may wait for a permit; other calls are refused
 * at once.
 */
export class ConcurrencyGate implements AdmissionGate {
  private readonly semaphore: PrioritySemaphore;

  constructor(
    limit: () => number,
    private readonly backgroundShare: number,
    private readonly clock: Clock,
  ) {
    this.semaphore = new PrioritySemaphore({ limit, maxWaiting: MAX_WAITING });
  }

  enter(request: AdmissionRequest): GatePass | ShedReason | Promise<GatePass | ShedReason> {
    const { priority } = request.demand;
    const permit = this.semaphore.tryAcquire(priority === 'background' ? this.backgroundShare : 1);
    if (permit !== undefined) return permit;
    const maxWaitMs = request.waitUntilMs - this.clock.nowMs();
    if (maxWaitMs <= 0) return priority === 'ivr' ? 'queue' : 'concurrency';
    return this.wait(maxWaitMs) ?? 'queue';
  }

  /** `undefined` means that the queue is full. */
  private wait(maxWaitMs: number): Promise<GatePass | ShedReason> | undefined {
    const { promise, resolve } = Promise.withResolvers<Permit | 'queue'>();
    const leave = this.semaphore.enqueue((permit) => {
      clearTimeout(timer);
      resolve(permit);
    });
    if (leave === undefined) return undefined;
    const timer = setTimeout(() => {
      leave();
      resolve('queue');
    }, maxWaitMs);
    return promise;
  }
}
