import { expect, it } from '@jest/globals';
import { contactId } from '../../../src/sandbox/vendors/freshdesk/freshdesk.js';
import { describeRecipe } from '../../support/recipe.js';

const AUTHORIZATION = `Basic ${Buffer.from('sandbox-freshdesk-key:X').toString('base64')}`;

describeRecipe(
  'freshdesk',
  {
    env: (url) => ({ FRESHDESK_URL: `${url}/freshdesk`, FRESHDESK_API_KEY: 'sandbox-freshdesk-key' }),
    hasSessions: false,
    ada: { customerId: String(contactId(17)), displayName: 'Ada Lovelace', tier: 'Enterprise', isDuplicate: false },
    apostrophe: { displayName: "Edsger O'Brien", isDuplicate: false },
    duplicate: { contactFound: true, customerId: String(contactId(49)), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', tier: 'Standard', isDuplicate: false },
    injections: ["x'or'1'='1@example.com", 'x&mobile=+15550000017@example.com', '*@example.com'],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it refuses the key', { failureStatus: 401 }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['its limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: contactId(17), eventId: 'automation-1', identifiers: { email: 'customer17@example.com' } },
  },
  (scene) => {
    const call = (path: string) => scene.vendor(`/api/v2/${path}`, { authorization: AUTHORIZATION });

    it('finds numbers in every field and spelling by the search', async () => {
      // Contact 10 has a phone number with punctuation, and no mobile number.
      expect(await scene.dip({ ani: '+15550000010' })).toMatchObject({ contactFound: false, source: 'origin' });
      const found = await scene.dip({ ani: '+15550000010' }, 'customer-by-any-number');
      expect(found).toMatchObject({ contactFound: true, customerId: String(contactId(10)), isDuplicate: false });
      const twins = await scene.dip({ ani: '+15550000048' }, 'customer-by-any-number');
      expect(twins).toMatchObject({ customerId: String(contactId(49)), isDuplicate: true });
      const unknown = await scene.dip({ ani: '+15559990000' }, 'customer-by-any-number');
      expect(unknown).toMatchObject({ contactFound: false, source: 'origin', error: '' });
    });

    it('answers the defaults of fields that are null', async () => {
      const answer = await scene.dip({ email: 'customer30@example.com' });
      expect(answer).toMatchObject({ contactFound: true, tier: 'Standard' });
    });

    it('is strict: unknown parameters and malformed queries are refused', async () => {
      const paths = ['contacts?telephone=1', 'contacts?per_page=500', 'search/contacts?query=phone:1'];
      const queries = ['"phone:5550000017"', `"phone:'1' OR"`, `"fax:'1'"`].map(
        (query) => `search/contacts?${new URLSearchParams({ query }).toString()}`,
      );
      const answers = await Promise.all([...paths, ...queries].map(call));
      expect(answers.map(({ status }) => status)).toEqual([...paths, ...queries].map(() => 400));
      expect(answers[0]?.json).toMatchObject({ description: 'Validation failed', errors: [{ code: 'invalid_field' }] });
    });
  },
);
