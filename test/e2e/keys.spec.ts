import { describe, expect, it } from '@jest/globals';
import { ADA_ANSWER } from '../support/declaration.js';
import { newPhone, onStage } from './stage.js';

const stage = onStage();
const requestedUrls = (): string[] => stage.origin.calls.map(({ url }) => url);

describe('a phone number', () => {
  it('identifies one caller by every spelling of a phone number', async () => {
    const spellings = [
      '15550001',
      '+15550001',
      '+1 555 0001',
      ' 15550001',
      'tel:+15550001',
      'TEL:15550001',
      '+1 (555) 0001',
      '+1-555-0001',
      '1.555.0001',
      ' +15550001\t',
      15_550_001,
    ];
    for (const ani of spellings) expect((await stage.ask({ ani })).json).toMatchObject(ADA_ANSWER);

    expect(requestedUrls()).toEqual(['/api/v2/customers?phone=%2B15550001']);
  });

  it.each(['15550002', '+15550002', '%2B15550002', '+1+555+0002', 'tel:%2B15550002', '%201%20555%200002'])(
    'identifies the same caller by a phone number in a URL: ani=%s',
    async (ani) => {
      expect((await stage.get(`/lookup/customer?ani=${ani}`)).json).toMatchObject(ADA_ANSWER);
      expect(requestedUrls().filter((url) => url !== '/api/v2/customers?phone=%2B15550002')).toEqual([]);
    },
  );

  it('distinguishes phone numbers that share a beginning or an end', async () => {
    for (const ani of ['15550003', '155500030', '115550003']) await stage.ask({ ani });

    expect(stage.origin.count).toBe(3);
  });
});

describe('an e-mail address', () => {
  it('identifies one caller by an e-mail address in any case, trimmed', async () => {
    const spellings = ['ada@example.com', ' Ada@Example.COM ', 'ADA@EXAMPLE.COM\n'];
    for (const email of spellings) expect((await stage.ask({ email })).json).toMatchObject(ADA_ANSWER);

    expect(requestedUrls()).toEqual(['/api/v2/customers?email=ada%40example.com']);
  });

  it('adds no parameter to the origin query from an e-mail address', async () => {
    const email = 'ada&phone=1#?x=%26+y@example.com';
    await stage.ask({ email });

    const [url = ''] = requestedUrls();
    expect([...new URL(url, 'http://origin').searchParams]).toEqual([['email', email]]);
  });
});

