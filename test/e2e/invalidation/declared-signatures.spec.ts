import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ADA } from './crm.js';
import { DeclaredScene, gitHubBody, KEY, stripeBody, zendeskBody } from './declared-scene.js';
import { gitHub, hmac, hubSpot, hubSpotEvent, nowS, SECRETS, stripe, zendesk, type Headers } from './senders.js';

const UNKNOWN = 'an unknown secret';

let region: DeclaredScene;
beforeAll(async () => {
  region = await DeclaredScene.open();
});
afterAll(() => region.stop());

describe('a signature of a declared webhook', () => {
  const late = Date.now() - 310_000;
  const halfSigned = (body: string) => ({ ...zendesk(body), 'X-Zendesk-Webhook-Signature': 'YWJj' });
  const untimed = (body: string) => ({ 'X-Zendesk-Webhook-Signature': hmac(SECRETS.zendesk, body, 'base64') });
  const inHex = (body: string) => ({
    ...zendesk(body),
    'X-Zendesk-Webhook-Signature': Buffer.from(zendesk(body)['X-Zendesk-Webhook-Signature'] ?? '', 'base64').toString(
      'hex',
    ),
  });
  const many = (body: string) => {
    const { 'Stripe-Signature': value = '' } = stripe(body);
    return { 'Stripe-Signature': `${value}${`,v1=${hmac(UNKNOWN, body, 'hex')}`.repeat(8)}` };
  };

  it.each<readonly [string, string, string, (body: string) => Headers]>([
    ['without credentials', 'zendesk', zendeskBody(), () => ({})],
    ['with an unknown secret', 'zendesk', zendeskBody(), (body) => zendesk(body, { secret: UNKNOWN })],
    [
      'with the secret of another caller',
      'zendesk',
      zendeskBody(),
      (body) => zendesk(body, { secret: SECRETS.github }),
    ],
    ['of another body', 'zendesk', zendeskBody(), () => zendesk(zendeskBody())],
    ['signed too long ago', 'zendesk', zendeskBody(), (body) => zendesk(body, { atMs: late })],
    ['signed in the future', 'zendesk', zendeskBody(), (body) => zendesk(body, { atMs: Date.now() + 310_000 })],
    ['without a timestamp', 'zendesk', zendeskBody(), untimed],
    ['that is too short', 'zendesk', zendeskBody(), halfSigned],
    ['in another encoding', 'zendesk', zendeskBody(), inHex],
    [
      'with a valid API key and an unknown secret',
      'zendesk',
      zendeskBody(),
      (body) => ({ ...zendesk(body, { secret: UNKNOWN }), ...KEY }),
    ],
    ['with an unknown secret', 'github', gitHubBody, (body) => gitHub(body, '1', UNKNOWN)],
    [
      'without its prefix',
      'github',
      gitHubBody,
      (body) => ({ 'X-Hub-Signature-256': hmac(SECRETS.github, body, 'hex') }),
    ],
    [
      'with another algorithm',
      'github',
      gitHubBody,
      (body) => ({ 'X-Hub-Signature-256': `sha256=${hmac(SECRETS.github, body, 'hex', 'sha1')}` }),
    ],
    ['on another webhook', 'zendesk', gitHubBody, (body) => gitHub(body, '1')],
    ['on a webhook of Datadip', 'customer-updated', gitHubBody, (body) => gitHub(body, '1')],
    ['with ten signatures', 'stripe', stripeBody, many],
    [
      'without its timestamp',
      'stripe',
      stripeBody,
      (body) => ({ 'Stripe-Signature': `v1=${hmac(SECRETS.stripe, body, 'hex')}` }),
    ],
    ['signed too long ago', 'stripe', stripeBody, (body) => stripe(body, SECRETS.stripe, nowS() - 310)],
    ['signed too long ago', 'hubspot', JSON.stringify([hubSpotEvent()]), (body) => hubSpot(body, { atMs: late })],
  ])('is refused with 401 %s: %s', async (_how, name, body, headersOf) => {
    await region.stored(ADA.id);
    expect(await region.send(name, body, headersOf(body))).toMatchObject({
      status: 401,
      json: { code: 'unauthenticated' },
    });
    expect(await region.ask(ADA.id)).toBe('cache');
  });

  it.each<readonly [string, string, string, (body: string) => Headers]>([
    [
      'HubSpot, over method, address, body and milliseconds',
      'hubspot',
      JSON.stringify([hubSpotEvent({ eventId: 1 })]),
      hubSpot,
    ],
    ['Zendesk, over an ISO time and the body', 'zendesk', zendeskBody(), zendesk],
    ['GitHub, over the body', 'github', gitHubBody, (body) => gitHub(body, randomUUID())],
    ['Stripe, with two signatures and the time in one header', 'stripe', stripeBody, stripe],
    ['an API key, without a signature', 'zendesk', zendeskBody(), () => KEY],
  ])('is accepted as of %s', async (_sender, name, body, headersOf) => {
    await region.stored(ADA.id);
    expect((await region.send(name, body, headersOf(body))).json).toEqual({ invalidated: 1, duplicate: false });
    expect(await region.ask(ADA.id)).toBe('origin');
  });
});
