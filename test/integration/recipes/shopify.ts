import { expect, it } from '@jest/globals';
import { customerGid } from '../../../src/sandbox/vendors/shopify/shopify.js';
import { post } from '../../support/http.js';
import { testSignedEvents, type SignedEvent } from './signed-events.js';
import { describeRecipe } from '../../support/recipe.js';

const SECRET = 'shpss_of_the_tests';

const signed = (topic: string, id: string, body: object): SignedEvent => ({
  body,
  headers: (signatureOf, text) => ({
    'X-Shopify-Topic': topic,
    'X-Shopify-Webhook-Id': id,
    'X-Shopify-Hmac-Sha256': signatureOf(text).toString('base64'),
  }),
});

describeRecipe(
  'shopify',
  {
    env: (url) => ({ SHOPIFY_URL: `${url}/shopify`, SHOPIFY_TOKEN: 'shpat_sandbox', SHOPIFY_WEBHOOK_SECRET: SECRET }),
    hasSessions: false,
    ada: { customerId: customerGid(17), displayName: 'Ada Lovelace', tier: 'Enterprise', orders: 1 },
    apostrophe: { displayName: "Edsger O'Brien" },
    // Shopify admits a number once.
    duplicate: { contactFound: true, customerId: customerGid(48) },
    nobody: { customerId: 'UNKNOWN', displayName: '', tier: 'Standard', orders: 0, spent: 0 },
    injections: ['x"}}){id}@example.com', '$identifier@example.com', '*@example.com'],
    failures: [
      ['it throttles, in an answer of success', { failureStatus: 200 }, 'origin_rate_limited'],
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it refuses the token', { failureStatus: 401 }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['its limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: customerGid(17), eventId: 'webhook-1', identifiers: { ani: ['+15550000017'] } },
  },
  (scene) => {
    const ask = (query: string, variables?: object) =>
      post(
        `${scene.sandbox.url}/shopify/admin/api/2026-07/graphql.json`,
        { query, variables },
        {
          'X-Shopify-Access-Token': 'shpat_sandbox',
        },
      );

    it('reads amounts and counts that are text, and the default of a metafield that is null', async () => {
      const answer = await scene.dip({ email: 'customer30@example.com' });
      expect(answer).toMatchObject({ contactFound: true, tier: 'Standard', orders: 2 });
      expect(answer?.spent).toBeGreaterThan(0);
    });

    it.each([
      ['{ customerByIdentifier(identifier: {phoneNumber: "+15550000017"}) { id ', 'parseError'],
      ['{ customerByIdentifier(identifier: {phoneNumber: "5550000017"}) { id } }', 'INVALID_VARIABLE'],
      ['{ customerByIdentifier { id } }', 'missingRequiredArguments'],
      ['{ customerByIdentifier(identifier: {id: "1"}) { id } customers { id } }', 'undefinedField'],
      [`{ customerByIdentifier(identifier: {id: "${customerGid(17)}"}) { telephone } }`, 'undefinedField'],
      [`{ customerByIdentifier(identifier: {id: "${customerGid(17)}"}) { amountSpent } }`, 'selectionMismatch'],
    ])('refuses %s as %s, with status 200', async (query, code) => {
      expect(await ask(query)).toMatchObject({ status: 200, json: { errors: [{ extensions: { code } }] } });
    });

    const ada = {
      id: 7_000_000_017,
      admin_graphql_api_id: customerGid(17),
      email: 'customer17@example.com',
      phone: null,
    };
    testSignedEvents(scene, 'shopify', SECRET, {
      ada: signed('customers/update', 'w-1', ada),
      other: signed('orders/create', 'w-2', { id: 1, admin_graphql_api_id: 'gid://shopify/Order/1' }),
    });

    it('demands that the query declares a variable, with its type', async () => {
      const query = '($i: String!) { customerByIdentifier(identifier: $i) { id } }';
      const variables = { i: { phoneNumber: '+15550000017' } };
      const codes = await Promise.all(
        [`query A${query}`, 'query { shop { id } }'].map(async (text) => {
          const { json } = await ask(text, variables);
          return (json?.errors as [{ extensions: { code: string } }])[0].extensions.code;
        }),
      );
      expect(codes).toEqual(['variableMismatch', 'variableNotDefined']);
    });
  },
);
