import { describe, expect, it } from '@jest/globals';
import { ADA_ANSWER, DEFAULT_ANSWER } from '../support/declaration.js';
import { post } from '../support/http.js';
import { onStage } from './stage.js';

const stage = onStage({
  lookups: {
    caller: {
      key: [
        { input: 'ani', kind: 'phone', country: 'US' },
        { input: 'email', kind: 'email' },
      ],
      origin: {
        system: 'crm',
        path: '/api/v2/customers',
        query: { phone: '{ani}', email: '{email}' },
        record: 'results[0]',
      },
      customerId: 'id',
      fields: { customerId: { type: 'string', from: 'id', default: 'UNKNOWN' } },
      cache: { nearTtlMs: 0 },
    },
  },
});
const ask = (inputs: Record<string, unknown>) => stage.ask(inputs, { lookup: 'caller' });
const requestedUrls = (): string[] => stage.origin.calls.map(({ url }) => url);

describe('a phone number of a declared country', () => {
  it('is loaded once for all its spellings, and the origin gets E.164', async () => {
    const spellings = [
      '(555) 123-4567',
      '+15551234567',
      15_551_234_567,
      5_551_234_567,
      ' 15551234567',
      'tel:+1-555-123-4567',
      '<sip:+15551234567@host;user=phone>',
      '+1 555\u00a0123\u20114567 ext. 5',
      '%2B15551234567',
      '0015551234567',
    ];
    for (const ani of spellings) {
      const { json } = await ask({ ani });
      expect(json).toMatchObject({ contactFound: true, customerId: ADA_ANSWER.customerId });
    }
    expect(requestedUrls()).toEqual(['/api/v2/customers?phone=%2B15551234567']);
  });

  it('is forgotten after an event that names another spelling', async () => {
    await ask({ ani: '+15551230000' });
    const event = { customerId: 'c-none', tenantId: '10001', identifiers: { ani: ['(555) 123-0000'] } };
    const { json } = await post(`${stage.app.url}/webhook/customer-updated`, event);
    expect(json).toMatchObject({ invalidated: 1 });
  });
});

describe('a withheld number', () => {
  it.each(['anonymous', 'Restricted', 'sip:anonymous@anonymous.invalid', 266_696_687])(
    'gives the error withheld and calls no origin: %j',
    async (ani) => {
      const { status, json, headers } = await ask({ ani });
      expect(status).toBe(200);
      expect(json).toMatchObject({ contactFound: false, source: 'none', cacheHit: false, error: 'withheld' });
      expect(headers['x-cache']).toBe('MISS');
      expect((await stage.ask({ ani })).json).toMatchObject({ ...DEFAULT_ANSWER, error: 'withheld' });
      expect(requestedUrls()).toEqual([]);
    },
  );

  it('gives way to the next input', async () => {
    const { json } = await ask({ ani: 'anonymous', email: 'ada@example.com' });
    expect(json).toMatchObject({ contactFound: true, error: '' });
    expect(requestedUrls()).toEqual(['/api/v2/customers?email=ada%40example.com']);
  });

  it.each(['911', 'sip:1001@10.0.0.1', '5551234'])('is not what %j is: that is no phone number', async (ani) => {
    expect((await ask({ ani })).json).toMatchObject({ source: 'none', error: 'no_lookup_key' });
  });
});
