import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { TestApp } from '../../support/app.js';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { ADA_ANSWER } from '../../support/declaration.js';
import { FALLBACK, startEdge } from '../../support/edge-worker.js';
import { eventually } from '../../support/eventually.js';
import { get, post, raw } from '../../support/http.js';
import { startOrigin } from '../../support/origin.js';
import { startRegion, type Region } from '../../support/region.js';
import { startProxy, type ChaosProxy } from '../../support/tcp-proxy.js';
import { aboutAda, newPhone } from '../stage.js';
import { KEY } from './scene.js';

/**
 * Two processes with one store stand for two regions of one service. Both hand out the agents of
 * the tenant, as a home does, and a region that forwards to it.
 */
let regions: Region<TestApp>;
let us: ChaosProxy;
let eu: ChaosProxy;
let edge: DatadipProcess;
const tenant = randomUUID();

beforeAll(async () => {
  regions = await startRegion({
    origin: aboutAda,
    store: 'redis',
    processes: 2,
    declaration: {
      callers: { flow: { apiKeys: ['edge-key'], tenants: [tenant], scopes: ['lookup', 'agents', 'events'] } },
    },
    env: { DEADLINE_MS: '2000' },
  });
  const [first = us, second = eu] = await Promise.all(
    regions.processes.map(({ url }) => startProxy(Number(new URL(url).port))),
  );
  us = first;
  eu = second;
  edge = await startEdge({
    REGIONS: [
      { name: 'us', url: us.url('http') },
      { name: 'eu', url: eu.url('http') },
    ],
    DEADLINE_MS: 5000,
    REGION_MS: 2500,
    FALLBACKS: { customer: FALLBACK },
  });
});
afterAll(async () => {
  await edge.kill();
  await us.stop();
  await eu.stop();
  await regions.stop();
});
beforeEach(async () => {
  await us.pass();
  await eu.pass();
});

const ask = () => post(`${edge.url}/lookup/customer`, { ani: newPhone() }, KEY);
const claim = (callId: string) => get(`${edge.url}/agents/available?queueId=q-1&callId=${callId}`, KEY);

async function newFreeAgent(): Promise<string> {
  const agentId = randomUUID();
  const report = { event_id: randomUUID(), timestamp: Date.now(), agent_id: agentId, status: 'AVAILABLE' };
  await regions.post('/events/agent-status', { ...report, region_source: 'us' }, 0, KEY);
  await regions.send('PUT', `/queues/q-1/agents/${agentId}`, {}, 0, KEY);
  return agentId;
}

describe('with a second region', () => {
  it.each<[string, (link: ChaosProxy) => Promise<void>]>([
    ['refuses', (link) => link.refuse()],
    ['hangs', (link) => link.hang()],
  ])('a lookup gets the answer of the second if the first %s', async (_case, fail) => {
    await fail(us);
    const answer = await ask();
    expect(answer.json).toMatchObject({ ...ADA_ANSWER, error: '' });
    expect(answer.headers['x-datadip-edge']).toBe('eu');
  });

  it('later lookups ask the second region first, until the first is back', async () => {
    await us.hang();
    await ask();
    const during = await Promise.all([ask(), ask(), ask()]);
    expect(during.map(({ headers }) => headers['x-datadip-edge'])).toEqual(['eu', 'eu', 'eu']);
    await us.pass();
    await eventually(async () => expect((await ask()).headers['x-datadip-edge']).toBe('us'));
  });

  it('a lookup gets its defaults if both regions hang', async () => {
    await us.hang();
    await eu.hang();
    expect((await ask()).json).toMatchObject({ source: 'degraded', error: 'origin_timeout' });
  });

  it('a claim whose answer is lost gets the same agent from the second region', async () => {
    const agents = [await newFreeAgent(), await newFreeAgent()];
    const callId = randomUUID();
    const lost = await regions.get(`/agents/available?queueId=q-1&callId=${callId}`, 0, KEY);
    await us.refuse();
    const repeated = await claim(callId);
    expect(repeated.headers['x-datadip-edge']).toBe('eu');
    expect(agents).toContain(repeated.json?.agentId);
    expect(repeated.json?.lockToken).toBe(lost.json?.lockToken);
  });
});

describe('a request that must not be repeated', () => {
  it.each<[string, string, string]>([
    ['a claim without a callId', 'GET', '/agents/available?queueId=q-1'],
    ['a confirmation', 'POST', '/agents/a-1/confirm'],
    ['a membership', 'PUT', '/queues/q-1/agents/a-1'],
    ['an event', 'POST', '/events/agent-status'],
    ['a token request', 'POST', '/oauth/token'],
  ])('%s is not sent to the second region', async (_case, method, path) => {
    const first = await startOrigin();
    const second = await startOrigin();
    const regions = [first, second].map(({ url }, at) => ({ name: `r-${at}`, url }));
    const worker = await startEdge({ REGIONS: regions, DEADLINE_MS: 5000, REGION_MS: 2500 });
    try {
      first.resetOnRequest();
      await raw(method, worker.url + path, undefined, KEY);
      expect([first.count, second.count]).toEqual([1, 0]);
    } finally {
      await worker.kill();
      await first.stop();
      await second.stop();
    }
  });
});
