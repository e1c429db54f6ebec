import { setTimeout as sleep } from 'node:timers/promises';
import type { Callers, Reply } from './callers.js';
import type { Chronicle } from './chronicle.js';
import { customerId, type Crm } from './crm.js';
import type { Population } from './population.js';
import { randomRunningService, type Service } from './service.js';

/** The only tenant of a deployment that declares no tenants. */
const TENANT = '10001';
/** Every fortieth customer may have critical events. Of their events this share is critical. */
const CRITICAL_CUSTOMERS = 40;
const CRITICAL_SHARE = 0.2;
/** Of the events that a region keeps for the others, the writer does not repeat this share. */
const LEFT_SHARE = 0.5;
/** After this many attempts the writer abandons the event with an unknown outcome. */
const TRIES = 60;

export interface WriterParts {
  readonly crm: Crm;
  readonly callers: Callers;
  readonly chronicle: Chronicle;
  readonly population: Population;
  readonly notified: readonly Service[];
}

/** `kept`: refused because Kafka is away, and kept for the other regions. */
type Outcome = 'done' | 'duplicate' | 'kept' | 'unknown';

/**
 * Changes a random customer and notifies random processes until one of them acknowledges the event.
 */
export class Writer {
  constructor(private readonly parts: WriterParts) {}

  /**
   * A refused or broken notification proves nothing.
   * The writer sends it again with the same event id to a random process.
   */
  async changeOnce(isOver: () => boolean): Promise<void> {
    const { chronicle, crm, population } = this.parts;
    const subject = population.random();
    const changedTo = crm.change(subject);
    chronicle.events += 1;
    const critical = subject % CRITICAL_CUSTOMERS === 0 && Math.random() < CRITICAL_SHARE;
    const event = { customerId: customerId(subject), tenantId: TENANT, eventId: `${subject}-${changedTo}`, critical };
    for (let attempt = 1; attempt <= TRIES && !isOver(); attempt += 1) {
      const issuedAfter = crm.versionOf(subject);
      const { outcome, service } = await this.notify(event);
      if (outcome === 'done' || outcome === 'duplicate') {
        // An earlier attempt, maybe the first, carried out a duplicate: only `changedTo` is sure.
        const version = outcome === 'duplicate' ? changedTo : issuedAfter;
        chronicle.acknowledged({ subject, version, atMs: performance.now(), service });
        return;
      }
      if (outcome === 'kept' && Math.random() < LEFT_SHARE) {
        chronicle.left.push({ subject, version: issuedAfter, service });
        return;
      }
      await sleep(20 + Math.random() * 100);
    }
  }

  private async notify(event: Record<string, unknown>): Promise<{ outcome: Outcome; service: string }> {
    const { callers, notified } = this.parts;
    const service = randomRunningService(notified);
    if (service === undefined) return { outcome: 'unknown', service: '' };
    const reply = await callers.post(service.port, '/webhook/customer-updated', event).catch(() => undefined);
    return { outcome: outcomeOf(reply), service: service.name };
  }
}

function outcomeOf(reply: Reply | undefined): Outcome {
  if (reply?.status === 503 && reply.json.code === 'bus_unavailable') return 'kept';
  if (reply?.status !== 200) return 'unknown';
  return reply.json.duplicate === true ? 'duplicate' : 'done';
}
