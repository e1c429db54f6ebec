import { describe, expect, it } from '@jest/globals';
import { ADA } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { newPhone, onStage } from './stage.js';

const PART = {
  key: [{ input: 'id', kind: 'id' }],
  origin: { system: 'crm', path: '/parts/{id}' },
  customerId: 'id',
  fields: { tier: { type: 'string' } },
};

const stage = onStage({
  lookups: {
    part: PART,
    whole: {
      compose: [{ lookup: 'customer' }, { lookup: 'part', with: { id: 'customer.customerId' } }],
      fields: { tier: 'part.tier' },
    },
  },
});

/** The lines of the request with this id: of the whole, and of its parts. */
async function linesOf(lookup: string, inputs: Record<string, unknown>): Promise<Record<string, unknown>[]> {
  const { headers } = await stage.ask(inputs, { lookup });
  const ofRequest = () => stage.app.logs.filter(({ requestId }) => requestId === headers['x-request-id']);
  await eventually(() => expect(ofRequest().some(({ msg }) => msg === 'request')).toBe(true));
  return ofRequest();
}

describe('the access line of a dip', () => {
  it('says why the dip has no answer of the origin', async () => {
    stage.origin.fail(500);

    expect(await linesOf('customer', { ani: newPhone() })).toMatchObject([
      { audit: 'dip', cache: 'DEGRADED', reason: 'origin_error' },
    ]);
  });

  it('says why the dip read no entry', async () => {
    expect(await linesOf('customer', {})).toMatchObject([{ cache: 'MISS', reason: 'no_lookup_key' }]);
    expect(await linesOf('customer', { ani: 'anonymous' })).toMatchObject([{ reason: 'withheld' }]);
  });

  it('has no reason if the dip has an answer, or if the customer is unknown', async () => {
    const ani = newPhone();
    for (const cache of ['MISS', 'HIT']) {
      const [line] = await linesOf('customer', { ani });
      expect(line).toMatchObject({ cache });
      expect(line).not.toHaveProperty('reason');
    }
    stage.origin.answer({ results: [] });
    expect((await linesOf('customer', { ani: newPhone() }))[0]).not.toHaveProperty('reason');
  });

  it('has the reason of the worst part, and each part has its own', async () => {
    stage.origin.answer({ results: [ADA] });
    const ani = newPhone();
    await stage.ask({ ani });
    stage.origin.fail(429, { 'retry-after': '30' });
    const lines = await linesOf('whole', { ani });
    const parts = lines.filter(({ audit }) => audit === 'part');

    expect(lines.find(({ audit }) => audit === 'dip')).toMatchObject({ reason: 'origin_rate_limited' });
    expect(parts.map(({ lookup, reason }) => [lookup, reason])).toEqual([
      ['customer', undefined],
      ['part', 'origin_rate_limited'],
    ]);
  });
});
