import { setTimeout as sleep } from 'node:timers/promises';
import { randomItem } from './random-item.js';
import type { Callers, Reply } from './callers.js';
import type { Chronicle, Source } from './chronicle.js';
import { customerId, lastDeleted, type Crm } from './crm.js';
import type { Population } from './population.js';
import { randomRunningService, type Service } from './service.js';
import { inputOf, LOOKUP_VARIANTS, type LookupVariant } from './lookup-variants.js';

/** Pause after a read without an answer; milliseconds. */
const AFTER_FAILURE_MS = 20;

export interface ReaderParts {
  readonly crm: Crm;
  readonly callers: Callers;
  readonly chronicle: Chronicle;
  readonly population: Population;
  readonly readFrom: readonly Service[];
}

/**
 * Reads a random customer through a random lookup variant from a random process, and records the
 * answer.
 */
export class Reader {
  constructor(private readonly parts: ReaderParts) {}

  /**
   * Takes the start before the request is sent and the end after the answer is read.
   * The checker therefore never requires more than the law.
   */
  async readOnce(): Promise<void> {
    const service = randomRunningService(this.parts.readFrom);
    if (service === undefined) return sleep(AFTER_FAILURE_MS);
    const source = await this.read(service, this.parts.population.random(), randomItem(LOOKUP_VARIANTS));
    if (source === 'failed') return sleep(AFTER_FAILURE_MS);
  }

  /** Reads a customer once, and records the answer. */
  async read(service: Service, subject: number, variant: LookupVariant): Promise<Source> {
    const { callers, chronicle } = this.parts;
    const startMs = performance.now();
    const reply = await callers
      .post(service.port, `/lookup/${variant.lookup}`, inputOf(variant, subject))
      .catch(() => undefined);
    const endMs = performance.now();
    const source = sourceOf(reply);
    chronicle.ended[source] += 1;
    if (reply === undefined || source === 'failed' || source === 'degraded') return source;
    const version = this.versionIn(reply, subject, variant);
    if (version === undefined) return source;
    chronicle.answered({
      subject,
      version,
      startMs,
      endMs,
      graceMs: variant.graceMs,
      variant,
      service: service.name,
      source,
    });
    return source;
  }

  /**
   * Returns the version in an answer. `undefined` means that the answer carries no version.
   * A "not found" answer to a lookup by customer id carries a version, too.
   * It is the last version in which the customer was deleted.
   */
  private versionIn({ json }: Reply, subject: number, variant: LookupVariant): number | undefined {
    const { contactFound, customerId: id, version } = json;
    if (contactFound !== true) {
      return variant.input === 'customerId' ? lastDeleted(this.parts.crm.versionOf(subject)) : undefined;
    }
    if (id !== customerId(subject)) this.parts.chronicle.mistaken += 1;
    return version as number;
  }
}

const SOURCES = new Set<unknown>(['cache', 'stale', 'origin', 'degraded']);

function sourceOf(reply: Reply | undefined): Source {
  return reply?.status === 200 && SOURCES.has(reply.json.source) ? (reply.json.source as Source) : 'failed';
}
