import { describe, expect, it } from '@jest/globals';
import { isAbsolute } from 'node:path';
import { edited, FULL, loadText, lookupOf, NAMES, PRODUCTION, httpOriginOf } from '../../fixtures/config/load-text.js';

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const held: unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  return Object.isFrozen(value) && held.every(isFrozen);
}

describe('a file that declares everything', () => {
  const config = loadText(FULL);

  it('is read where DATADIP_CONFIG says, and known by its absolute path', () => {
    expect(config.file).toMatch(/datadip\.yaml$/);
    expect(isAbsolute(config.file)).toBe(true);
  });

  it('gives systems as declared, without the slash at the end of the address', () => {
    expect(config.systems.get('crm')).toEqual({
      name: 'crm',
      type: 'http',
      baseUrl: 'https://crm.example.com/base',
      environment: [],
      auth: { type: 'bearer', token: NAMES.CRM_TOKEN },
      headers: {},
      query: {},
      timeoutMs: 1500,
      traceparent: true,
      limits: {
        maxConcurrent: 20,
        maxPerSecond: 200,
        adaptive: true,
        backgroundShare: 0.25,
        queueMs: 100,
        schedule: [{ cron: '0 8 * * 1-5', forMs: 36000000, maxConcurrent: 10, maxPerSecond: undefined }],
      },
    });
  });

  it('gives a system that declares no more than its address the defaults', () => {
    const bare = loadText(
      edited('    auth: { type: basic, username: datadip, password: "${BILLING_PASSWORD}" }\n', ''),
    );
    expect(bare.systems.get('billing')).toEqual({
      name: 'billing',
      type: 'http',
      baseUrl: 'http://billing.example.com',
      environment: [],
      auth: { type: 'none' },
      headers: {},
      query: {},
      timeoutMs: 2000,
      traceparent: true,
      limits: {
        maxConcurrent: 200,
        maxPerSecond: undefined,
        adaptive: false,
        backgroundShare: 0.5,
        queueMs: 250,
        schedule: [],
      },
    });
  });

  it('gives lookups as declared', () => {
    expect(lookupOf(config, 'customer')).toEqual({
      name: 'customer',
      description: 'Resolve a caller',
      key: [
        { input: 'ani', kind: 'phone' },
        { input: 'email', kind: 'email' },
      ],
      origin: {
        system: 'crm',
        method: 'GET',
        path: '/customers',
        query: new Map([
          ['phone', '{ani}'],
          ['email', '{email}'],
        ]),
        body: undefined,
        headers: {},
        record: 'results[0]',
      },
      customerId: 'id',
      fields: new Map(
        Object.entries({
          displayName: { type: 'string', from: '$join([firstName, lastName], " ")', default: 'Unknown' },
          vip: { type: 'boolean', from: 'vip', default: true },
          orders: { type: 'integer', from: 'orders', default: 7 },
          balance: { type: 'number', from: 'balance', default: 0.5 },
        }),
      ),
      cache: { ttlMs: 1000, staleMs: 2000, notFoundTtlMs: 3000, nearTtlMs: 4000, invalidatedWithinMs: 10_000 },
      priority: 'desktop',
      prewarm: [],
      limits: { maxPerSecond: 500, maxConcurrent: undefined, maxCalls: undefined },
      secrets: [],
    });
  });

  it('gives a lookup that declares no more than it must the defaults', () => {
    const { description, cache, priority, customerId } = lookupOf(config, 'search');
    const origin = httpOriginOf(config, 'search');
    expect({ description, priority, customerId }).toEqual({ description: '', priority: 'ivr', customerId: undefined });
    expect(cache).toEqual({
      ttlMs: 300_000,
      staleMs: 3_600_000,
      notFoundTtlMs: 60_000,
      nearTtlMs: 1000,
      invalidatedWithinMs: 10_000,
    });
    expect(origin.query.size).toBe(0);
    expect(origin.body).toEqual({ kind: 'json', value: { customer: '{customerId}', kind: 'open' } });
  });

  it('looks a field up under its own name, quoted where JSONata would read it otherwise', () => {
    const { fields } = lookupOf(config, 'search');
    expect(fields.get('in')).toEqual({ type: 'string', from: '`in`', default: '' });
    expect(fields.get('in-arrears')).toEqual({ type: 'boolean', from: '`in-arrears`', default: false });
  });

  it.each([
    ['integer', 0],
    ['number', 0],
    ['string', ''],
    ['boolean', false],
  ])('gives a field of type %s without a default the value %j', (type, value) => {
    const changed = loadText(edited('in: { type: string }', `in: { type: ${type} }`));
    expect(lookupOf(changed, 'search').fields.get('in')?.default).toBe(value);
  });

  it('gives callers as declared', () => {
    expect(config.callers.get('architect')).toEqual({
      name: 'architect',
      apiKeys: [NAMES.ARCHITECT_KEY, 'architect-second'],
      hmacSecrets: [],
      tenants: ['10001'],
      scopes: ['lookup', 'agents'],
      limits: { maxPerSecond: 1000, maxConcurrent: 200 },
    });
    expect(config.callers.get('webhook')).toEqual({
      name: 'webhook',
      apiKeys: [],
      hmacSecrets: [NAMES.WEBHOOK_SECRET],
      tenants: ['*'],
      scopes: ['invalidate', 'events'],
      limits: { maxPerSecond: undefined, maxConcurrent: undefined },
    });
  });

  it('is good for production, too', () => {
    expect(loadText(FULL, { ...NAMES, ...PRODUCTION }).mode).toBe('production');
  });

  it('cannot be changed once it is read', () => {
    expect(isFrozen(config)).toBe(true);
  });
});
