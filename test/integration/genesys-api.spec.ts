import { beforeEach, describe, expect, it } from '@jest/globals';
import { PlatformSandbox } from './parts/platform-sandbox.js';

const ME = '/api/v2/tokens/me';
const CONTACTS = '/api/v2/externalcontacts/contacts';
const BEHAVIOUR = 'genesys/behaviour';
const ERROR = { contextId: expect.any(String), details: [], errors: [] };

const sandbox = PlatformSandbox.forEachTest();
let token: string;
beforeEach(async () => {
  token = await sandbox.token();
});

describe('the simulated platform API', () => {
  it.each([
    ['no token', undefined, 'authentication.required'],
    ['an unknown token', 'x'.repeat(64), 'bad.credentials'],
  ])('returns 401 on every route for %s', async (_name, bearer, code) => {
    const { byRoute } = await sandbox.control('GET', 'genesys/stats');
    const routes = Object.keys(byRoute as object);
    expect(routes).toHaveLength(14);
    for (const route of routes) {
      const refused = await sandbox.get(route.replace('{id}', '1'), bearer);
      expect(refused.status).toBe(401);
      expect(refused.json).toEqual({ ...ERROR, message: expect.any(String), code, status: 401 });
      expect(refused.headers['inin-correlation-id']).toBe(refused.json?.contextId);
    }
  });

  it('returns 401 for a revoked token, and an answer for a token issued afterwards', async () => {
    expect(await sandbox.control('DELETE', 'genesys/tokens')).toEqual({ revoked: 1 });
    expect(await sandbox.get(ME, token)).toMatchObject({ status: 401, json: { code: 'bad.credentials' } });
    expect(await sandbox.get(ME, await sandbox.token())).toMatchObject({ status: 200 });
    const { clients } = await sandbox.control('GET', 'genesys/stats');
    expect(clients).toMatchObject({ 'sandbox-client': { apiCalls: 2, unauthorized: 1 } });
    expect(await sandbox.control('DELETE', 'genesys/tokens')).toEqual({ revoked: 1 });
  });

  it('admits 300 calls of a client per minute, and returns the time to wait to the next call', async () => {
    const other = await sandbox.token();
    for (let call = 0; call < 300; call += 1) {
      expect((await sandbox.get(ME, call % 2 === 0 ? token : other)).status).toBe(200);
    }
    sandbox.passS(17.5);
    const message = 'Rate limit exceeded the maximum. Retry the request in [43] seconds';
    const limited = { ...ERROR, message, code: 'too.many.requests.retry.after', status: 429 };
    const answer = await sandbox.get(ME, other);
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '43' } });
    expect(answer.json).toEqual(limited);
    sandbox.passS(42.499);
    expect(await sandbox.get(ME, token)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    sandbox.passS(0.001);
    expect(await sandbox.get(ME, token)).toMatchObject({ status: 200 });
    const { clients } = await sandbox.control('GET', 'genesys/stats');
    expect(clients).toMatchObject({ 'sandbox-client': { apiCalls: 303, rateLimited: 2 } });
  });

  it('counts calls per client, per token, or not at all: callsPerMinute, countedBy', async () => {
    await sandbox.control('PUT', BEHAVIOUR, { callsPerMinute: 1 });
    await sandbox.control('PUT', 'genesys/clients/other', { secret: 'hush' });
    const [second, stranger] = [await sandbox.token(), await sandbox.token('other', 'hush')];
    expect(await statuses(token, second, stranger)).toEqual([200, 429, 200]);
    await sandbox.control('PUT', BEHAVIOUR, { countedBy: 'token' });
    expect(await statuses(second, second)).toEqual([200, 429]);
    await sandbox.control('PUT', BEHAVIOUR, { callsPerMinute: null });
    expect(await statuses(second, second)).toEqual([200, 200]);
    await sandbox.control('PUT', BEHAVIOUR, { callsPerMinute: 1, countedBy: 'client' });
    expect(await statuses(token)).toEqual([429]);
    await sandbox.control('DELETE', 'genesys/minutes');
    expect(await statuses(token, token)).toEqual([200, 429]);
  });

  it('requires the permission of the route', async () => {
    await sandbox.control('PUT', 'genesys/clients/sandbox-client', { permissions: ['directory:user:view'] });
    const refused = await sandbox.get(`${CONTACTS}/${contact(17)}`, token);
    const message = expect.stringContaining('[externalContacts:contact:view]');
    expect(refused).toMatchObject({ status: 403, json: { code: 'missing.any.permissions', message } });
    expect(await sandbox.get('/api/v2/users', token)).toMatchObject({ status: 200 });
    const { clients } = await sandbox.control('GET', 'genesys/stats');
    expect(clients).toMatchObject({ 'sandbox-client': { forbidden: 1 } });
  });

  it('applies the switches of the platform API to the platform API only', async () => {
    await sandbox.control('PUT', BEHAVIOUR, { failureRate: 1, failureStatus: 500, retryAfterS: 3 });
    const failed = { ...ERROR, code: 'internal.server.error', status: 500, message: expect.any(String) };
    const answer = await sandbox.get(ME, token);
    expect(answer).toMatchObject({ status: 500, headers: { 'retry-after': '3' } });
    expect(answer.json).toEqual(failed);
    expect(await sandbox.get('/api/v2/customers/c-17')).toMatchObject({ status: 200 });
    expect(await sandbox.login()).toMatchObject({ status: 200 });
    await sandbox.control('PUT', BEHAVIOUR, { refuse: true });
    await expect(sandbox.get(ME, token)).rejects.toThrow('socket hang up');
    await sandbox.control('DELETE', BEHAVIOUR);
    await sandbox.control('PUT', 'behaviour', { failureRate: 1 });
    expect(await sandbox.get(ME, token)).toMatchObject({ status: 200 });
    expect(await sandbox.get('/api/v2/customers/c-17')).toMatchObject({ status: 500 });
  });

  it('shows and resets the switches, and refuses a change with one invalid switch', async () => {
    const first = await sandbox.control('GET', BEHAVIOUR);
    const own = { callsPerMinute: 300, countedBy: 'client', resolveMerged: false, onQueue: 'On Queue' };
    expect(first).toMatchObject({ ...own, latencyMs: 0 });
    const bad = [{ callsPerMinute: 0 }, { countedBy: 'caller' }, { resolveMerged: 1 }, { onQueue: 'Queue' }];
    for (const change of [...bad, { requireToken: 'x' }]) {
      const body = JSON.stringify({ refuse: true, ...change });
      expect(await sandbox.send('PUT', `/sandbox/${BEHAVIOUR}`, body)).toMatchObject({ status: 400 });
    }
    expect(await sandbox.control('GET', BEHAVIOUR)).toEqual(first);
    await sandbox.control('PUT', BEHAVIOUR, { callsPerMinute: 7 });
    expect(await sandbox.control('DELETE', BEHAVIOUR)).toEqual(first);
  });

  it('refuses every method but GET', async () => {
    const answer = await sandbox.send('POST', `${CONTACTS}/${contact(1)}`, '{}');
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET' } });
  });
});

