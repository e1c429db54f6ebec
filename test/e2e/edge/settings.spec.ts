import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'smol-toml';
import { startDatadip, type DatadipProcess } from '../../support/datadip-process.js';
import { EDGE_WORKER, startEdge, wranglerFile } from '../../support/edge-worker.js';
import { eventually } from '../../support/eventually.js';
import { get, post } from '../../support/http.js';
import { shapeOf } from '../stage.js';

describe('a misconfigured Worker', () => {
  it('answers 503, and logs every finding in a single line', async () => {
    const edge = await startEdge({ REGIONS: [{ name: 'us', url: 'http://us.example.com' }], DEADLINE_MS: 0 });
    try {
      const answers = await Promise.all([1, 2, 3].map(() => get(`${edge.url}/lookup/customer?ani=1`)));
      expect(answers.map(({ status, json }) => [status, json?.code])).toEqual(
        Array.from({ length: 3 }, () => [503, 'edge_misconfigured']),
      );
      const lines = () => edge.logs.filter(({ level }) => level === 'error');
      await eventually(() => expect(lines()).toHaveLength(1));
      expect(lines()[0]?.msg).toMatch(/DEADLINE_MS.* is 0; allowed: .*; `REGIONS\[0\]\.url`; allowed: https/);
    } finally {
      await edge.kill();
    }
  });
});

describe('fallback-tables.ts', () => {
  let service: DatadipProcess;
  beforeAll(async () => {
    service = await startDatadip({ env: { SANDBOX_PORT: '0' } });
  });
  afterAll(() => service.stop());

  const print = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(EDGE_WORKER, 'fallback-tables.ts'), ...args], {
      env: { ...process.env, DATADIP_KEY: 'sandbox' },
    });

  it('prints the tables with the defaults of the service, as wrangler.toml has them', async () => {
    const { stdout } = await print(service.url, 'customer');
    expect(parse(stdout)).toEqual({ vars: { FALLBACKS: { customer: wranglerFile().vars.FALLBACKS.customer } } });
  });

  it('prints tables with the shape of degraded answers, also for a composed lookup', async () => {
    const { stdout } = await print(service.url, 'customer', 'caller');
    const { vars } = parse(stdout) as unknown as { vars: { FALLBACKS: Record<string, Record<string, unknown>> } };
    for (const [lookup, table] of Object.entries(vars.FALLBACKS)) {
      const answer = await post(`${service.url}/lookup/${lookup}`, { ani: '+15550017' });
      expect(Object.entries(table).map(([name, value]) => [name, typeof value])).toEqual(shapeOf(answer));
    }
  });

  it('names the lookup that the service refuses', async () => {
    await expect(print(service.url, 'no-such-lookup')).rejects.toMatchObject({
      stderr: 'no-such-lookup: the service answered 404\n',
    });
  });
});
