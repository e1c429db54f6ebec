import { describe, expect, it } from '@jest/globals';
import { growth } from '../../../src/modules/ops/sampling/counts.js';
import { readMetrics } from '../../../src/modules/ops/sampling/metric-reader.js';
import {
  MAX_REGIONS,
  MAX_SYSTEMS,
  MAX_TENANTS,
  MAX_TEXT,
  MAX_TOKENS,
  MAX_TROUBLES,
  processSample,
} from '../../../src/modules/ops/sampling/process-sample.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.js';
import { counts, sample } from './samples.js';

/** A registry with the metrics that samples read, without their features. */
function registry() {
  const metrics = new MetricsRegistry();
  const dips = metrics.latencyHistogram('datadip_lookup_duration_seconds', 'Help', ['lookup', 'source']);
  metrics.countOf('datadip_lookup_total', 'Help', ['lookup', 'source'], dips);
  const calls = metrics.counter('datadip_origin_requests_total', 'Help', ['system', 'outcome']);
  metrics.counter('datadip_degraded_total', 'Help', ['lookup', 'reason']);
  metrics.counter('datadip_shed_total', 'Help', ['system', 'reason', 'priority']);
  metrics.counter('datadip_agent_claims_total', 'Help', ['outcome']);
  metrics.counter('datadip_agent_drift_total', 'Help', ['platform']);
  metrics.gauge('datadip_origin_in_flight', 'Help', ['system']);
  metrics.gauge('datadip_agents', 'Help', ['tenant', 'status']);
  for (const name of ['token_expires_in_seconds', 'http_requests_in_flight', 'bus_heard_age_seconds'])
    metrics.collectedGauge({ name: `datadip_${name}`, help: 'Help', collect: () => [[{}, 1]] });
  for (const name of ['bus_lag_records', 'outbox_events', 'region_last_heard_seconds'])
    metrics.collectedGauge({ name: `datadip_${name}`, help: 'Help', collect: () => [] });
  return { metrics, dips, calls };
}

describe('a reading of the metrics', () => {
  it('counts answers, times, calls and errors', async () => {
    const { metrics, dips, calls } = registry();
    dips.observe(0.02, ['customer', 'cache']);
    dips.observe(0.07, ['profile', 'cache']);
    dips.observe(0.2, ['customer', 'origin']);
    calls.inc({ system: 'crm', outcome: 'ok' }, 3);
    calls.inc({ system: 'crm', outcome: 'not_found' });
    calls.inc({ system: 'crm', outcome: 'timeout' }, 2);
    const { answers, within, calls: called, errors } = (await readMetrics(metrics)).counts;

    expect(answers).toEqual({ cache: 2, origin: 1 });
    expect(within).toMatchObject({ '0.025': 1, '0.05': 1, '0.08': 2, '0.25': 3, '+Inf': 3 });
    expect([called, errors]).toEqual([{ crm: 6 }, { crm: 2 }]);
  });

  it('neither doubles nor misses a count while scrapes run', async () => {
    const { metrics, dips } = registry();
    let before: Awaited<ReturnType<typeof readMetrics>>['counts'] | undefined;
    let sampled = 0;
    for (let round = 0; round < 50; round++) {
      dips.observe(0.01, ['customer', 'cache']);
      const [now, text] = await Promise.all([readMetrics(metrics), metrics.text(), readMetrics(metrics)]);
      sampled += growth(now.counts, before).answers.cache ?? 0;
      before = now.counts;
      expect(text).toContain(`datadip_lookup_total{lookup="customer",source="cache"} ${round + 1}\n`);
    }
    expect(sampled).toBe(50);
  });
});

describe('the form of a sample', () => {
  it('accepts what a process sends, and survives its way as text', () => {
    const sent = sample({ counts: counts({ answers: { cache: 3 } }) });
    const arrived: unknown = JSON.parse(JSON.stringify(sent));
    expect(processSample.parse(arrived)).toEqual({ ...sent, bus: undefined });
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another version', { version: 2 }],
    ['without counts', { counts: undefined }],
    ['with a negative count', { counts: counts({ shed: { ivr: -1 } }) }],
    ['with a long text', { host: 'x'.repeat(MAX_TEXT + 1) }],
    ['with too many systems', { systems: Array.from({ length: MAX_SYSTEMS + 1 }, () => ({ name: 'crm' })) }],
    [
      'with too many counts',
      { counts: counts({ calls: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`s-${at}`, 1])) }) },
    ],
  ])('refuses a sample %s', (_case, changes) => {
    expect(processSample.safeParse({ ...sample(), ...changes }).success).toBe(false);
  });

  it('has at most 100 KB with every list full', () => {
    const text = 'x'.repeat(MAX_TEXT);
    const failure = { text, ageMs: 1 };
    const list = <T>(length: number, item: T): T[] => Array.from({ length }, () => item);
    const full = sample({
      systems: list(MAX_SYSTEMS, { name: text, inFlight: 1, limit: 1, isCircuitOpen: true, isPaused: true, failure }),
      agents: list(MAX_TENANTS, { tenant: text, byStatus: { AVAILABLE: 1, BUSY: 1, OFFLINE: 1 } }),
      tokens: list(MAX_TOKENS, { platform: text, expiresInS: 1 }),
      regions: list(MAX_REGIONS, { name: text, ageS: 1, isSilent: true }),
      troubles: list(MAX_TROUBLES, { part: text, text }),
    });
    expect(processSample.safeParse(full).success).toBe(true);
    expect(JSON.stringify(full).length).toBeLessThan(100_000);
  });
});
