import { describe, expect, it } from '@jest/globals';
import { startApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration, DEFAULT_ANSWER, type DeclarationChanges } from '../support/declaration.js';
import { post } from '../support/http.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';
import { newPhone, onStage } from './stage.js';

const ONE_MIB = 1024 * 1024;

/** What an origin of its own is sent for one lookup. */
async function callSent(changes: DeclarationChanges, lookup = 'customer'): Promise<OriginCall | undefined> {
  const origin = await startOrigin(() => ({ results: [ADA] }));
  const app = await startApp(declaration(origin.url, changes));
  try {
    expect((await post(`${app.url}/lookup/${lookup}`, { ani: '15550001' })).json).toMatchObject(ADA_ANSWER);
    expect(JSON.stringify(app.logs)).not.toContain('s3cret');
    return origin.calls[0];
  } finally {
    await app.stop();
    await origin.stop();
  }
}

describe('the origin is shown who asks', () => {
  it.each([
    ['nobody', { type: 'none' }, 'authorization', undefined],
    ['a bearer token', { type: 'bearer', token: 's3cret' }, 'authorization', 'Bearer s3cret'],
    [
      'name and password',
      { type: 'basic', username: 'datadip', password: 's3cret: ü' },
      'authorization',
      `Basic ${Buffer.from('datadip:s3cret: ü').toString('base64')}`,
    ],
    ['a header', { type: 'header', name: 'X-Crm-Key', value: 's3cret' }, 'x-crm-key', 's3cret'],
  ])('as %s', async (_, auth, header, value) => {
    const call = await callSent({ system: { auth } });

    expect(call?.headers[header]).toBe(value);
  });

  it('without a word of the caller: its credentials, headers and inputs stay here', async () => {
    const call = await callSent({});

    expect(call?.headers).not.toHaveProperty('cookie');
    expect(call?.headers).not.toHaveProperty('x-request-id');
    expect(call?.body).toBe('');
  });
});

describe('a lookup declared as a POST', () => {
  const search = {
    key: [
      { input: 'ani', kind: 'phone' },
      { input: 'email', kind: 'email' },
    ],
    origin: {
      system: 'crm',
      method: 'POST',
      readOnly: true,
      path: '/search',
      body: { phone: '{ani}', email: '{email}', kind: 'person', label: 'tel:{ani}' },
      record: 'results[0]',
    },
    fields: {
      customerId: { type: 'string', from: 'id', default: 'UNKNOWN' },
      displayName: { type: 'string', from: 'firstName & " " & lastName', default: '' },
      tier: { type: 'string', from: 'accountTier', default: 'Standard' },
    },
  };

  it('sends its body as JSON, without the pairs whose input is absent', async () => {
    const call = await callSent({ lookups: { search } }, 'search');

    expect(call).toMatchObject({ method: 'POST', url: '/search' });
    expect(call?.headers['content-type']).toMatch(/^application\/json\b/);
    expect(JSON.parse(call?.body ?? '')).toEqual({ phone: '+15550001', kind: 'person', label: 'tel:+15550001' });
  });
});

describe('an origin', () => {
  const stage = onStage();

  it.each([301, 302, 303, 307, 308])('that redirects with %i is not followed', async (status) => {
    const elsewhere = await startOrigin(() => ({ results: [ADA] }));
    stage.origin.answer(() => new Answer(status, { location: `${elsewhere.url}/api/v2/customers` }, ''));
    const { json } = await stage.ask({ ani: newPhone() });
    await elsewhere.stop();

    expect(json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' });
    expect(elsewhere.count).toBe(0);
    expect(stage.origin.count).toBe(1);
  });

  it.each([
    ['one byte more than 1 MiB', () => stage.origin.huge(ONE_MIB + 1)],
    ['much more than 1 MiB', () => stage.origin.huge(20 * ONE_MIB)],
    ['a page', () => stage.origin.text('<html>Please log in</html>', 'text/html')],
    ['half of it', () => stage.origin.text('{"results":[{"id":"c-17"', 'application/json')],
    ['something that is not quite JSON', () => stage.origin.text("{'results':[]}", 'application/json')],
  ])('that answers %s makes a degraded answer of one call', async (_, misbehave) => {
    misbehave();
    const { status, json } = await stage.ask({ ani: newPhone() });

    expect(status).toBe(200);
    expect(json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' });
    expect(stage.origin.count).toBe(1);
  });

  it('may answer up to 1 MiB', async () => {
    const record = { results: [{ ...ADA, notes: '' }] };
    const notes = 'x'.repeat(ONE_MIB - JSON.stringify(record).length);
    stage.origin.answer({ results: [{ ...ADA, notes }] });

    expect((await stage.ask({ ani: newPhone() })).json).toMatchObject(ADA_ANSWER);
  });

  it('need not call its JSON so', async () => {
    stage.origin.text(JSON.stringify({ results: [ADA] }), 'text/plain');

    expect((await stage.ask({ ani: newPhone() })).json).toMatchObject(ADA_ANSWER);
  });

  it('that stumbles over one lookup hurts no other', async () => {
    stage.origin.answer(({ url }: OriginCall) => (url.includes('email') ? Answer.json({}, 500) : { results: [ADA] }));
    const [sick, well] = await Promise.all([stage.ask({ email: 'sick@example.com' }), stage.ask({ ani: newPhone() })]);

    expect(sick.json).toMatchObject({ error: 'origin_error' });
    expect(well.json).toMatchObject(ADA_ANSWER);
  });
});

describe('a second attempt', () => {
  /** Closes the connection in place of its first answer, as a server does that closes what was idle for too long. */
  const closesOnce = (origin: ScriptedOrigin): void => {
    let closed = false;
    origin.answer(() => {
      if (closed) return { results: [ADA] };
      closed = true;
      throw new Error('closing the connection');
    });
  };

  describe('on a connection used before', () => {
    const stage = onStage();

    it('is made when the origin closed it in the meantime', async () => {
      await stage.ask({ ani: newPhone() });
      closesOnce(stage.origin);

      expect((await stage.ask({ ani: newPhone() })).json).toMatchObject(ADA_ANSWER);
      expect(stage.origin.count).toBe(3);
    });

    it('is not made after an answer, however bad', async () => {
      for (const status of [500, 502, 503, 504, 408, 429]) {
        await stage.ask({ ani: newPhone() });
        stage.origin.calls.length = 0;
        stage.origin.fail(status);
        await stage.ask({ ani: newPhone() });
        expect(stage.origin.count).toBe(1);
        stage.origin.answer({ results: [ADA] });
      }
    });
  });

  describe('on a new connection', () => {
    const stage = onStage();

    it('is not made: the origin may have worked on the first', async () => {
      closesOnce(stage.origin);

      expect((await stage.ask({ ani: newPhone() })).json).toMatchObject({ error: 'origin_error' });
      expect(stage.origin.count).toBe(1);
    });
  });
});
