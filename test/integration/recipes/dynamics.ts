import { expect, it } from '@jest/globals';
import { contactId } from '../../../src/sandbox/vendors/dynamics/contacts.js';
import { raw } from '../../support/http.js';
import { describeRecipe } from '../../support/recipe.js';

const CLIENT = { client_id: 'sandbox-application', client_secret: 'sandbox-application-secret' };

describeRecipe(
  'dynamics',
  {
    env: (url) => ({
      DYNAMICS_URL: `${url}/dynamics`,
      ENTRA_URL: `${url}/dynamics`,
      ENTRA_TENANT: 'sandbox-tenant',
      ENTRA_CLIENT_ID: CLIENT.client_id,
      ENTRA_CLIENT_SECRET: CLIENT.client_secret,
    }),
    ada: {
      ...{ customerId: contactId(17), displayName: 'Ada Lovelace', company: 'Company 17', tier: 'Enterprise' },
      ...{ onHold: false, isDuplicate: false },
    },
    apostrophe: { displayName: "Edsger O'Brien", tier: 'Standard' },
    duplicate: { contactFound: true, customerId: contactId(49), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', company: '', tier: 'Standard', onHold: false },
    injections: ["x'or'1'eq'1@example.com", "x''or(statecode%20eq%200)or''@example.com", "'@')or(lastname%20ne%20'x"],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['a proxy answers 503', { failureStatus: 503, failureBody: 'html' }, 'origin_error'],
      ['its service limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
    ],
    event: { customerId: contactId(17), eventId: 'row-1', identifiers: { ani: ['(555) 000-0017', null] } },
  },
  (scene) => {
    it.each([17, 18, 19, 20, 21, 22, 23, 24])(
      'finds contact %i in the spelling and column of its number',
      async (n) => {
        const answer = await scene.dip({ ani: `+1555${String(n).padStart(7, '0')}` });
        expect(answer).toMatchObject({ contactFound: true, customerId: contactId(n) });
      },
    );

    it('answers the defaults of a contact without account and type', async () => {
      const answer = await scene.dip({ email: 'customer30@example.com' });
      expect(answer).toMatchObject({ contactFound: true, company: '', tier: 'Standard', onHold: true });
    });

    it.each([
      [{}, 90_014],
      [{ scope: 'https://example.crm.dynamics.com/user_impersonation' }, 1_002_012],
    ])('refuses a token request with %j', async (fields, code) => {
      const { status, json } = await logIn(fields);
      expect([status, json]).toMatchObject([400, { error_codes: [code] }]);
    });

    it('refuses a filter that ends its literal early, with the position', async () => {
      const { json = {} } = await logIn({ scope: `${scene.sandbox.url}/dynamics/.default` });
      const query = new URLSearchParams({ $filter: "emailaddress1 eq 'o'brien'" }).toString();
      const answer = await scene.vendor(`/api/data/v9.2/contacts?${query}`, {
        authorization: `Bearer ${String(json.access_token)}`,
      });
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Syntax error at position')]);
    });

    it('refuses an unknown token without a body', async () => {
      const answer = await scene.vendor('/api/data/v9.2/contacts', { authorization: 'Bearer old' });
      expect([answer.status, answer.text]).toEqual([401, '']);
    });

    function logIn(fields: Readonly<Record<string, string>>) {
      const body = new URLSearchParams({ grant_type: 'client_credentials', ...CLIENT, ...fields }).toString();
      return raw('POST', `${scene.sandbox.url}/dynamics/sandbox-tenant/oauth2/v2.0/token`, body);
    }
  },
);
