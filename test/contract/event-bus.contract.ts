import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventBus } from '../../src/messaging/event-bus.js';
import type { EventEnvelope, EventType } from '../../src/messaging/events.js';
import { eventually } from '../support/eventually.js';

export interface BusUnderTest {
  readonly bus: EventBus;
  /**
   * The bus of another process of the region. `undefined` means that the bus serves one process.
   */
  readonly other?: EventBus;
  readonly region: string;
  readonly close: () => Promise<void>;
}

type EntryEnvelope = EventEnvelope<'entry.deleted' | 'entry.load-finished'>;

/** The contract of every event bus. */
export function eventBusContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`${name}, as an event bus`, () => {
    let subject: BusUnderTest;
    let bus: EventBus;
    beforeAll(async () => {
      subject = await open();
      ({ bus } = subject);
    });
    afterAll(() => subject.close());

    const received = <T extends EventType>(type: T, from = bus): EventEnvelope<T>[] => {
      const events: EventEnvelope<T>[] = [];
      from.subscribe(type, (event) => events.push(event));
      return events;
    };
    const keys = (events: readonly EntryEnvelope[]): string[] => events.map(({ data }) => data.key);

    it('delivers an event to the handlers in this process before publish returns', () => {
      const events = received('entry.deleted');
      const key = randomUUID();
      bus.publish('entry.deleted', '10001', { key });
      expect(keys(events)).toEqual([key]);
    });

    it('delivers an event to every handler of its type and to no other', async () => {
      const [first, second, others] = [
        received('entry.deleted'),
        received('entry.deleted'),
        received('entry.load-finished'),
      ];
      const [deleted, finished] = [randomUUID(), randomUUID()];
      bus.publish('entry.deleted', '10001', { key: deleted });
      bus.publish('entry.load-finished', '10001', { key: finished });
      await eventually(() => {
        expect(keys(first)).toContain(deleted);
        expect(keys(second)).toContain(deleted);
        expect(keys(others)).toContain(finished);
      });
      expect([...keys(first), ...keys(second)]).not.toContain(finished);
      expect(keys(others)).not.toContain(deleted);
    });

    it('puts id, type, tenant, region and time into the envelope of an event', () => {
      const events = received('entry.deleted');
      const key = randomUUID();
      const beforeMs = Date.now();
      bus.publish('entry.deleted', '20002', { key });
      const event = events.find(({ data }) => data.key === key);
      expect(event).toMatchObject({ type: 'entry.deleted', tenant: '20002', region: subject.region, data: { key } });
      expect(event?.id).toMatch(/^[0-9a-f-]{36}$/);
      const atMs = Date.parse(event?.time ?? '');
      expect(atMs).toBeGreaterThanOrEqual(beforeMs);
      expect(atMs).toBeLessThanOrEqual(Date.now());
      expect(JSON.parse(JSON.stringify(event))).toEqual(event);
    });

    it('gives every event a different id', () => {
      const events = received('entry.deleted');
      for (let count = 0; count < 10; count += 1) bus.publish('entry.deleted', '10001', { key: `key-${count}` });
      const ids = events.filter(({ data }) => data.key.startsWith('key-')).map(({ id }) => id);
      expect(new Set(ids).size).toBe(10);
    });

    it('is heard while its transport works', async () => {
      await eventually(() => expect(bus.isHeard()).toBe(true));
    });

    it('delivers an event to the handlers of another process, with the same envelope', async () => {
      const { other } = subject;
      if (other === undefined) return;
      await eventually(() => expect(other.isHeard()).toBe(true));
      const [here, there] = [received('entry.deleted'), received('entry.deleted', other)];
      const key = randomUUID();
      bus.publish('entry.deleted', '10001', { key });
      await eventually(() => expect(keys(there)).toContain(key));
      const isPublished = ({ data }: EntryEnvelope): boolean => data.key === key;
      expect(there.find(isPublished)).toEqual(here.find(isPublished));
    });
  });
}
