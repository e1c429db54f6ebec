import { expect, it } from '@jest/globals';
import { createCustomer } from '../../../src/sandbox/customers.js';
import { zohoId } from '../../../src/sandbox/vendors/zoho/zoho.js';
import { raw } from '../../support/http.js';
import { describeRecipe } from '../../support/recipe.js';

const LOGIN = {
  ...{ grant_type: 'refresh_token', client_id: '1000.SANDBOX', client_secret: 'sandbox-zoho-secret' },
  refresh_token: '1000.sandbox-refresh-token',
};

describeRecipe(
  'zoho',
  {
    env: (url) => ({
      ZOHO_URL: `${url}/zoho`,
      ZOHO_ACCOUNTS_URL: `${url}/zoho`,
      ZOHO_CLIENT_ID: LOGIN.client_id,
      ZOHO_CLIENT_SECRET: LOGIN.client_secret,
      ZOHO_REFRESH_TOKEN: LOGIN.refresh_token,
    }),
    ada: {
      ...{ customerId: zohoId(17), displayName: 'Ada Lovelace', company: 'Company 17', leadSource: 'Partner' },
      ...{ balance: createCustomer(17).balance, isDuplicate: false },
    },
    apostrophe: { displayName: "Edsger O'Brien", leadSource: '' },
    duplicate: { contactFound: true, customerId: zohoId(49), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', company: '', leadSource: '', balance: 0 },
    injections: [
      "x'or'1'='1@example.com",
      'x@example.com)or(Email:starts_with:c',
      'x&criteria=(Email:starts_with:c)@example.com',
      '*@example.com',
    ],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['its limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: zohoId(17), critical: true, identifiers: { ani: ['(555) 000-0017'] } },
  },
  (scene) => {
    it('answers the defaults of fields that are null, and keeps every digit of the id', async () => {
      const answer = await scene.dip({ email: 'customer30@example.com' });
      expect(answer).toMatchObject({ contactFound: true, customerId: zohoId(30), company: '', leadSource: '' });
      expect(answer?.balance).toBe(createCustomer(30).balance);
    });

    it('refuses a login in a 200, and a token with another scheme', async () => {
      const refused = await logIn({ refresh_token: 'another' });
      expect([refused.status, refused.json]).toEqual([200, { error: 'invalid_code' }]);
      const { json = {} } = await logIn({});
      const answer = await search('email=a@b.example', `Bearer ${String(json.access_token)}`);
      expect([answer.status, answer.json]).toMatchObject([401, { code: 'INVALID_TOKEN' }]);
    });

    it.each(['((Phone:equals:(555) 000-0017))', '(Phone:equals:1)or(Phone:equals:2)', '((Fax:equals:1))'])(
      'refuses the criteria %s',
      async (criteria) => {
        const { json = {} } = await logIn({});
        const query = new URLSearchParams({ criteria }).toString();
        const answer = await search(query, `Zoho-oauthtoken ${String(json.access_token)}`);
        expect([answer.status, answer.json]).toMatchObject([400, { code: 'INVALID_QUERY' }]);
      },
    );

    const logIn = (fields: Readonly<Record<string, string>>) =>
      raw('POST', `${scene.sandbox.url}/zoho/oauth/v2/token`, new URLSearchParams({ ...LOGIN, ...fields }).toString());

    const search = (query: string, authorization: string) =>
      scene.vendor(`/crm/v6/Contacts/search?${query}`, { authorization });
  },
);
