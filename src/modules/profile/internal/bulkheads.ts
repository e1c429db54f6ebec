import { PrioritySemaphore } from '../../../kernel/priority-semaphore.js';

/**
 * Caps a lookup's concurrent calls to its system, so that it cannot starve other lookups. Calls
 * never wait here. Each system has its own bulkhead: a tenant's own system that hangs takes no
 * place from other tenants.
 */
export class Bulkheads {
  /** By name of the system: as many as the configuration declares. */
  private readonly bySystem = new Map<string, PrioritySemaphore>();

  constructor(private readonly maxCalls: number) {}

  forSystem(system: string): PrioritySemaphore {
    const known = this.bySystem.get(system);
    if (known !== undefined) return known;
    const bulkhead = new PrioritySemaphore({ limit: () => this.maxCalls, maxWaiting: 0 });
    this.bySystem.set(system, bulkhead);
    return bulkhead;
  }
}
