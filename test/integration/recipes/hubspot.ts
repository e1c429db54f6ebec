import { expect, it } from '@jest/globals';
import { contactId } from '../../../src/sandbox/vendors/hubspot/hubspot.js';
import { post } from '../../support/http.js';
import { describeRecipe } from '../../support/recipe.js';

describeRecipe(
  'hubspot',
  {
    env: (url) => ({ HUBSPOT_URL: `${url}/hubspot`, HUBSPOT_TOKEN: 'pat-sandbox-token' }),
    hasSessions: false,
    ada: {
      ...{ customerId: contactId(17), displayName: 'Ada Lovelace', company: 'Company 17', tier: 'customer' },
      ...{ deals: 1, isDuplicate: false },
    },
    apostrophe: { displayName: "Edsger O'Brien", tier: 'unknown' },
    duplicate: { contactFound: true, customerId: contactId(49), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', company: '', tier: 'unknown', deals: 0 },
    injections: [
      '"}]},{"filters":[{"propertyName":"email","operator":"HAS_PROPERTY"}]}]}@example.com',
      '\\"@example.com',
      '*@example.com',
    ],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it refuses the token', { failureStatus: 401 }, 'origin_error'],
      ['it answers 502', { failureStatus: 502, failureBody: 'html' }, 'origin_error'],
      ['its limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: Number(contactId(17)), eventId: 'workflow-1', critical: true },
  },
  (scene) => {
    it('answers the defaults of properties that are null', async () => {
      const answer = await scene.dip({ email: 'customer30@example.com' });
      expect(answer).toMatchObject({ contactFound: true, company: '', tier: 'unknown', deals: 0 });
    });

    it('is strict: a filter of an unknown property, and a sixth group, are invalid', async () => {
      const headers = { authorization: 'Bearer pat-sandbox-token' };
      const url = `${scene.sandbox.url}/hubspot/crm/v3/objects/contacts/search`;
      const filters = [{ propertyName: 'email', operator: 'EQ', value: 'a@b.example' }];
      const bodies = [
        { filterGroups: [{ filters: [{ propertyName: 'telephone', operator: 'EQ', value: '1' }] }] },
        { filterGroups: Array.from({ length: 6 }, () => ({ filters })) },
        { filterGroups: [{ filters: [] }] },
      ];
      const answers = await Promise.all(bodies.map((body) => post(url, body, headers)));
      expect(answers.map(({ status, json }) => [status, json?.category])).toEqual(
        bodies.map(() => [400, 'VALIDATION_ERROR']),
      );
    });
  },
);
