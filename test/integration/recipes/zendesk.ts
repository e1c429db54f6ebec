import { expect, it } from '@jest/globals';
import { userId } from '../../../src/sandbox/vendors/zendesk/zendesk.js';
import { testSignedEvents, type SignedEvent } from './signed-events.js';
import { describeRecipe } from '../../support/recipe.js';

const AUTHORIZATION = `Basic ${Buffer.from('agent@example.com/token:sandbox-zendesk-token').toString('base64')}`;

const SECRET = 'secret-of-zendesk';

const signed = (body: object): SignedEvent => ({
  body,
  headers: (signatureOf, text, nowMs) => {
    const timestamp = new Date(nowMs).toISOString().replace(/\.\d+/, '');
    return {
      'X-Zendesk-Webhook-Signature-Timestamp': timestamp,
      'X-Zendesk-Webhook-Signature': signatureOf(timestamp + text).toString('base64'),
    };
  },
});

describeRecipe(
  'zendesk',
  {
    env: (url) => ({
      ZENDESK_URL: `${url}/zendesk`,
      ZENDESK_EMAIL: 'agent@example.com',
      ZENDESK_TOKEN: 'sandbox-zendesk-token',
      ZENDESK_WEBHOOK_SECRET: SECRET,
    }),
    hasSessions: false,
    ada: {
      customerId: String(userId(17)),
      displayName: 'Ada Lovelace',
      tier: 'Enterprise',
      vip: false,
      isDuplicate: false,
    },
    apostrophe: { displayName: "Edsger O'Brien", isDuplicate: false },
    duplicate: { contactFound: true, customerId: String(userId(49)), isDuplicate: true },
    nobody: { customerId: 'UNKNOWN', displayName: '', tier: 'Standard', vip: false, isDuplicate: false },
    injections: ["x'or'1'='1@example.com", 'type:user@example.com', '%@example.com'],
    failures: [
      ['its address is wrong', { failureStatus: 404 }, 'origin_error'],
      ['it refuses the token', { failureStatus: 401 }, 'origin_error'],
      ['it answers 500', { failureStatus: 500 }, 'origin_error'],
      ['a proxy answers 503', { failureStatus: 503, failureBody: 'html' }, 'origin_error'],
      ['its limit is reached', { failureStatus: 429 }, 'origin_rate_limited'],
    ],
    event: { customerId: userId(17), eventId: 'trigger-1', identifiers: { ani: ['+15550000017'] } },
  },
  (scene) => {
    const search = (query: string, authorization = AUTHORIZATION) =>
      scene.vendor(`/api/v2/search.json?${new URLSearchParams({ query }).toString()}`, { authorization });

    it.each(['*@example.com', '"type:user@example.com', 'a\\@example.com'])(
      'sends no query for the e-mail %s, which a phrase cannot hold',
      async (email) => {
        const answer = await scene.dip({ email });
        expect(answer).toMatchObject({ contactFound: false, customerId: 'UNKNOWN', displayName: '' });
      },
    );

    it('answers the defaults of fields that are null', async () => {
      expect(await scene.dip({ ani: '5550000030' })).toMatchObject({ contactFound: true, tier: 'Standard', vip: true });
    });

    const ada = { id: String(userId(17)), email: 'customer17@example.com', role: 'end-user' };
    testSignedEvents(scene, 'zendesk', SECRET, {
      ada: signed({
        id: 'e-1',
        type: 'zen:event-type:user.name_changed',
        subject: `zen:user:${userId(17)}`,
        detail: ada,
      }),
      other: signed({ id: 'e-2', type: 'zen:event-type:article.published', detail: { id: '1' } }),
    });

    it('is strict: signs of a number match nothing, and quotes must be closed', async () => {
      const counts = ['type:user phone:*5550000017', 'type:user phone:+15550000017', 'type:user phone:*555-000-0017'];
      const answers = await Promise.all(counts.map((query) => search(query)));
      expect(answers.map(({ json }) => json?.count)).toEqual([1, 0, 0]);
      expect(await search('type:user email:"x')).toMatchObject({ status: 422, json: { error: 'invalid' } });
      expect(await search('type:user', 'Basic eDp5')).toMatchObject({ status: 401 });
    });
  },
);
