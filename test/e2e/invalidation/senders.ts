import { createHmac, type BinaryToTextEncoding } from 'node:crypto';
import { ADA } from './crm.js';

export const SECRETS: Readonly<Record<'zendesk' | 'github' | 'stripe' | 'hubspot', string>> = {
  zendesk: 'secret of zendesk',
  github: 'secret of github',
  stripe: 'secret of stripe',
  hubspot: 'secret of hubspot',
};
export const [API_KEY, KEY_OF_TWO] = ['key-of-the-crm', 'key-of-two-tenants'];
const HUBSPOT_URL = 'https://datadip.example.com/webhook/hubspot';

const signer = (secret: string, tenants = ['10001']) => ({ hmacSecrets: [secret], tenants, scopes: ['invalidate'] });

/** As in production: a request without credentials is refused. */
export const CALLERS = {
  'crm-of-one': { apiKeys: [API_KEY], tenants: ['10001'], scopes: ['invalidate', 'lookup', 'operate'] },
  'crm-of-two': { apiKeys: [KEY_OF_TWO], tenants: ['10001', '10002'], scopes: ['invalidate'] },
  zendesk: signer(SECRETS.zendesk),
  github: signer(SECRETS.github),
  stripe: signer(SECRETS.stripe),
  hubspot: signer(SECRETS.hubspot),
  elsewhere: signer('secret of another tenant', ['10002']),
};

export const WEBHOOKS = {
  urgent: { customerId: 'id', critical: true },
  hubspot: {
    caller: 'hubspot',
    when: 'subscriptionType = "contact.propertyChange"',
    customerId: 'objectId',
    eventId: 'eventId',
    identifiers: { ani: 'phone', email: 'emails' },
    signature: {
      header: 'X-HubSpot-Signature-v3',
      encoding: 'base64',
      of: 'method+url+body+timestamp',
      timestampHeader: 'X-HubSpot-Request-Timestamp',
      url: HUBSPOT_URL,
    },
  },
  zendesk: {
    caller: 'zendesk',
    customerId: 'detail.id',
    signature: {
      header: 'X-Zendesk-Webhook-Signature',
      encoding: 'base64',
      of: 'timestamp+body',
      timestampHeader: 'X-Zendesk-Webhook-Signature-Timestamp',
    },
  },
  github: {
    caller: 'github',
    list: 'value',
    customerId: 'customer.id',
    tenant: 'tenant',
    eventId: '$headers.`x-github-delivery`',
    signature: { header: 'X-Hub-Signature-256', encoding: 'hex', prefix: 'sha256=', of: 'body' },
  },
  stripe: {
    customerId: '[data.object.id, data.object.merged]',
    signature: {
      header: 'Stripe-Signature',
      encoding: 'hex',
      prefix: 'v1=',
      of: 'timestamp.body',
      timestampPrefix: 't=',
    },
  },
};

export type Headers = Readonly<Record<string, string>>;

export const nowS = (): number => Math.floor(Date.now() / 1000);

export function hmac(secret: string, text: string, encoding: BinaryToTextEncoding, algorithm = 'sha256'): string {
  return createHmac(algorithm, secret).update(text).digest(encoding);
}

export function hubSpot(body: string, { secret = SECRETS.hubspot, atMs = Date.now() } = {}): Headers {
  return {
    'X-HubSpot-Signature-v3': hmac(secret, `POST${HUBSPOT_URL}${body}${atMs}`, 'base64'),
    'X-HubSpot-Request-Timestamp': String(atMs),
  };
}

export function zendesk(body: string, { secret = SECRETS.zendesk, atMs = Date.now() } = {}): Headers {
  const timestamp = new Date(atMs).toISOString().replace(/\.\d+/, '');
  return {
    'X-Zendesk-Webhook-Signature': hmac(secret, `${timestamp}${body}`, 'base64'),
    'X-Zendesk-Webhook-Signature-Timestamp': timestamp,
  };
}

export function gitHub(body: string, id: string, secret: string = SECRETS.github): Headers {
  return { 'X-Hub-Signature-256': `sha256=${hmac(secret, body, 'hex')}`, 'X-GitHub-Delivery': id };
}

export function stripe(body: string, secret: string = SECRETS.stripe, atS = nowS()): Headers {
  const rolled = hmac('the secret before', `${atS}.${body}`, 'hex');
  return { 'Stripe-Signature': `t=${atS},v1=${rolled},v1=${hmac(secret, `${atS}.${body}`, 'hex')},v0=ab` };
}

export const hubSpotEvent = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  objectId: ADA.id,
  eventId: 9,
  subscriptionType: 'contact.propertyChange',
  ...more,
});