describe('an external contact of the sandbox', () => {
  it('returns the customer of the CRM as a contact, by id, phone and e-mail', async () => {
    const { json: ada } = await sandbox.get(`${CONTACTS}/${contact(17)}`, token);
    expect(ada).toMatchObject({
      ...{ id: contact(17), firstName: 'Ada', lastName: 'Lovelace', personalEmail: 'customer17@example.com' },
      cellPhone: { e164: '+15550017' },
      customFields: { accountTier_text: 'Enterprise', preferredLanguage_text: 'en-US' },
      selfUri: `${CONTACTS}/${contact(17)}`,
    });
    expect(Object.keys(ada ?? {}).filter((key) => /merge|canonical/i.test(key))).toEqual([]);
    expect(await lookUp('+15550017')).toEqual([ada]);
    expect(await lookUp('customer17@example.com')).toEqual([ada]);
  });

  it('shows the changes of the customer', async () => {
    await sandbox.control('PUT', 'customers/c-17', { phone: '+19990001', firstName: 'Augusta', email: null });
    expect(await lookUp('+15550017')).toEqual([]);
    const [ada] = await lookUp('+19990001');
    expect(ada).toMatchObject({ id: contact(17), firstName: 'Augusta', cellPhone: { e164: '+19990001' } });
    expect(ada).not.toHaveProperty('personalEmail');
  });

  it.each(['nobody', contact(0), contact(100_001), contact(17).slice(0, -1)])(
    'returns 404 and the error body for an unknown contact: %p',
    async (id) => {
      const missing = await sandbox.get(`${CONTACTS}/${id}`, token);
      expect(missing).toMatchObject({ status: 404, json: { ...ERROR, code: 'not.found', status: 404 } });
    },
  );

  it('finds a contact by a value that is spelled as in the record, and requires a value', async () => {
    expect(await lookUp('15550017')).toEqual([]);
    expect(await lookUp('nobody@example.com')).toEqual([]);
    const nothing = await sandbox.get('/api/v2/externalcontacts/reversewhitepageslookup', token);
    expect(nothing).toMatchObject({ status: 400, json: { code: 'bad.request' } });
  });

  it('returns a merged contact with its canonical contact, over two merges too', async () => {
    const tree = [48, 49, 50, 99, 100].map((n) => ({ id: contact(n), selfUri: `${CONTACTS}/${contact(n)}` }));
    const [at50, at99, at100] = tree.slice(2);
    const known = { mergeSet: tree, canonicalContact: at100 };
    expect(await lookUp('+15550048')).toMatchObject([{ id: contact(48), ...known, mergedTo: at50 }]);
    expect(await lookUp('+15550050')).toMatchObject([{ ...known, mergedFrom: tree.slice(0, 2), mergedTo: at100 }]);
    const [head] = await lookUp('+15550100');
    expect(head).toMatchObject({ id: contact(100), ...known, mergedFrom: [at50, at99] });
    expect(head).not.toHaveProperty('mergedTo');
    expect((await lookUp('+15550048'))[0]).not.toHaveProperty('mergedFrom');
    expect(await lookUp('+15550148')).toMatchObject([{ canonicalContact: { id: contact(200) } }]);
  });

  it('returns the canonical contact in place of a merged one: resolveMerged', async () => {
    await sandbox.control('PUT', BEHAVIOUR, { resolveMerged: true });
    expect(await lookUp('+15550048')).toMatchObject([{ id: contact(100), cellPhone: { e164: '+15550100' } }]);
    const byId = await sandbox.get(`${CONTACTS}/${contact(99)}`, token);
    expect(byId.json).toMatchObject({ id: contact(100) });
    expect(await lookUp('+15550017')).toMatchObject([{ id: contact(17) }]);
  });
});

function contact(n: number): string {
  return `c0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

async function lookUp(value: string): Promise<unknown[]> {
  const path = `/api/v2/externalcontacts/reversewhitepageslookup?lookupVal=${encodeURIComponent(value)}`;
  const answer = await sandbox.get(path, token);
  expect(answer.status).toBe(200);
  return answer.json?.contacts as unknown[];
}

async function statuses(...tokens: readonly string[]): Promise<number[]> {
  const list: number[] = [];
  for (const one of tokens) list.push((await sandbox.get(ME, one)).status);
  return list;
}
