import { expect, it } from '@jest/globals';
import { sysId } from '../../../src/sandbox/vendors/servicenow/servicenow.js';
import { get, raw } from '../../support/http.js';
import { describeRecipe } from '../../support/recipe.js';

const TABLE = '/api/now/table/customer_contact';
const CLIENT = { client_id: 'sandbox-oauth-client', client_secret: 'sandbox-oauth-secret' };

describeRecipe(
  'servicenow',
  {
    env: (url) => ({
      SERVICENOW_URL: `${url}/servicenow`,
      SERVICENOW_CLIENT_ID: CLIENT.client_id,
      SERVICENOW_CLIENT_SECRET: CLIENT.client_secret,
    }),
    ada: {
      ...{ customerId: sysId(17), displayName: 'Ada Lovelace', vip: true, accountId: sysId(1017) },
      ...{ company: 'Company 17', employees: 17, isDuplicate: false },
    },
    apostrophe: { displayName: "Edsger O'Brien", vip: true },
    duplicate: { contactFound: true, customerId: sysId(49), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', vip: false, accountId: '', employees: 0 },
    injections: ["x'or'1'='1@example.com", 'x,customer1@example.com', '%5EORactive=true@example.com'],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['a page of a proxy answers 403', { failureStatus: 403, failureBody: 'html' }, 'origin_error'],
      ['its limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: sysId(17), eventId: 'update-1', identifiers: { ani: ['(555) 000-0017'] } },
  },
  (scene) => {
    it.each(['x^ORactive=true@example.com', 'javascript:gs.getuserid()@example.com'])(
      'sends no query for %s, which the query cannot hold',
      async (email) => {
        const before = await calls();
        expect(await scene.dip({ email })).toMatchObject({ contactFound: false, customerId: 'UNKNOWN' });
        expect(await calls()).toBe(before);
      },
    );

    it('answers the defaults of values that are empty text', async () => {
      const answer = await scene.dip({ email: 'customer30@example.com' });
      expect(answer).toMatchObject({ contactFound: true, vip: false, accountId: '', company: '', employees: 0 });
    });

    it('reads one contact by id, and takes "No Record found" as "not found"', async () => {
      const found = await scene.dip({ customerId: sysId(17) }, 'profile');
      expect(found).toMatchObject({ contactFound: true, displayName: 'Ada Lovelace', isDuplicate: false });
      const unknown = await scene.dip({ customerId: sysId(999) }, 'profile');
      expect(unknown).toMatchObject({ contactFound: false, source: 'origin', error: '' });
    });

    it('drops a condition about an unknown field, and finds more', async () => {
      const body = new URLSearchParams({ grant_type: 'client_credentials', ...CLIENT }).toString();
      const { json = {} } = await raw('POST', `${scene.sandbox.url}/servicenow/oauth_token.do`, body);
      const query = new URLSearchParams({ sysparm_query: 'telephone=1', sysparm_fields: 'vip' }).toString();
      const answer = await scene.vendor(`${TABLE}?${query}`, { authorization: `Bearer ${String(json.access_token)}` });
      expect((answer.json?.result as unknown[]).length).toBe(200);
    });

    async function calls(): Promise<unknown> {
      return (await get(`${scene.sandbox.url}/sandbox/servicenow/stats`)).json?.calls;
    }
  },
);
