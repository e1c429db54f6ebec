import { expect, it } from '@jest/globals';
import { objectId } from '../../../src/sandbox/vendors/sap/sap.js';
import { describeRecipe } from '../../support/recipe.js';

const LIST = '/sap/c4c/odata/v1/c4codataapi/IndividualCustomerCollection';
const AUTHORIZATION = `Basic ${Buffer.from('sandbox-user:sandbox-password').toString('base64')}`;

describeRecipe(
  'sap',
  {
    env: (url) => ({ SAP_URL: `${url}/sap`, SAP_USER: 'sandbox-user', SAP_PASSWORD: 'sandbox-password' }),
    hasSessions: false,
    ada: {
      ...{ customerId: objectId(17), customerNumber: '1000017', displayName: 'Ada Lovelace', tier: 'A-Account' },
      ...{ customerSince: '2017-04-28', isDuplicate: false },
    },
    apostrophe: { displayName: "Edsger O'Brien", tier: 'Standard' },
    duplicate: { contactFound: true, customerId: objectId(49), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', tier: 'Standard', customerSince: '' },
    injections: ["x'or'1'eq'1@example.com", "'@'or(FirstName%20ne%20'x", "x''or''1''eq''1@example.com"],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it refuses the user', { failureStatus: 401, failureBody: 'html' }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['it answers 429', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: objectId(17), identifiers: { ani: ['+1 555 000 0017'] } },
  },
  (scene) => {
    it('reads a date with an offset', async () => {
      const answer = await scene.dip({ ani: '+15550000018' });
      expect(answer).toMatchObject({ customerId: objectId(18), customerSince: '2026-01-01' });
    });

    it('sends no query for a value with a wildcard', async () => {
      const answer = await scene.dip({ email: '*@example.com' });
      expect(answer).toMatchObject({ contactFound: false, source: 'none', error: 'no_lookup_key' });
    });

    it('finds a mobile number with the second lookup', async () => {
      expect(await scene.dip({ ani: '(555) 000-0063' })).toMatchObject({ contactFound: false, error: '' });
      const answer = await scene.dip({ ani: '(555) 000-0063' }, 'customer-by-mobile');
      expect(answer).toMatchObject({ contactFound: true, customerId: objectId(63), isDuplicate: false });
    });

    it('matches any text with `*`, so that a plain filter would find a stranger', async () => {
      const query = new URLSearchParams({ $filter: "Email eq '*7@example.com'", $format: 'json' }).toString();
      const { json } = await scene.vendor(`${LIST}?${query}`, { authorization: AUTHORIZATION });
      expect((json?.d as { results: unknown[] }).results).toHaveLength(20);
    });

    it('is strict: no JSON without $format, and no `or` of two properties', async () => {
      const headers = { authorization: AUTHORIZATION };
      const feed = await scene.vendor(`${LIST}?$top=1`, headers);
      expect(feed.headers['content-type']).toContain('atom+xml');
      const { status, json } = await scene.vendor(
        `${LIST}?$filter=Phone%20eq%20'1'%20or%20Mobile%20eq%20'1'&$format=json`,
        headers,
      );
      expect([status, json]).toMatchObject([400, { error: { message: { lang: 'en' } } }]);
      const unknown = await scene.vendor(`${LIST}?$filter=Telephone%20eq%20'1'&$format=json`, headers);
      expect(unknown.text).toContain("property named 'Telephone'");
      expect((await scene.vendor(LIST)).headers['content-type']).toBe('text/html');
    });
  },
);
