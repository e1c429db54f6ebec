import { expect, it } from '@jest/globals';
import { customerId } from '../../../src/sandbox/vendors/stripe/stripe.js';
import { testSignedEvents, type SignedEvent } from './signed-events.js';
import { describeRecipe } from '../../support/recipe.js';

const SECRET = 'whsec_of_the_tests';

/** The header also holds a signature of an older scheme, `v0`. */
const signed = (body: object): SignedEvent => ({
  body,
  headers: (signatureOf, text, nowMs) => {
    const timestamp = Math.floor(nowMs / 1000);
    const signature = signatureOf(`${timestamp}.${text}`).toString('hex');
    return { 'Stripe-Signature': `t=${timestamp},v1=${signature},v0=${'0'.repeat(64)}` };
  },
});

describeRecipe(
  'stripe',
  {
    env: (url) => ({ STRIPE_URL: `${url}/stripe`, STRIPE_KEY: 'rk_test_sandbox', STRIPE_WEBHOOK_SECRET: SECRET }),
    hasSessions: false,
    ada: {
      ...{ customerId: customerId(17), displayName: 'Ada Lovelace', tier: 'Enterprise', currency: 'usd' },
      ...{ balance: expect.any(Number), pastDue: false, isDuplicate: false },
    },
    apostrophe: { displayName: "Edsger O'Brien", isDuplicate: false },
    duplicate: { contactFound: true, customerId: customerId(49), isDuplicate: true },
    nobody: {
      customerId: 'UNKNOWN',
      displayName: '',
      tier: 'Standard',
      balance: 0,
      pastDue: false,
      isDuplicate: false,
    },
    injections: ['x"or-name:"y"@example.com', 'x\\"@example.com', '*@example.com'],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it refuses the key', { failureStatus: 401 }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['its limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: customerId(17), eventId: 'evt_1', identifiers: { ani: ['+15550000017'] } },
  },
  (scene) => {
    const search = (query: string) =>
      scene.vendor(`/v1/customers/search?${new URLSearchParams({ query }).toString()}`, {
        authorization: 'Bearer rk_test_sandbox',
      });

    it('reads cents, and the defaults of members that are null or missing', async () => {
      const { json } = await search('phone:"+15550000017"');
      const [{ balance } = { balance: 0 }] = json?.data as { balance: number }[];
      expect(await scene.dip({ ani: '+15550000017' })).toMatchObject({ balance: balance / 100 });
      const answer = await scene.dip({ email: 'customer30@example.com' });
      expect(answer).toMatchObject({ contactFound: true, tier: 'Standard', currency: '', pastDue: true });
    });

    const ada = { id: customerId(17), object: 'customer', email: 'customer17@example.com', phone: '+15550000017' };
    testSignedEvents(scene, 'stripe', SECRET, {
      ada: signed({
        id: 'evt_2',
        type: 'customer.updated',
        data: { object: ada, previous_attributes: { phone: null } },
      }),
      other: signed({ id: 'evt_3', type: 'invoice.paid', data: { object: { id: 'in_1', object: 'invoice' } } }),
    });

    it('is strict: values stand in quotes, and AND and OR are not combined', async () => {
      const queries = ['phone:+15550000017', `phone:'1' OR email:'2' AND name:'3'`, "telephone:'1'", "phone:'1", ''];
      const answers = await Promise.all(queries.map(search));
      expect(answers.map(({ status, json }) => [status, (json?.error as { type: string }).type])).toEqual(
        queries.map(() => [400, 'invalid_request_error']),
      );
    });
  },
);
