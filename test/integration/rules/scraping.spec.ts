import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { CHART } from '../../support/chart.js';
import { DASHBOARD_EXPRESSIONS } from '../../support/dashboard-panels.js';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { eventually } from '../../support/eventually.js';
import { post } from '../../support/http.js';
import { PROMETHEUS_STARTS_WITHIN_MS, startPrometheus, type TestPrometheus } from '../../support/prometheus-server.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import { startRegion, type Region } from '../../support/region.js';

const KEYS = { dips: 'a-key-for-dips-alone', scrapes: 'a-key-for-scrapes-alone' };
/** Several scrapes and evaluations, on a busy machine. */
const SEEN_WITHIN_MS = 30_000;

let redis: TestRedis;
let region: Region<DatadipProcess>;
let prometheus: TestPrometheus;

beforeAll(async () => {
  redis = await startRedis();
  region = await startRegion({
    ...{ inProcess: false, store: redis.url, processes: 2 },
    origin: () => ({ results: [{ id: 'c-17' }] }),
    declaration: {
      callers: {
        flow: { apiKeys: [KEYS.dips], tenants: ['10001'], scopes: ['lookup'] },
        prometheus: { apiKeys: [KEYS.scrapes], tenants: ['*'], scopes: ['operate'] },
      },
    },
  });
  prometheus = await startPrometheus({
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [join(CHART, 'files/rules.yaml')],
    scrape_configs: [
      {
        job_name: 'datadip',
        basic_auth: { username: 'prometheus', password: KEYS.scrapes },
        static_configs: [{ targets: region.processes.map(({ url }) => url.slice('http://'.length)) }],
      },
      {
        // The key of a caller that may not operate.
        job_name: 'datadip-wrong-scope',
        basic_auth: { username: 'flow', password: KEYS.dips },
        static_configs: [{ targets: region.processes.slice(0, 1).map(({ url }) => url.slice('http://'.length)) }],
      },
    ],
  });
}, PROMETHEUS_STARTS_WITHIN_MS);
afterAll(async () => {
  await prometheus.stop();
  await region.stop();
  await redis.stop();
});

async function valueOf(expression: string): Promise<number | undefined> {
  const [sample] = await prometheus.query(expression);
  return sample?.value;
}

function becomes(expression: string, value: number): Promise<void> {
  const check = async () => expect(await valueOf(expression)).toBe(value);
  return eventually(check, { withinMs: SEEN_WITHIN_MS });
}

describe('a Prometheus with the rules', () => {
  it('scrapes two processes with the credentials of a caller, and not without the scope', async () => {
    await becomes('sum(up{job="datadip"})', 2);
    await becomes('sum(up{job="datadip-wrong-scope"})', 0);
    await becomes('count(datadip_build_info{job="datadip"})', 2);
  });

  it('sums the dips of both processes', async () => {
    const headers = { 'x-api-key': KEYS.dips };
    for (const { url } of region.processes)
      for (const ani of ['+15550001', '+15550002', '+15550003'])
        expect((await post(`${url}/lookup/customer`, { ani }, headers)).status).toBe(200);
    await becomes('sum(datadip_lookup_total{job="datadip"})', 6);
    await becomes('sum(datadip_lookup_total{job="datadip",source="cache"})', 3);
  });

  it('evaluates every rule without an error', async () => {
    const health = await eventually(
      async () => {
        const { groups } = (await prometheus.data('rules')) as {
          groups: { rules: { name: string; health: string; lastError?: string }[] }[];
        };
        const rules = groups.flatMap((group) => group.rules);
        expect(rules.filter((rule) => rule.health === 'unknown')).toEqual([]);
        return rules;
      },
      { withinMs: 60_000 },
    );
    expect(health.filter((rule) => rule.health !== 'ok')).toEqual([]);
  });

  it('answers every expression of the dashboard', async () => {
    const samples = await Promise.all(
      DASHBOARD_EXPRESSIONS.map((expression) =>
        prometheus.query(
          expression.replaceAll('$__rate_interval', '1m').replaceAll('$namespace', '.*').replaceAll('$job', 'datadip'),
        ),
      ),
    );
    const answered = DASHBOARD_EXPRESSIONS.filter((_, at) => samples[at]?.length !== 0);
    // Tokens, agents, regions and refused calls are not in this scene.
    expect(answered.length).toBeGreaterThan(15);
  });

  it('has the alert of a killed Redis pending', async () => {
    const pending = 'count(ALERTS{alertname="DatadipStoreAway",job="datadip"})';
    expect(await valueOf(pending)).toBeUndefined();
    await redis.kill();
    await becomes(pending, 1);
  });
});
