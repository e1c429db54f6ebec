import { expect, it } from '@jest/globals';
import { get } from '../../support/http.js';
import { describeRecipe, type RecipeTable } from '../../support/recipe.js';

const PEOPLE = {
  ada: { customerId: 'cust-17', displayName: 'Ada Lovelace', tier: 'Enterprise', isDuplicate: false },
  apostrophe: { displayName: "Edsger O'Brien", isDuplicate: false },
  duplicate: { contactFound: true, customerId: 'cust-49', isDuplicate: true },
  nobody: { customerId: 'UNKNOWN', displayName: '', tier: 'Standard', isDuplicate: false },
  injections: ['x&phone=+15550000017@example.com', 'x#@example.com', '%26@example.com'],
  failures: [
    ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
    ['it refuses a key', { failureStatus: 403 }, 'origin_error'],
    ['it answers 500', { failureStatus: 500 }, 'origin_error'],
    ['its limit is reached', { failureStatus: 429, retryAfterS: 0 }, 'origin_rate_limited'],
  ],
  event: { customerId: 'cust-17', eventId: 'change-1', identifiers: { ani: ['+15550000017'] } },
} satisfies Partial<RecipeTable>;

describeRecipe(
  'azure-api-management',
  {
    ...PEOPLE,
    env: (url) => ({
      APIM_URL: `${url}/azure-api-management`,
      APIM_SCOPE: 'api://customers/.default',
      APIM_SUBSCRIPTION_KEY: 'sandbox-subscription-key',
      ENTRA_URL: `${url}/azure-api-management`,
      ENTRA_TENANT: 'contoso',
      ENTRA_CLIENT_ID: 'sandbox-entra-client',
      ENTRA_CLIENT_SECRET: 'sandbox-entra-secret',
    }),
  },
  (scene) => {
    it('demands both credentials, and says which is missing', async () => {
      const key = { 'ocp-apim-subscription-key': 'sandbox-subscription-key' };
      const path = '/crm/v1/customers?phone=%2B15550000017';
      const answers = [
        await scene.vendor(path, { authorization: 'Bearer x' }),
        await scene.vendor(path, { 'ocp-apim-subscription-key': 'other' }),
        await scene.vendor(path, { ...key, authorization: 'Bearer x' }),
      ];
      expect(answers.map(({ json }) => json?.message)).toEqual([
        expect.stringMatching(/missing subscription key/),
        expect.stringMatching(/invalid subscription key/),
        expect.stringMatching(/Access token is missing or invalid/),
      ]);
    });
  },
);

describeRecipe(
  'aws-api-gateway',
  {
    ...PEOPLE,
    env: (url) => ({
      GATEWAY_URL: `${url}/aws-api-gateway`,
      GATEWAY_QUERY_KEY: 'sandbox-query-key',
      GATEWAY_PLAN_KEY: 'sandbox-usage-plan-key',
    }),
    hasSessions: false,
  },
  (scene) => {
    it('demands both keys, and logs none of them', async () => {
      const path = '/prod/customers?phone=%2B15550000017';
      const statuses = await Promise.all([
        scene.vendor(path, { 'x-api-key': 'sandbox-usage-plan-key' }),
        scene.vendor(`${path}&key=other`, { 'x-api-key': 'sandbox-usage-plan-key' }),
        scene.vendor(`${path}&key=sandbox-query-key`),
        get(`${scene.sandbox.url}/aws-api-gateway/prod/unknown`),
      ]);
      expect(statuses.map(({ status }) => status)).toEqual([401, 403, 403, 403]);
      await scene.dip({ ani: '+15550000019' });
      expect(JSON.stringify(scene.app.logs)).not.toMatch(/sandbox-query-key|sandbox-usage-plan-key/);
    });
  },
);
