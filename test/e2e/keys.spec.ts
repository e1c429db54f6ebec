import { describe, expect, it } from '@jest/globals';
import { ADA_ANSWER } from '../support/declaration.js';
import { newPhone, onStage } from './stage.js';

const stage = onStage();
const urlsAsked = (): string[] => stage.origin.calls.map(({ url }) => url);

describe('a phone number', () => {
  it('is one caller however it is written', async () => {
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

    expect(urlsAsked()).toEqual(['/api/v2/customers?phone=%2B15550001']);
  });

  it.each(['15550002', '+15550002', '%2B15550002', '+1+555+0002', 'tel:%2B15550002', '%201%20555%200002'])(
    'is that caller in a URL too: ani=%s',
    async (ani) => {
      expect((await stage.get(`/lookup/customer?ani=${ani}`)).json).toMatchObject(ADA_ANSWER);
      expect(urlsAsked().filter((url) => url !== '/api/v2/customers?phone=%2B15550002')).toEqual([]);
    },
  );

  it('is not the caller whose number begins or ends like it', async () => {
    for (const ani of ['15550003', '155500030', '115550003']) await stage.ask({ ani });

    expect(stage.origin.count).toBe(3);
  });
});

describe('an e-mail address', () => {
  it('is one caller in any case, trimmed', async () => {
    const spellings = ['ada@example.com', ' Ada@Example.COM ', 'ADA@EXAMPLE.COM\n'];
    for (const email of spellings) expect((await stage.ask({ email })).json).toMatchObject(ADA_ANSWER);

    expect(urlsAsked()).toEqual(['/api/v2/customers?email=ada%40example.com']);
  });

  it('cannot add to the query of the origin', async () => {
    const email = 'ada&phone=1#?x=%26+y@example.com';
    await stage.ask({ email });

    const [url = ''] = urlsAsked();
    expect([...new URL(url, 'http://origin').searchParams]).toEqual([['email', email]]);
  });
});

describe('an id', () => {
  it('is trimmed, and keeps its case', async () => {
    for (const customerId of ['C-17', ' C-17 ', 'c-17']) await stage.ask({ customerId }, { lookup: 'profile' });

    expect(urlsAsked()).toEqual(['/api/v2/customers/C-17', '/api/v2/customers/c-17']);
  });

  it.each([
    '../../x?y=z#',
    '../orders',
    'a/b',
    'a\\b',
    '%2f',
    '%2e%2e',
    '..%2f..%2f',
    'c-17?admin=1',
    'c-17#part',
    'c-17;v=1',
    '//elsewhere.example/',
    '@elsewhere.example',
    'two words',
    'a+b',
    'a\r\nX-Injected: 1',
    'ünï–愛達-👩‍💻',
    '\'quoted"<>|^`{}',
    '...a',
  ])('stays one segment of the path of the origin: %j', async (customerId) => {
    const { json } = await stage.ask({ customerId }, { lookup: 'profile' });
    const segments = urlsAsked().map((url) => /^\/api\/v2\/customers\/([^/?#]+)$/.exec(url)?.[1] ?? url);

    expect(json).toMatchObject(ADA_ANSWER);
    expect(segments.map(decodeURIComponent)).toEqual([customerId]);
    expect(stage.origin.calls[0]?.headers).not.toHaveProperty('x-injected');
  });

  it.each(['.', '..', ' .. ', '...', '%2e', '%2E%2e'])(
    'never leads out of the path of the origin: %j',
    async (customerId) => {
      await stage.ask({ customerId }, { lookup: 'profile' });

      for (const url of urlsAsked()) expect(url).toMatch(/^\/api\/v2\/customers\/[^/?#]+$/);
    },
  );
});

describe('of several inputs', () => {
  it('the first that is present identifies the caller, and only it reaches the origin', async () => {
    const ani = newPhone();
    await stage.ask({ email: 'first@example.com', ani, customerId: 'c-17', queue: 'sales' });

    expect(urlsAsked()).toEqual([`/api/v2/customers?phone=${encodeURIComponent(ani)}`]);
  });

  it('the others do not make another entry', async () => {
    const ani = newPhone();
    await stage.ask({ ani, email: 'one@example.com' });
    await stage.ask({ ani, email: 'two@example.com' });
    await stage.ask({ ani });

    expect(stage.origin.count).toBe(1);
  });

  it('another identifies where the first is no value of its kind', async () => {
    const { json } = await stage.ask({ ani: 'anonymous', email: 'withheld@example.com' });

    expect(json).toMatchObject(ADA_ANSWER);
    expect(urlsAsked()).toEqual(['/api/v2/customers?email=withheld%40example.com']);
  });

  it('two that name one customer are two entries', async () => {
    const ani = newPhone();
    await stage.ask({ ani });
    await stage.ask({ email: 'both@example.com' });

    expect(stage.origin.count).toBe(2);
  });
});
