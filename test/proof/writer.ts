import { setTimeout as sleep } from 'node:timers/promises';
import type { Callers } from './callers.js';
import type { Chronicle } from './chronicle.js';
import { customerId, type Crm } from './crm.js';
import type { Population } from './population.js';
import { anyUp, type Service } from './service.js';

/** The contract's only tenant where none is declared. */
const TENANT = '10001';
/** The one in so many customers whose events may be critical, and how many of them are. */
const CRITICAL_CUSTOMERS = 40;
const CRITICAL_SHARE = 0.2;
/** Then nobody will ever know what became of the event. */
const TRIES = 60;

export interface WriterParts {
  readonly crm: Crm;
  readonly callers: Callers;
  readonly chronicle: Chronicle;
  readonly population: Population;
  readonly told: readonly Service[];
}

/** Changes any customer, and says so to any process until one has acknowledged it. */
export class Writer {
  constructor(private readonly parts: WriterParts) {}

  /** What was refused, or broke off, claims nothing, and is sent again under the same id, to whichever process. */
  async changeOnce(isOver: () => boolean): Promise<void> {
    const { chronicle, crm, population } = this.parts;
    const subject = population.any();
    const changedTo = crm.change(subject);
    chronicle.events += 1;
    const critical = subject % CRITICAL_CUSTOMERS === 0 && Math.random() < CRITICAL_SHARE;
    const event = { customerId: customerId(subject), tenantId: TENANT, eventId: `${subject}-${changedTo}`, critical };
    for (let attempt = 1; attempt <= TRIES && !isOver(); attempt += 1) {
      const issuedAfter = crm.versionOf(subject);
      const outcome = await this.tell(event);
      if (outcome !== 'unknown') {
        // A duplicate was carried out by an earlier attempt, maybe by the first: it is as old as that.
        const version = outcome === 'duplicate' ? changedTo : issuedAfter;
        chronicle.acknowledged({ subject, version, atMs: performance.now() });
        return;
      }
      await sleep(20 + Math.random() * 100);
    }
  }

  private async tell(event: Record<string, unknown>): Promise<'done' | 'duplicate' | 'unknown'> {
    const { callers, told } = this.parts;
    const service = anyUp(told);
    if (service === undefined) return 'unknown';
    const reply = await callers.post(service.port, '/webhook/customer-updated', event).catch(() => undefined);
    if (reply?.status !== 200) return 'unknown';
    return reply.json.duplicate === true ? 'duplicate' : 'done';
  }
}
