import { randomUUID } from 'node:crypto';
import { recordMoment } from '../../platform/tracing/spans.js';
import type { EventEnvelope, EventMap, EventType } from '../events.js';

/** Puts data into the envelope of a new event. */
export function createEvent<T extends EventType>(
  type: T,
  about: { readonly tenant: string; readonly region: string; readonly atMs: number },
  data: EventMap[T],
): EventEnvelope<T> {
  recordMoment({ name: 'bus publish', kind: 'producer', attributes: { 'datadip.event': type } });
  const { tenant, region, atMs } = about;
  return { id: randomUUID(), type, tenant, region, time: new Date(atMs).toISOString(), data };
}
