import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { newPhone, onStage, type Stage } from './stage.js';

describe('a record without the declared customer id', () => {
  const ageing: Stage = onStage({ cache: { ttlMs: 300, staleMs: 600_000 } });
  const nameless = { results: [{ firstName: 'Ada', lastName: 'Lovelace' }] };
  const expected = { contactFound: true, customerId: 'UNKNOWN', displayName: 'Ada Lovelace' };

  beforeAll(() => ageing.origin.answer(nameless));

  it('is answered and not stored, because no event could invalidate it', async () => {
    const ani = newPhone();
    ageing.origin.answer(nameless);
    for (let request = 1; request <= 3; request++) {
      expect((await ageing.ask({ ani })).json).toMatchObject({ ...expected, source: 'origin' });
      expect(ageing.origin.count).toBe(request);
    }
  });

  it('removes the value that was stored before', async () => {
    const ani = newPhone();
    await ageing.ask({ ani });
    ageing.origin.answer(nameless);
    await eventually(async () => {
      expect((await ageing.ask({ ani })).json).toMatchObject({ customerId: 'UNKNOWN', source: 'origin' });
    });
  });

  it('is counted and logged without its data', async () => {
    ageing.origin.answer(nameless);
    await ageing.ask({ ani: newPhone() });
    const { text } = await ageing.get('/metrics');
    expect(text).toMatch(/^datadip_records_without_customer_total\{lookup="customer"\} [1-9]/m);
    const line = ageing.app.logs.find(({ msg }) => msg === 'records lack declared values');
    expect(line).toMatchObject({ withoutCustomer: { customer: expect.any(Number) } });
    expect(JSON.stringify(line)).not.toContain('Lovelace');
  });

  it('is stored if the caller asked by the id of the customer', async () => {
    ageing.origin.answer({ firstName: 'Ada', lastName: 'Lovelace' });
    const customerId = `c-${newPhone()}`;
    await ageing.ask({ customerId }, { lookup: 'profile' });
    expect((await ageing.ask({ customerId }, { lookup: 'profile' })).json).toMatchObject({ cacheHit: true });
  });
});
