import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { TestApp } from '../support/app.js';
import { ADA } from '../support/declaration.js';
import { sampledCaller, spansAt, traceAt, type ExportedSpan } from '../support/exported-spans.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { startRegion, type Region } from '../support/region.js';
import { aboutAda, newPhone } from './stage.js';

const KEY = { 'x-api-key': 'key-of-desk' };
const CALLERS = {
  desk: { apiKeys: ['key-of-desk'], tenants: ['10001'], scopes: ['lookup', 'agents', 'events', 'invalidate'] },
};
const [SERVER, CLIENT, PRODUCER] = [2, 3, 4];

let collector: ScriptedOrigin;
let region: Region<TestApp>;
beforeAll(async () => {
  collector = await startOrigin();
  region = await startRegion({
    store: 'redis',
    origin: aboutAda,
    declaration: {
      callers: CALLERS,
      system: { timeoutMs: 3000 },
      cache: { ttlMs: 300_000 },
      lookups: { quiet: quietLookup() },
    },
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, OTEL_TRACES_SAMPLER_ARG: '0', REDIS_TIMEOUT_MS: '1000' },
    headers: KEY,
  });
});
afterAll(async () => {
  await region.stop();
  await collector.stop();
});

function quietLookup() {
  return {
    description: 'A customer by id, from the same system',
    key: [{ input: 'customerId', kind: 'id' }],
    origin: { system: 'crm', path: '/api/v2/customers/{customerId}' },
    fields: { tier: { type: 'string', from: 'accountTier', default: '' } },
    cache: { ttlMs: 1, staleMs: 60_000, nearTtlMs: 0 },
  };
}

const dip = (ani: string, headers: Record<string, string>) => region.lookup('customer', { ani }, 0, headers);

function one(spans: readonly ExportedSpan[], name: string): ExportedSpan {
  const [span, ...others] = spans.filter((each) => each.name === name);
  if (span === undefined || others.length > 0) throw new Error(`not one span is called ${name}`);
  return span;
}

const MISS = ['POST /lookup/:name', 'store read', 'admission', 'origin', 'store write', 'bus publish'];

