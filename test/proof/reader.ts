import { setTimeout as sleep } from 'node:timers/promises';
import { anyOf } from './any-of.js';
import type { Callers, Reply } from './callers.js';
import type { Chronicle, Source } from './chronicle.js';
import { customerId, lastDeleted, type Crm } from './crm.js';
import type { Population } from './population.js';
import { anyUp, type Service } from './service.js';
import { inputOf, WAYS, type Way } from './ways.js';

/** Before it asks again where nobody answered. */
const AFTER_FAILURE_MS = 20;

export interface ReaderParts {
  readonly crm: Crm;
  readonly callers: Callers;
  readonly chronicle: Chronicle;
  readonly population: Population;
  readonly asked: readonly Service[];
}

/** Asks any process for any customer in any way, and notes what it was answered. */
export class Reader {
  constructor(private readonly parts: ReaderParts) {}

  /** The start is taken before the question is sent, the end after the answer was read: the law is never asked for too much. */
  async readOnce(): Promise<void> {
    const { asked, callers, chronicle, population } = this.parts;
    const service = anyUp(asked);
    if (service === undefined) return sleep(AFTER_FAILURE_MS);
    const subject = population.any();
    const way = anyOf(WAYS);
    const startMs = performance.now();
    const reply = await callers
      .post(service.port, `/lookup/${way.lookup}`, inputOf(way, subject))
      .catch(() => undefined);
    const endMs = performance.now();
    const source = sourceOf(reply);
    chronicle.ended[source] += 1;
    if (reply === undefined || source === 'failed') return sleep(AFTER_FAILURE_MS);
    const version = source === 'degraded' ? undefined : this.versionIn(reply, subject, way);
    if (version === undefined) return;
    chronicle.answered({ subject, version, startMs, endMs, graceMs: way.graceMs, way, service: service.name, source });
  }

  /**
   * The version an answer carries; absent where it carries none. "There is no such customer" carries one, too, where the question
   * named the customer: the last one in which that was so.
   */
  private versionIn({ json }: Reply, subject: number, way: Way): number | undefined {
    const { contactFound, customerId: id, version } = json;
    if (contactFound !== true) {
      return way.input === 'customerId' ? lastDeleted(this.parts.crm.versionOf(subject)) : undefined;
    }
    if (id !== customerId(subject)) this.parts.chronicle.mistaken += 1;
    return version as number;
  }
}

const SOURCES = new Set<unknown>(['cache', 'stale', 'origin', 'degraded']);

function sourceOf(reply: Reply | undefined): Source {
  return reply?.status === 200 && SOURCES.has(reply.json.source) ? (reply.json.source as Source) : 'failed';
}
