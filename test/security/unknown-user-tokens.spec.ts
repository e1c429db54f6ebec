import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { get } from '../support/http.js';
import { API_KEY, Desktop } from '../e2e/users/desktop.js';

const CONCURRENT = 50;

let desktop: Desktop;

beforeAll(async () => {
  desktop = await Desktop.open();
});
afterAll(() => desktop.stop());

/** Sends a request per invented token, from the addresses in turn. Counts the statuses. */
async function flood(tokens: number, addresses: readonly string[]): Promise<Record<number, number>> {
  const agents = addresses.map((localAddress) => new Agent({ keepAlive: true, maxSockets: CONCURRENT, localAddress }));
  const statuses: Record<number, number> = {};
  let sent = 0;
  const send = async (): Promise<void> => {
    while (sent < tokens) {
      const agent = agents[sent++ % agents.length];
      const status = await statusOf(agent);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT }, send));
  for (const agent of agents) agent.destroy();
  return statuses;
}

function statusOf(agent: Agent | undefined): Promise<number> {
  const headers = { authorization: `Bearer ${randomBytes(48).toString('base64url')}` };
  return new Promise((resolve, reject) => {
    request(`${desktop.app.url}/api/v1/profile?customerId=c-17`, { agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });
}

async function checksOf(work: () => Promise<unknown>): Promise<number> {
  const before = await desktop.checks();
  await work();
  return (await desktop.checks()) - before;
}

describe('invented tokens', () => {
  it('cost less than 100 calls of the platform if 10,000 come from one address', async () => {
    const familiar = await desktop.token(1);
    expect(await desktop.profile(familiar)).toMatchObject({ status: 200 });
    let statuses: Record<number, number> = {};
    const checks = await checksOf(async () => {
      statuses = await flood(10_000, ['127.0.0.2']);
    });
    expect(checks).toBeGreaterThanOrEqual(20);
    expect(checks).toBeLessThan(100);
    expect(Object.keys(statuses).filter((status) => !['401', '429', '503'].includes(status))).toEqual([]);
    expect(await desktop.profile(familiar)).toMatchObject({ status: 200 });
    expect(await desktop.profile(await desktop.token(2))).toMatchObject({ status: 200 });
  });

  it('cost at most half of the rate of the system if they come from 200 addresses', async () => {
    const familiar = await desktop.token(3);
    expect(await desktop.profile(familiar)).toMatchObject({ status: 200 });
    const startedAtMs = performance.now();
    const checks = await checksOf(() =>
      flood(
        2000,
        Array.from({ length: 200 }, (_, n) => `127.0.1.${n + 1}`),
      ),
    );
    const minutes = Math.ceil((performance.now() - startedAtMs) / 60_000);
    expect(checks).toBeLessThanOrEqual(150 * minutes);
    desktop.passMs(300_000);
    expect(await desktop.profile(familiar)).toMatchObject({ status: 200 });
    const { text } = await get(`${desktop.app.url}/metrics`, { 'x-api-key': API_KEY });
    expect(text).toMatch(/^datadip_user_token_checks_total\{outcome="over_budget"\} [1-9]/m);
    expect(text).toMatch(/^datadip_user_token_checks_total\{outcome="over_address_limit"\} [1-9]/m);
  });
});
