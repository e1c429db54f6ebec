import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bodyTemplate, filledBody, keptTexts } from '../../../src/config/sections/lookups/body-template.js';
import type { BodyMap, BodyValue } from '../../../src/config/sections/lookups/body-value.js';
import type { HttpOriginConfig, KeyEntry } from '../../../src/config/sections/lookups/lookup-config.js';
import { SystemClock } from '../../../src/kernel/clock.js';
import { compileLookup, identify } from '../../../src/modules/profile/internal/compiled-lookup.js';
import { ReadingThreads } from '../../../src/modules/profile/internal/reading/reading-threads.js';

const clock = new SystemClock();
const threads = new ReadingThreads([], clock);
afterAll(() => threads.close());

const ANI: KeyEntry = { input: 'ani', kind: 'phone', country: 'US' };
const EMAIL: KeyEntry = { input: 'email', kind: 'email' };
const INPUTS = new Map([
  ['ani', '+15551234567'],
  ['email', 'ada@example.com'],
]);

/** The input that identifies a request under declarations that the check of the file refuses. */
function identified(origin: Partial<HttpOriginConfig>, key: readonly KeyEntry[] = [ANI, EMAIL], inputs = INPUTS) {
  const none = { record: undefined, failWhen: undefined, notFoundWhen: undefined, follow: undefined };
  const config = {
    name: 'customer',
    description: '',
    key,
    origin: { system: 'crm', method: 'POST' as const, path: '/p', query: new Map(), body: undefined, ...none },
    customerId: undefined,
    fields: new Map([['id', { type: 'string' as const, from: 'id', default: '' }]]),
    cache: { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0, invalidatedWithinMs: 10_000 },
    priority: 'ivr' as const,
    prewarm: [],
    limits: { maxPerSecond: undefined, maxConcurrent: undefined, maxCalls: undefined },
    secrets: [],
  };
  const declared = { ...config, origin: { ...config.origin, headers: {}, ...origin } };
  const found = identify(compileLookup(declared, clock, threads, 0), inputs);
  return typeof found === 'object' ? found.input : found;
}

const query = (...texts: string[]) => new Map([['q', texts]]);
const body = (value: BodyMap) => ({ kind: 'json' as const, value });

describe('an alternative whose inputs the request does not send', () => {
  it('is no key, so that no request leaves without the identifier of the caller', () => {
    expect(identified({ query: query('{ani} OR {email}') })).toBeUndefined();
    expect(identified({ query: query('all') })).toBeUndefined();
    expect(identified({ body: body({ filters: [{ v: '{ani}', w: '{email}' }] }) })).toBeUndefined();
    expect(identified({ body: body({ filters: [{ v: '{ani}', w: { x: '{email}' } }] }) })).toBeUndefined();
    expect(identified({ body: { kind: 'xml', text: '<a>{ani}{email}</a>' } })).toBeUndefined();
    expect(identified({ path: '/p/{ani}/{email}' })).toBeUndefined();
  });

  it('leaves the request to the next alternative', () => {
    expect(identified({ query: query('{ani} OR {email}', '{email}') })).toBe('email');
    expect(identified({ query: query('{email}') })).toBe('email');
  });

  it('is one of joint inputs of which only a part is sent', () => {
    const joint: readonly KeyEntry[] = [{ all: [ANI, EMAIL] }];
    expect(identified({ query: query('{ani}') }, joint)).toBeUndefined();
    expect(identified({ query: query('{ani}', '{email}') }, joint)).toBe('ani');
    expect(identified({ path: '/p/{ani}/{email}' }, joint)).toBe('ani');
  });
});

describe('a condition in a list', () => {
  const value = {
    query: [{ match: { email: '{email}', boost: 2 } }, { match: { phone: '{ani}' } }],
    domain: [
      ['email', '=', '{email}'],
      ['phone', '=', '{ani}'],
    ],
    groups: [{ filters: [{ v: '{email}' }, { v: '{ani}' }] }],
  };

  it('is left out as a whole, also if its absent input is in a map or a list inside it', () => {
    const valueOf = (input: string) => (input === 'ani' ? '+15551234567' : undefined);
    expect(filledBody(bodyTemplate(body(value)), valueOf)).toEqual({
      query: [{ match: { phone: '+15551234567' } }],
      domain: [['phone', '=', '+15551234567']],
      groups: [{ filters: [{ v: '+15551234567' }] }],
    });
  });
});

describe('the texts that are kept', () => {
  it('are those in the filled body, for every body', () => {
    const text = fc.constantFrom('{a}', '{b}', '{a}{b}', 'constant');
    const { node } = fc.letrec<{ node: BodyValue }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.constant(1),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('x', 'y'), tie('node'), { maxKeys: 2 }),
      ),
    }));
    fc.assert(
      fc.property(node, (inner) => {
        const template = bodyTemplate(body({ inner }));
        const kept = keptTexts(template, (input) => input === 'a').map(({ template: { source } }) => source);
        const sent = JSON.stringify(filledBody(template, (input) => (input === 'a' ? '<a>' : undefined)));
        expect(kept.filter((source) => source === '{a}')).toHaveLength(sent.split('<a>').length - 1);
        expect(kept.filter((source) => source.includes('{b}'))).toEqual([]);
      }),
    );
  });
});