describe('an id', () => {
  it('trims an id and preserves its case', async () => {
    for (const customerId of ['C-17', ' C-17 ', 'c-17']) await stage.ask({ customerId }, { lookup: 'profile' });

    expect(requestedUrls()).toEqual(['/api/v2/customers/C-17', '/api/v2/customers/c-17']);
  });

  it.each([
    'a/b',
    'a\\b',
    '%2f',
    'c-17?admin=1',
    'c-17#part',
    'c-17;v=1',
    '//elsewhere.example/',
    '@elsewhere.example',
    'two words',
    'a+b',
    'ünï–愛達-👩‍💻',
    '\'quoted"<>|^`{}',
    '...a',
  ])('sends the id %j as one segment of the origin path', async (customerId) => {
    const { json } = await stage.ask({ customerId }, { lookup: 'profile' });
    const segments = requestedUrls().map((url) => /^\/api\/v2\/customers\/([^/?#]+)$/.exec(url)?.[1] ?? url);

    expect(json).toMatchObject(ADA_ANSWER);
    expect(segments.map(decodeURIComponent)).toEqual([customerId]);
  });

  it.each(['.', '..', ' .. ', '...', '%2e', '%2E%2e'])(
    'sends no id that leaves the origin path: %j',
    async (customerId) => {
      await stage.ask({ customerId }, { lookup: 'profile' });

      for (const url of requestedUrls()) expect(url).toMatch(/^\/api\/v2\/customers\/[^/?#]+$/);
    },
  );
});

describe('an id in the path of the origin', () => {
  const spellings = [
    '../../admin',
    '../orders',
    'c-17/../admin',
    'c-17/..',
    'c-17/./admin',
    '..\\..\\admin',
    'c-17\\..',
    '..;/admin',
    '..;v=1',
    '..?x=y',
    '..#x',
    '%2e%2e',
    '%2e%2e/admin',
    '.%2E/admin',
    '..%2f..%2fadmin',
    '..%5cadmin',
    '%252e%252e%252fadmin',
    '%25252525252525252e%25252e/admin',
    '%2525%32%65./admin',
    '%c0%ae%c0%ae/admin',
    '%e0%80%ae%e0%80%ae%c0%afadmin',
    '%u002e%u002e/admin',
    '\uFF0E\uFF0E\uFF0Fadmin',
    '\u2025/admin',
    '\u2024\u2024/admin',
    '..\u2215admin',
    '.\u200B./admin',
    '.\u00AD./admin',
    '.. /admin',
    '%ef%bc%8e%ef%bc%8e/admin',
    '../../x?y=z#',
  ];

  it.each(spellings)('is no key if it leads to another path behind a proxy that decodes: %j', async (customerId) => {
    const { status, json } = await stage.ask({ customerId }, { lookup: 'profile' });

    expect([status, json]).toEqual([200, expect.objectContaining({ source: 'none', error: 'no_lookup_key' })]);
    expect(requestedUrls()).toEqual([]);
  });

  it.each(['a\r\nX-Injected: 1', 'a\u0000', 'a\u0000b', 'a\tb', '\u001B[31m', 'a\u007Fb', 'a\u0085b', 'a\u2028b'])(
    'is no key if it holds a control character: %j',
    async (customerId) => {
      const { json } = await stage.ask({ customerId }, { lookup: 'profile' });

      expect(json).toMatchObject({ source: 'none', error: 'no_lookup_key' });
      expect(requestedUrls()).toEqual([]);
    },
  );

  it.each(['v1.2/3', 'a..b', '..a', 'a../b', '1/2/3', '.hidden', 'é./x', '100%', '50%25', 'a%2Fb'])(
    'is sent if no segment of it is dots: %j',
    async (customerId) => {
      const { json } = await stage.ask({ customerId }, { lookup: 'profile' });

      expect(json).toMatchObject(ADA_ANSWER);
      expect(requestedUrls()).toEqual([`/api/v2/customers/${encodeURIComponent(customerId)}`]);
    },
  );
});

describe('an e-mail address in the query of the origin', () => {
  it('may hold dots and slashes, and no control character', async () => {
    await stage.ask({ email: '../../admin@example.com' });
    expect(requestedUrls()).toEqual([`/api/v2/customers?email=${encodeURIComponent('../../admin@example.com')}`]);

    const { json } = await stage.ask({ email: 'ada\u0000@example.com' });
    expect(json).toMatchObject({ source: 'none', error: 'no_lookup_key' });
  });
});

describe('a request with several inputs', () => {
  it('identifies the caller by the first input that is present and sends only that input to the origin', async () => {
    const ani = newPhone();
    await stage.ask({ email: 'first@example.com', ani, customerId: 'c-17', queue: 'sales' });

    expect(requestedUrls()).toEqual([`/api/v2/customers?phone=${encodeURIComponent(ani)}`]);
  });

  it('stores one entry whatever the other inputs are', async () => {
    const ani = newPhone();
    await stage.ask({ ani, email: 'first@example.com' });
    await stage.ask({ ani, email: 'second@example.com' });
    await stage.ask({ ani });

    expect(stage.origin.count).toBe(1);
  });

  it('identifies the caller by the next input when the first has another kind', async () => {
    const { json } = await stage.ask({ ani: 'anonymous', email: 'withheld@example.com' });

    expect(json).toMatchObject(ADA_ANSWER);
    expect(requestedUrls()).toEqual(['/api/v2/customers?email=withheld%40example.com']);
  });

  it('stores two entries for two inputs that identify one customer', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.ask({ email: 'both@example.com' });

    expect(stage.origin.count).toBe(2);
  });
});
