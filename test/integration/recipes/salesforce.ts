import { expect, it } from '@jest/globals';
import { salesforceId } from '../../../src/sandbox/vendors/salesforce/schema.js';
import { raw } from '../../support/http.js';
import { describeRecipe } from '../../support/recipe.js';

const ADA = salesforceId('003', 17);

describeRecipe(
  'salesforce',
  {
    env: (url) => ({
      SALESFORCE_URL: `${url}/salesforce`,
      SALESFORCE_CLIENT_ID: 'sandbox-consumer-key',
      SALESFORCE_CLIENT_SECRET: 'sandbox-consumer-secret',
    }),
    ada: {
      ...{ customerId: ADA, displayName: 'Ada Lovelace', company: 'Company 17', tier: 'Enterprise' },
      ...{ openCases: 1, isDuplicate: false },
    },
    apostrophe: { displayName: "Edsger O'Brien", isDuplicate: false },
    duplicate: { contactFound: true, customerId: salesforceId('003', 49), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', company: '', tier: 'Standard', openCases: 0, isDuplicate: false },
    injections: [
      "x'OR'Name'!='@example.com",
      "x\\'ORNameLIKE'%@example.com",
      'x%@example.com',
      "x')OR(Email!='@example.com",
    ],
    failures: [
      ['its daily limit is reached', { failureStatus: 403 }, 'origin_rate_limited'],
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['a proxy answers 404', { failureStatus: 404, failureBody: 'html' }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['it answers 429', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: ADA, eventId: 'change-1', identifiers: { ani: ['(555) 000-0017', ''], email: '' } },
  },
  (scene) => {
    it('answers the defaults of fields that are null', async () => {
      // Contact 20 has a mobile number only, no account and no cases.
      const answer = await scene.dip({ ani: '5550000020' });
      expect(answer).toMatchObject({ contactFound: true, company: '', tier: 'Standard', openCases: 0 });
    });

    it.each([
      ["SELECT Id FROM Contact WHERE Email = 'o'brien'", 'MALFORMED_QUERY'],
      ["SELECT Id FROM Contact WHERE Email = 'a' OR Phone = 'b' AND Name = 'c'", 'MALFORMED_QUERY'],
      ['SELECT Id FROM Contact WHERE', 'MALFORMED_QUERY'],
      ['SELECT Id, Telephone FROM Contact', 'INVALID_FIELD'],
      ['SELECT Id FROM Contact WHERE Phone = 5550000017', 'INVALID_FIELD'],
      ['SELECT Id FROM Customer', 'INVALID_TYPE'],
    ])('refuses %s as %s', async (q, errorCode) => {
      const authorization = await logIn();
      const answer = await scene.vendor(`/services/data/v62.0/query?${new URLSearchParams({ q }).toString()}`, {
        authorization,
      });
      expect([answer.status, answer.json]).toMatchObject([400, [{ errorCode }]]);
    });

    it('refuses an expired session with a list', async () => {
      const answer = await scene.vendor('/services/data/v62.0/query?q=', { authorization: 'Bearer old' });
      expect([answer.status, answer.json]).toMatchObject([401, [{ errorCode: 'INVALID_SESSION_ID' }]]);
    });

    async function logIn(): Promise<string> {
      const form = { grant_type: 'client_credentials', client_id: 'sandbox-consumer-key' };
      const body = new URLSearchParams({ ...form, client_secret: 'sandbox-consumer-secret' }).toString();
      const { json = {} } = await raw('POST', `${scene.sandbox.url}/salesforce/services/oauth2/token`, body);
      expect(json).toMatchObject({ instance_url: `${scene.sandbox.url}/salesforce` });
      expect(json).not.toHaveProperty('expires_in');
      return `${String(json.token_type)} ${String(json.access_token)}`;
    }
  },
);
