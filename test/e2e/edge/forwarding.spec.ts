import { describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { ADA_ANSWER } from '../../support/declaration.js';
import { raw } from '../../support/http.js';
import { startOrigin } from '../../support/origin.js';
import { startEdge, wranglerFile } from '../../support/edge-worker.js';
import { newPhone } from '../stage.js';
import { KEY, onEdge } from './scene.js';

const scene = onEdge();

describe('a Worker in front of a region', () => {
  it('passes the answer of the region, and names the region', async () => {
    const answer = await scene.ask({ ani: newPhone() }, { ...KEY, 'x-request-id': 'call-1' });
    expect(answer.json).toMatchObject({ ...ADA_ANSWER, source: 'origin', error: '' });
    expect(answer.headers).toMatchObject({ 'x-cache': 'MISS', 'x-request-id': 'call-1', 'x-datadip-edge': 'us' });
    expect(answer.headers['cache-control']).toContain('no-store');
  });

  it('stores no answer: each request reaches the region', async () => {
    const ani = newPhone();
    await scene.ask({ ani });
    await scene.post('/webhook/customer-updated', { customerId: 'c-17', tenantId: '10001' });
    scene.region.origin.answer({ results: [{ id: 'c-17', accountTier: 'Gold' }] });
    expect((await scene.ask({ ani })).json).toMatchObject({ tier: 'Gold', source: 'origin' });
  });

  it.each<[string, Record<string, string>, number]>([
    ['no credentials', {}, 401],
    ['a wrong key', { 'x-api-key': 'wrong' }, 401],
    ['a key without the scope', { 'x-api-key': 'scraper-key' }, 403],
  ])('does not turn the refusal of %s into a fallback', async (_case, headers, status) => {
    const answer = await scene.ask({ ani: newPhone() }, headers);
    expect(answer.status).toBe(status);
    expect(answer.json).not.toHaveProperty('contactFound');
  });

  it('passes a 429 with its Retry-After', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => scene.ask({ ani: newPhone() }, { 'x-api-key': 'slow-key' })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers).toHaveProperty('retry-after', '1');
  });

  it.each(['/metrics', '/ops', '/docs', '/data-actions', '/try/customer', '/health/ready', '/'])(
    'does not forward the route of operators %s',
    async (path) => {
      const answer = await scene.get(path, { 'x-api-key': 'scraper-key' });
      expect([answer.status, answer.json?.code]).toEqual([404, 'not_found']);
    },
  );

  it.each<[string, Record<string, string>]>([
    ['a declared length', {}],
    ['chunks', { 'transfer-encoding': 'chunked' }],
  ])('refuses a body over 16 KiB with %s, before the region gets it', async (_case, headers) => {
    const body = JSON.stringify({ ani: 'x'.repeat(17 * 1024) });
    const before = scene.region.logs.length;
    const answer = await raw('POST', `${scene.edge.url}/lookup/customer`, body, { ...KEY, ...headers });
    expect([answer.status, answer.json?.code]).toEqual([413, 'body_too_large']);
    expect(scene.region.logs).toHaveLength(before);
  });

  it('answers 408 to a body that does not end', async () => {
    const status = await new Promise((resolve, reject) => {
      const call = request(`${scene.edge.url}/lookup/customer`, { method: 'POST', agent: false, headers: KEY });
      call.on('response', (response) => {
        resolve(response.statusCode);
        call.destroy();
      });
      call.on('error', reject);
      call.write('{"ani":');
    });
    expect(status).toBe(408);
  });
});

describe('the headers of a forwarded request', () => {
  it('hold credentials, trace and position, and nothing about the network', async () => {
    const region = await startOrigin(() => ({ contactFound: true }));
    const edge = await startEdge({ REGIONS: [{ name: 'us', url: region.url }] });
    const kept = {
      authorization: 'Bearer token',
      'x-api-key': 'k',
      'x-genesys-org': '10001',
      'idempotency-key': 'i-1',
      'x-request-id': 'r-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=1',
      'x-datadip-after': 'position',
      'x-signature-256': 'sha256=00',
      'x-signature-timestamp': '1',
    };
    const dropped = {
      cookie: 'a=b',
      'cf-connecting-ip': '192.0.2.1',
      'x-forwarded-for': '192.0.2.1',
      'x-real-ip': '192.0.2.1',
      'x-datadip-forwarded': 'eu',
      'x-datadip-caller': 'flow',
      'x-datadip-caller-signature': 'forged',
      'x-datadip-deadline-ms': '60000',
    };
    try {
      const body = Buffer.from([0x7b, 0xff, 0x7d]);
      await raw('POST', `${edge.url}/webhook/crm?a=%2B1`, body, { ...kept, ...dropped });
      expect(region.calls).toHaveLength(1);
      expect(region.calls[0]).toMatchObject({ method: 'POST', url: '/webhook/crm?a=%2B1', headers: kept });
      expect(Object.keys(dropped).filter((name) => name in (region.calls[0]?.headers ?? {}))).toEqual([]);
      expect(region.calls[0]?.headers['content-length']).toBe('3');
    } finally {
      await edge.kill();
      await region.stop();
    }
  });
});

describe('wrangler.toml', () => {
  it('declares no store, no public test address and no log lines of the platform', () => {
    const { workers_dev, observability, kv_namespaces, vars } = wranglerFile();
    expect(workers_dev).toBe(false);
    expect(observability.logs.invocation_logs).toBe(false);
    expect([kv_namespaces, vars.COPIES]).toEqual([undefined, undefined]);
  });
});
