import { beforeEach, expect, it } from '@jest/globals';
import { OutboxFill, type FillReport } from '../../../src/messaging/outbox/internal/outbox-fill.js';
import { OutboxAlarm } from '../../../src/messaging/outbox/outbox-alarm.js';
import { MAX_OUTBOX_AGE_MS, MAX_OUTBOX_RECORDS } from '../../../src/messaging/outbox/outbox.js';
import { OutboxMetrics } from '../../../src/messaging/outbox/outbox.metrics.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.js';

const NOW_MS = 10 * MAX_OUTBOX_AGE_MS;
const reportOf = (records: number, ageMs: number): FillReport => {
  const fill = new OutboxFill();
  fill.note('10001', records, NOW_MS - ageMs);
  return fill.report(NOW_MS);
};

let lines: string[];
let registry: MetricsRegistry;
let alarm: OutboxAlarm;

beforeEach(() => {
  lines = [];
  registry = new MetricsRegistry();
  const write = (fields: object | string, text = ''): number => lines.push(`${JSON.stringify(fields)} ${text}`);
  const log = { info: write, warn: write, error: write };
  alarm = new OutboxAlarm(log, new OutboxMetrics(registry));
});

it.each([
  ['number', reportOf(0.8 * MAX_OUTBOX_RECORDS, 1000), { percentOfEvents: 80, percentOfAge: 0 }],
  ['age', reportOf(1, 0.8 * MAX_OUTBOX_AGE_MS), { percentOfEvents: 0, percentOfAge: 80 }],
])('logs one line when 80 %% of the bound by %s is reached, and one at the end', (_, full, details) => {
  for (let round = 0; round < 3; round += 1) alarm.note(full, true);
  expect(lines).toEqual([expect.stringContaining('"percent":80')]);
  expect(alarm.contribution(true)).toMatchObject({ healthy: false, details });
  alarm.note(reportOf(1, 1000), true);
  expect(lines).toHaveLength(2);
  expect(alarm.contribution(true)).toMatchObject({ healthy: true, details: { percentOfEvents: 0, percentOfAge: 0 } });
});

it('logs nothing in a process that does not send, and shows the fill there', async () => {
  const full = reportOf(0.9 * MAX_OUTBOX_RECORDS, 1000);
  alarm.note(full, false);
  expect(alarm.contribution(false)).toMatchObject({ healthy: false, details: { isSender: false, events: 90_000 } });
  const text = await registry.text();
  expect(text).toContain('datadip_outbox_events 90000');
  expect(text).toContain('datadip_outbox_fill_ratio{bound="events"} 0.9');
  // Then the process becomes the sender. The line is in the log of the sender before it.
  alarm.note(full, true);
  expect(lines).toEqual([]);
});

it('shows no number if the fill is not known', async () => {
  alarm.note(undefined, false);
  expect(alarm.contribution(false)).toEqual({
    name: 'outbox',
    healthy: true,
    details: { isSender: false, events: null },
  });
  expect(await registry.text()).toMatch(/^datadip_outbox_events NaN$/im);
});
