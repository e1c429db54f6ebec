import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OriginConfig } from '../../../src/config/sections/lookups/lookup-config.js';
import { followingRequest, originRequest } from '../../../src/modules/profile/internal/origin-request.js';

const BASE = 'http://crm.example:8080/base';

function originOf(changes: Partial<OriginConfig>): OriginConfig {
  return {
    system: 'crm',
    method: 'GET',
    path: '/customers',
    query: new Map(),
    body: undefined,
    record: undefined,
    follow: undefined,
    ...changes,
  };
}
const asked = (changes: Partial<OriginConfig>, input: string, atOrigin: string) =>
  originRequest(originOf(changes), { input, hashed: 'unused', atOrigin });
/** As the client puts it together, and as the origin reads it. */
const urlOf = (changes: Partial<OriginConfig>, input: string, atOrigin: string): URL =>
  new URL(BASE + asked(changes, input, atOrigin).pathAndQuery);
const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
/** What URLs are made of, so that chance finds what matters. */
const hostile = fc
  .array(
    fc.constantFrom(
      '.',
      '..',
      '/',
      '\\',
      '?',
      '#',
      '&',
      '=',
      '%',
      '%2f',
      '%2e',
      '@',
      ':',
      ';',
      '//',
      '\r\n',
      ' ',
      '+',
      'a',
      '{ani}',
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

describe('a request of an origin', () => {
  it('has the pairs whose input identifies the caller, and the fixed ones', () => {
    const query = new Map([
      ['phone', '{ani}'],
      ['email', '{email}'],
      ['both', '{ani}/{email}'],
      ['kind', 'person'],
      ['label', 'tel:{ani}'],
    ]);

    expect(asked({ query }, 'ani', '+15550001')).toEqual({
      kind: 'http',
      method: 'GET',
      pathAndQuery: '/customers?phone=%2B15550001&kind=person&label=tel%3A%2B15550001',
      body: undefined,
    });
    expect(asked({ query }, 'email', 'ada@example.com').pathAndQuery).toBe(
      '/customers?email=ada%40example.com&kind=person',
    );
  });

  it('has a body of text, not encoded for a URL', () => {
    const body = new Map([
      ['phone', '{ani}'],
      ['email', '{email}'],
    ]);

    expect(asked({ method: 'POST', body }, 'ani', '+15550001')).toEqual({
      kind: 'http',
      method: 'POST',
      pathAndQuery: '/customers',
      body: { phone: '+15550001' },
    });
  });

  it('fills in what looks like a template as it is', () => {
    const { body } = asked({ method: 'POST', body: new Map([['id', '{id}']]) }, 'id', '{id}$&$1');

    expect(body).toEqual({ id: '{id}$&$1' });
  });

  it.each([
    ['any text', anyText],
    ['hostile text', hostile],
  ])('keeps host and path, and one segment a value: %s', (_, texts) => {
    fc.assert(
      fc.property(
        // Dots alone are no name of a segment in any spelling: whoever fills them in must refuse them before. See the next law.
        texts.filter((text) => !/^\.+$/.test(text)),
        (id) => {
          const url = urlOf({ path: '/customers/{id}/orders' }, 'id', id);
          const segments = url.pathname.split('/');
          expect([url.origin, url.search, url.hash]).toEqual(['http://crm.example:8080', '', '']);
          expect([segments.length, segments[1], segments[2], segments[4]]).toEqual([5, 'base', 'customers', 'orders']);
          expect(decodeURIComponent(segments[3] ?? '')).toBe(id);
        },
      ),
    );
  });

  it.each([
    ['any text', anyText],
    ['hostile text', hostile],
  ])('gives the origin each value as it is, in its own pair: %s', (_, texts) => {
    fc.assert(
      fc.property(texts, (id) => {
        const query = new Map([
          ['first', '{id}'],
          ['second', 'x-{id}'],
        ]);
        const url = urlOf({ query }, 'id', id);
        expect([url.origin, url.pathname, url.hash]).toEqual(['http://crm.example:8080', '/base/customers', '']);
        expect([...url.searchParams]).toEqual([
          ['first', id],
          ['second', `x-${id}`],
        ]);
      }),
    );
  });

  it.each([
    ['/customers/{id}', '.'],
    ['/customers/{id}', '..'],
    ['/customers/{id}/orders', '..'],
    ['/customers/.{id}', '.'],
  ])('never leads to another path: %s with %j', (path, id) => {
    const pathname = ((): string => {
      try {
        return urlOf({ path }, 'id', id).pathname;
      } catch {
        return 'refused';
      }
    })();

    expect(pathname).toMatch(/^(refused|\/base\/customers\/[^/]+(\/orders)?)$/);
    expect(pathname).not.toBe('/base/customers/orders');
  });
});

describe('a query with several values under one name', () => {
  const query = new Map([['lookupVal', ['{ani}', '{email}']]]);

  it.each([
    ['ani', '+15550001', '/customers?lookupVal=%2B15550001'],
    ['email', 'ada@example.com', '/customers?lookupVal=ada%40example.com'],
  ])('has the one whose input is %s', (input, atOrigin, pathAndQuery) => {
    expect(asked({ query }, input, atOrigin).pathAndQuery).toBe(pathAndQuery);
  });
});

describe('the request for the record that stands for another', () => {
  const follow = { id: 'canonical', path: '/contacts/{id}' };

  it('holds the id the origin gave, encoded', () => {
    expect(followingRequest(follow, 'a/b?c')).toEqual({
      kind: 'http',
      method: 'GET',
      pathAndQuery: '/contacts/a%2Fb%3Fc',
      body: undefined,
    });
  });

  it('leads nowhere else', () => {
    expect(() => followingRequest(follow, '..')).toThrow('input is not allowed in a path: dots only');
  });
});
