import { expect, it } from '@jest/globals';
import { OutboxPatrol } from '../../../src/messaging/outbox/internal/outbox-patrol.js';
import type { OutboxReader } from '../../../src/messaging/outbox/internal/outbox-reader.js';
import type { OutboxTenants } from '../../../src/messaging/outbox/internal/outbox-tenants.js';

it('OutboxPatrol notes an empty outbox if the sender deletes the last record during the look', async () => {
  const reader = { size: () => Promise.resolve(3), head: () => Promise.resolve([]) } as unknown as OutboxReader;
  const tenants = { keep: () => Promise.resolve(), list: () => Promise.resolve(['t']) } as unknown as OutboxTenants;
  const nowMs = 1_700_000_000_000;
  const patrol = new OutboxPatrol({ reader, tenants, wallClock: { nowMs: () => nowMs }, onDropped: () => undefined });
  const found: string[] = [];

  await patrol.round((tenant) => found.push(tenant));

  expect(found).toEqual([]);
  expect(patrol.fill.report(nowMs)).toEqual({ events: 0, oldestAgeMs: 0, eventsShare: 0, ageShare: 0 });
});
