import { beforeEach, describe, expect, it } from '@jest/globals';
import { ADA_ANSWER } from '../../support/declaration.js';
import { eventually } from '../../support/eventually.js';
import { newPhone } from '../stage.js';
import { KEY, onEdge } from './scene.js';

const scene = onEdge({
  COPIES: { customer: { staleMs: 60_000 } },
  COPY_STORE: 'memory',
  COPY_SECRET: '0123456789abcdef0123456789abcdef',
});
const stored = () => scene.edge.logs.filter(({ msg }) => msg === 'stored a copy');

beforeEach(() => scene.link.pass());

/** @returns the phone number of a customer whose answer has a copy */
async function copied(): Promise<string> {
  const ani = newPhone();
  const before = stored().length;
  await scene.ask({ ani });
  await eventually(() => expect(stored()).toHaveLength(before + 1));
  return ani;
}

describe('copies that are on', () => {
  it('answer as stale while the region is away', async () => {
    const ani = await copied();
    await scene.link.refuse();
    const answer = await scene.ask({ ani });
    expect(answer.json).toMatchObject({ ...ADA_ANSWER, source: 'stale', cacheHit: true, error: '' });
    expect([answer.headers['x-cache'], answer.headers['x-datadip-edge']]).toEqual(['STALE', 'copy']);
  });

  it('outlive an invalidation, which is why they are off by default', async () => {
    const ani = await copied();
    await scene.post('/webhook/customer-updated', { customerId: 'c-17', tenantId: '10001' });
    await scene.link.refuse();
    expect((await scene.ask({ ani })).json).toMatchObject(ADA_ANSWER);
  });

  it.each<[string, Record<string, string>]>([
    ['a wrong key', { 'x-api-key': 'wrong' }],
    ['another key', { 'x-api-key': 'slow-key' }],
    ['the same key for another tenant', { ...KEY, 'x-genesys-org': '20002' }],
  ])('give %s no copy', async (_case, headers) => {
    const ani = await copied();
    await scene.link.refuse();
    expect((await scene.ask({ ani }, headers)).json).toMatchObject({ source: 'degraded', tier: 'Standard' });
  });

  it('hold nothing that can be read without the request', async () => {
    await copied();
    const { key, value } = stored().at(-1) as { key: string; value: string };
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(Buffer.from(value, 'base64').toString('latin1')).not.toMatch(/Ada|Lovelace|Enterprise|c-17/);
  });

  it('hold no answer about an unknown customer, and no degraded answer', async () => {
    const before = stored().length;
    scene.region.origin.answer({ results: [] });
    await scene.ask({ ani: newPhone() });
    scene.region.origin.fail(500);
    await scene.ask({ ani: newPhone() });
    scene.region.origin.answer({ results: [{ id: 'c-17' }] });
    await copied();
    expect(stored()).toHaveLength(before + 1);
  });
});
