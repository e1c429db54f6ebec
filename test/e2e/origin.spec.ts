import { describe, expect, it } from '@jest/globals';
import { startApp } from '../support/app.js';
import { ADA, ADA_ANSWER, declaration, DEFAULT_ANSWER, type DeclarationChanges } from '../support/declaration.js';
import { post } from '../support/http.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type OriginCall, type ScriptedOrigin } from '../support/origin.js';
import { newPhone, onStage } from './stage.js';

const ONE_MIB = 1024 * 1024;

/** Returns the call that one lookup sends to a new origin. */
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

describe('the credentials of an origin call', () => {
  it.each([
    ['no credentials', { type: 'none' }, 'authorization', undefined],
    ['a bearer token', { type: 'bearer', token: 's3cret' }, 'authorization', 'Bearer s3cret'],
    [
      'a name and a password',
      { type: 'basic', username: 'datadip', password: 's3cret: ü' },
      'authorization',
      `Basic ${Buffer.from('datadip:s3cret: ü').toString('base64')}`,
    ],
    ['a header', { type: 'header', name: 'X-Crm-Key', value: 's3cret' }, 'x-crm-key', 's3cret'],
  ])('calls the origin with %s', async (_, auth, header, value) => {
    const call = await callSent({ system: { auth } });

    expect(call?.headers[header]).toBe(value);
  });

  it('sends no credentials, headers or other inputs of the caller to the origin', async () => {
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
      displayName: { type: 'string', from: '$join([firstName, lastName], " ")', default: '' },
      tier: { type: 'string', from: 'accountTier', default: 'Standard' },
    },
  };

  it('sends the body of a POST lookup as JSON, without the pairs whose input is absent', async () => {
    const call = await callSent({ lookups: { search } }, 'search');

    expect(call).toMatchObject({ method: 'POST', url: '/search' });
    expect(call?.headers['content-type']).toMatch(/^application\/json\b/);
    expect(JSON.parse(call?.body ?? '')).toEqual({ phone: '+15550001', kind: 'person', label: 'tel:+15550001' });
  });
});

describe('an origin', () => {
  const stage = onStage();

  it.each([301, 302, 303, 307, 308])('follows no redirect of the origin with status %i', async (status) => {
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
    ['an HTML page', () => stage.origin.text('<html>Please log in</html>', 'text/html')],
    ['half a JSON document', () => stage.origin.text('{"results":[{"id":"c-17"', 'application/json')],
    ['JSON with single quotes', () => stage.origin.text("{'results':[]}", 'application/json')],
  ])('answers degraded after one call when the origin answers %s', async (_, fail) => {
    fail();
    const { status, json } = await stage.ask({ ani: newPhone() });

    expect(status).toBe(200);
    expect(json).toMatchObject({ ...DEFAULT_ANSWER, source: 'degraded', error: 'origin_error' });
    expect(stage.origin.count).toBe(1);
  });

  it('accepts an answer of exactly 1 MiB from the origin', async () => {
    const record = { results: [{ ...ADA, notes: '' }] };
    const notes = 'x'.repeat(ONE_MIB - JSON.stringify(record).length);
    stage.origin.answer({ results: [{ ...ADA, notes }] });

    expect((await stage.ask({ ani: newPhone() })).json).toMatchObject(ADA_ANSWER);
  });

  it('accepts JSON from the origin with the content type text/plain', async () => {
    stage.origin.text(JSON.stringify({ results: [ADA] }), 'text/plain');

    expect((await stage.ask({ ani: newPhone() })).json).toMatchObject(ADA_ANSWER);
  });

  it('answers other lookups when the origin fails for one customer', async () => {
    stage.origin.answer(({ url }: OriginCall) => (url.includes('email') ? Answer.json({}, 500) : { results: [ADA] }));
    const [failed, found] = await Promise.all([
      stage.ask({ email: 'failing@example.com' }),
      stage.ask({ ani: newPhone() }),
    ]);

    expect(failed.json).toMatchObject({ error: 'origin_error' });
    expect(found.json).toMatchObject(ADA_ANSWER);
  });
});

describe('the second attempt of an origin call', () => {
  /** Closes the connection instead of the first answer, like a server with an idle timeout. */
  const closeOnce = (origin: ScriptedOrigin): void => {
    let closed = false;
    origin.answer(() => {
      if (closed) return { results: [ADA] };
      closed = true;
      throw new Error('closing the connection');
    });
  };

  describe('on a connection used before', () => {
    const stage = onStage();

    it('repeats a call when the origin closed the reused connection', async () => {
      await stage.ask({ ani: newPhone() });
      closeOnce(stage.origin);

      expect((await stage.ask({ ani: newPhone() })).json).toMatchObject(ADA_ANSWER);
      expect(stage.origin.count).toBe(3);
    });

    it('repeats no call that the origin answered with an error status', async () => {
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

  describe('on a connection that was opened ahead', () => {
    const stage = onStage();

    it('repeats a call once, on a new connection', async () => {
      closeOnce(stage.origin);

      expect((await stage.ask({ ani: newPhone() })).json).toMatchObject(ADA_ANSWER);
      expect(stage.origin.count).toBe(2);
    });

    it('repeats no call on a new connection, because the origin may have processed it', async () => {
      stage.origin.resetOnRequest();

      expect((await stage.ask({ ani: newPhone() })).json).toMatchObject({ error: 'origin_error' });
      expect(stage.origin.count).toBe(2);
    });
  });
});
