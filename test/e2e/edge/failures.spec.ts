import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { ADA_ANSWER, DEFAULT_ANSWER } from '../../support/declaration.js';
import { FALLBACK, startEdge } from '../../support/edge-worker.js';
import { eventually } from '../../support/eventually.js';
import { get, post, type HttpAnswer } from '../../support/http.js';
import { Answer } from '../../support/origin-replies.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../../support/origin.js';
import { newPhone, shapeOf } from '../stage.js';
import { KEY, onEdge } from './scene.js';

const scene = onEdge();

beforeEach(() => scene.link.pass());

function expectFallback(answer: HttpAnswer, error: string): void {
  const { latencyMs } = answer.json as { latencyMs: number };
  expect(answer.json).toEqual({ ...DEFAULT_ANSWER, source: 'degraded', cacheHit: false, latencyMs, error });
  expect([answer.status, answer.headers['x-cache'], answer.headers['x-datadip-edge']]).toEqual([
    200,
    'DEGRADED',
    'fallback',
  ]);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
}

describe('while the region does not answer, a known lookup', () => {
  it('gets its defaults if the region refuses connections', async () => {
    await scene.link.refuse();
    expectFallback(await scene.ask({ ani: newPhone() }), 'origin_error');
  });

  it('gets its defaults if the region hangs', async () => {
    await scene.link.hang();
    expectFallback(await scene.ask({ ani: newPhone() }), 'origin_timeout');
  });

  it('gets its defaults if the connection breaks during the request', async () => {
    const hold = scene.region.origin.hold();
    const ani = newPhone();
    const asked = scene.ask({ ani });
    // A request of an earlier test may arrive late, so the number decides.
    const isAsked = ({ url }: OriginCall): boolean => url.includes(encodeURIComponent(ani));
    await eventually(() => expect(scene.region.origin.calls.some(isAsked)).toBe(true));
    scene.link.cut();
    expectFallback(await asked, 'origin_error');
    hold.open();
  });

  it('gets an answer of the same shape as the degraded answer of the region', async () => {
    scene.region.origin.fail(500);
    const degraded = await scene.ask({ ani: newPhone() });
    expect([degraded.json?.source, degraded.headers['x-datadip-edge']]).toEqual(['degraded', 'us']);
    await scene.link.refuse();
    const fallback = await scene.ask({ ani: newPhone() });
    expect(shapeOf(fallback)).toEqual(shapeOf(degraded));
  });

  it('gets 503 with the flat answer as a profile, as from the region', async () => {
    scene.region.origin.fail(500);
    const degraded = await scene.get('/api/v1/profile?customerId=c-1');
    await scene.link.refuse();
    const fallback = await scene.get('/api/v1/profile?customerId=c-1');
    expect([degraded.status, degraded.headers['x-datadip-edge']]).toEqual([503, 'us']);
    expect([fallback.status, fallback.headers['x-datadip-edge']]).toEqual([503, 'fallback']);
    expect(fallback.headers['retry-after']).toBe(degraded.headers['retry-after']);
    expect(shapeOf(fallback)).toEqual(shapeOf(degraded));
  });

  it('gets the answer of the region again when the region is back', async () => {
    await scene.link.refuse();
    await scene.ask({ ani: newPhone() });
    await scene.link.pass();
    scene.region.origin.answer({
      results: [{ id: 'c-17', firstName: 'Ada', lastName: 'Lovelace', accountTier: 'Enterprise' }],
    });
    await eventually(async () => expect((await scene.ask({ ani: newPhone() })).json).toMatchObject(ADA_ANSWER));
  });
});

describe('while the region does not answer', () => {
  it.each<[string, string, Record<string, string>]>([
    ['a lookup without credentials', '/lookup/customer', {}],
    ['a lookup without a table', '/lookup/unknown-lookup', KEY],
    ['an event', '/webhook/customer-updated', KEY],
    ['a release of an agent', '/agents/a-1/release', KEY],
  ])('%s gets 503 with Retry-After', async (_case, path, headers) => {
    await scene.link.refuse();
    const answer = await scene.post(path, { ani: newPhone() }, headers);
    expect([answer.status, answer.json?.code, answer.headers['retry-after']]).toEqual([503, 'no_region', '2']);
  });

  it('a claim gets no agent', async () => {
    await scene.link.refuse();
    const claim = await scene.get('/agents/available?queueId=q-1&callId=c-1&skills=spanish');
    await scene.link.pass();
    const answer = await scene.get('/agents/available?queueId=q-1&callId=c-1&skills=spanish');
    expect(claim.json).toMatchObject({ agentFound: false, queueId: 'q-1', error: 'region_unreachable' });
    expect(shapeOf(claim)).toEqual(shapeOf(answer));
  });

  it('the log holds no text of the request', async () => {
    await scene.link.refuse();
    const secrets = { ani: '+15551234567', tier: 'customer-text' };
    await scene.post('/lookup/customer', secrets, { 'x-api-key': 'secret-key', 'x-request-id': 'name-of-a-person' });
    await scene.get('/lookup/Ada-Lovelace?ani=%2B15551234567');
    await eventually(() => expect(scene.edge.output).toContain('"route":"lookup","error":"origin_error"'));
    expect(scene.edge.output).not.toMatch(/5551234567|customer-text|secret-key|edge-key|name-of-a-person|Lovelace/);
  });
});

describe('a region whose answers are unusable', () => {
  let region: ScriptedOrigin;
  let edge: DatadipProcess;
  beforeAll(async () => {
    region = await startOrigin();
    const bindings = { DEADLINE_MS: 2000, FALLBACKS: { customer: FALLBACK } };
    edge = await startEdge({ REGIONS: [{ name: 'us', url: region.url }], ...bindings });
  });
  afterAll(async () => {
    await edge.kill();
    await region.stop();
  });
  const ask = () => post(`${edge.url}/lookup/customer`, { ani: newPhone() }, KEY);

  it.each<[string, () => void, string]>([
    ['trickles', () => region.trickle(20), 'origin_timeout'],
    ['ends half-way', () => region.closeHalfway(), 'origin_error'],
    ['is too large', () => region.huge(2 * 1024 * 1024), 'origin_error'],
    ['is a page', () => region.text('<html>sign in</html>', 'text/html'), 'origin_error'],
    ['is 502', () => region.fail(502), 'origin_error'],
    ['is 522, as the platform answers for a dead host', () => region.fail(522), 'origin_error'],
  ])('gets the fallback if the answer %s', async (_case, script, error) => {
    script();
    expectFallback(await ask(), error);
  });

  it('gets the fallback with the error shed for a 503 with Retry-After', async () => {
    region.answer(() => problem503(7));
    expectFallback(await ask(), 'shed');
  });

  it('passes a 503 with its Retry-After to the sender of an event', async () => {
    region.answer(() => problem503(30));
    const answer = await post(`${edge.url}/webhook/customer-updated`, {}, KEY);
    expect([answer.status, answer.headers['retry-after'], answer.json?.code]).toEqual([503, '30', 'outbox_full']);
  });

  it('follows no redirect, so that credentials stay with the region', async () => {
    region.answer(() => new Answer(302, { location: 'http://127.0.0.1:9/' }, ''));
    expect((await get(`${edge.url}/lookup/customer?ani=1`, KEY)).status).toBe(302);
  });
});

function problem503(retryAfterS: number): Answer {
  const headers = { 'content-type': 'application/problem+json', 'retry-after': String(retryAfterS) };
  return Answer.json({ type: 'about:blank', title: 'full', status: 503, code: 'outbox_full' }, 503, headers);
}