describe('a traced request', () => {
  it('exports the spans of a miss below the span of its caller, and tells the origin', async () => {
    const caller = sampledCaller();
    expect((await dip(newPhone(), caller.headers)).json).toMatchObject({ source: 'origin' });
    const spans = await traceAt(collector, caller.traceId, MISS);

    const request = one(spans, 'POST /lookup/:name');
    expect(request).toMatchObject({ parentSpanId: caller.spanId, kind: SERVER });
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/lookup/:name',
      'http.response.status_code': 200,
      'datadip.lookup': 'customer',
      'datadip.cache': 'MISS',
    });
    const below = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId).map(({ name }) => name);
    expect(below.sort()).toEqual(['admission', 'origin', 'store read', 'store write']);
    expect(one(spans, 'store read').attributes).toEqual({
      'datadip.tier': 'redis',
      'datadip.outcome': 'lease-granted',
    });
    expect(one(spans, 'admission').attributes).toMatchObject({
      'datadip.system': 'crm',
      'datadip.outcome': 'admitted',
    });
    const origin = one(spans, 'origin');
    expect(origin).toMatchObject({ kind: CLIENT, attributes: { 'datadip.system': 'crm', 'datadip.outcome': 'ok' } });
    expect(region.origin.calls.at(-1)?.headers.traceparent).toBe(`00-${caller.traceId}-${origin.spanId}-01`);
    for (const { startTimeUnixNano: start, endTimeUnixNano: end } of spans) {
      expect(BigInt(end)).toBeGreaterThanOrEqual(BigInt(start));
      expect(Math.abs(Number(start) / 1e6 - Date.now())).toBeLessThan(60_000);
    }
  });

  it('exports the spans of a hit, and names its trace in the access line', async () => {
    const phone = newPhone();
    await region.lookup('customer', { ani: phone });
    const caller = sampledCaller();
    expect((await dip(phone, caller.headers)).json).toMatchObject({ source: 'cache' });
    const spans = await traceAt(collector, caller.traceId, ['POST /lookup/:name', 'store read']);

    const { spanId } = one(spans, 'POST /lookup/:name');
    expect(one(spans, 'store read').attributes).toMatchObject({ 'datadip.outcome': 'fresh' });
    const lines = region.logs.filter((line) => line.trace_id === caller.traceId);
    expect(lines).toMatchObject([{ msg: 'request', lookup: 'customer', cache: 'HIT', span_id: spanId }]);
  });

  it('exports the reason of a degraded answer', async () => {
    region.origin.fail(500);
    const caller = sampledCaller();
    expect((await dip(newPhone(), caller.headers)).json).toMatchObject({ source: 'degraded' });
    region.origin.answer(aboutAda);
    const spans = await traceAt(collector, caller.traceId, [
      'POST /lookup/:name',
      'store read',
      'admission',
      'origin',
      'bus publish',
    ]);

    const { attributes } = one(spans, 'POST /lookup/:name');
    expect(attributes).toMatchObject({ 'datadip.cache': 'DEGRADED', 'datadip.degraded_reason': 'origin_error' });
    const origin = one(spans, 'origin');
    expect(origin.status).toEqual({ code: 2 });
    expect(origin.attributes).toMatchObject({ 'error.type': 'origin_error', 'datadip.outcome': 'error_status' });
  });

  it('exports the spans of a claim and of its release', async () => {
    const [agent, queue] = [randomUUID(), randomUUID()];
    await region.send('PUT', `/queues/${queue}/agents/${agent}`, { priorityScore: 1 });
    const report = { event_id: randomUUID(), timestamp: Date.now() - 500, agent_id: agent, status: 'AVAILABLE' };
    const reporter = sampledCaller();
    await region.post('/events/agent-status', { ...report, region_source: 'us-east-1' }, 0, reporter.headers);
    const caller = sampledCaller();
    const claimed = await region.get(`/agents/available?queueId=${queue}`, 0, caller.headers);
    expect(claimed.json).toMatchObject({ agentFound: true, agentId: agent });

    await traceAt(collector, reporter.traceId, ['POST /events/agent-status', 'store report']);
    const spans = await traceAt(collector, caller.traceId, ['GET /agents/available', 'store claim']);
    expect(one(spans, 'store claim').attributes).toEqual({ 'datadip.outcome': 'claimed' });
  });

  it('exports the spans of an invalidation', async () => {
    await region.lookup('customer', { ani: newPhone() });
    const caller = sampledCaller();
    const event = { customerId: ADA.id, eventId: randomUUID() };
    const answer = await region.post('/webhook/customer-updated', event, 0, caller.headers);
    expect(answer.status).toBe(200);
    const deletions = Number(answer.json?.invalidated);
    expect(deletions).toBeGreaterThan(0);
    const published = Array.from({ length: deletions }, () => 'bus publish');
    const spans = await traceAt(collector, caller.traceId, [
      'POST /webhook/customer-updated',
      'store invalidate',
      ...published,
    ]);

    const store = one(spans, 'store invalidate');
    expect(store).toMatchObject({ kind: CLIENT, attributes: {} });
    for (const span of spans.filter(({ name }) => name === 'bus publish')) {
      expect(span).toMatchObject({ parentSpanId: store.spanId, kind: PRODUCER });
      expect(span.attributes).toEqual({ 'datadip.event': 'entry.deleted' });
    }
  });

  it('gives a refresh behind the answer another trace, with a link', async () => {
    const customerId = `c-${randomUUID()}`;
    const ask = (headers = {}) => region.lookup('quiet', { customerId }, 0, headers);
    await ask();
    const caller = sampledCaller();
    expect((await ask(caller.headers)).json).toMatchObject({ source: 'stale' });
    const [request] = await traceAt(collector, caller.traceId, ['POST /lookup/:name', 'store read']).then((spans) =>
      spans.filter(({ kind }) => kind === SERVER),
    );
    const refresh = spansAt(collector).find(({ links }) => links?.[0]?.traceId === caller.traceId);
    expect(refresh).toMatchObject({ name: 'refresh', links: [{ spanId: request?.spanId }] });
    await traceAt(collector, refresh?.traceId ?? '', ['refresh', 'admission', 'origin', 'store write', 'bus publish']);
  });
});

describe('a request that is not traced', () => {
  it('leaves no span and tells the origin nothing', async () => {
    for (const headers of [{}, sampledCaller('00').headers, { traceparent: 'nonsense' }]) {
      const phone = newPhone();
      await dip(phone, headers);
      const call = region.origin.calls.at(-1);
      expect(call?.url).toContain(encodeURIComponent(phone));
      expect(call?.headers.traceparent).toBeUndefined();
      expect(region.logs.at(-1)).not.toHaveProperty('trace_id');
    }
  });

  it('is every request of an unknown caller', async () => {
    const caller = sampledCaller();
    const headers = { ...caller.headers, 'x-api-key': 'wrong' };
    expect((await region.get('/agents/available?queueId=q', 0, headers)).status).toBe(401);
    expect((await region.get('/health/live', 0, caller.headers)).status).toBe(200);
    const traced = sampledCaller();
    await dip(newPhone(), traced.headers);
    await traceAt(collector, traced.traceId, MISS);
    expect(spansAt(collector).filter(({ traceId }) => traceId === caller.traceId)).toEqual([]);
  });
});
