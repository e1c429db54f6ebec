import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leavesPath } from '../../../src/modules/profile/internal/path-segments.js';
import { parseTemplate } from '../../../src/config/sections/lookups/template.js';
import type { HttpOriginConfig } from '../../../src/config/sections/lookups/lookup-config.js';
import {
  followingRequest,
  originRequest,
  requestTemplates,
} from '../../../src/modules/profile/internal/origin-request.js';

const BASE = 'http://crm.example:8080/base';

function originOf(changes: Partial<HttpOriginConfig>): HttpOriginConfig {
  return {
    system: 'crm',
    method: 'GET',
    path: '/customers',
    query: new Map(),
    body: undefined,
    headers: {},
    record: undefined,
    failWhen: undefined,
    notFoundWhen: undefined,
    follow: undefined,
    ...changes,
  };
}
const requestOf = (changes: Partial<HttpOriginConfig>, input: string, atOrigin: string) =>
  originRequest(requestTemplates(originOf(changes)), { input, atOrigin });
/** Builds the URL as the origin client does, and parses it as the origin does. */
const urlOf = (changes: Partial<HttpOriginConfig>, input: string, atOrigin: string): URL =>
  new URL(BASE + requestOf(changes, input, atOrigin).pathAndQuery);
const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
/** Parts of URLs, so that random texts hit the special cases. */
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

describe('an origin request', () => {
  it('sends the query pairs of the identifying input and the fixed pairs', () => {
    const query = new Map([
      ['phone', '{ani}'],
      ['email', '{email}'],
      ['both', '{ani}/{email}'],
      ['kind', 'person'],
      ['label', 'tel:{ani}'],
    ]);

    expect(requestOf({ query }, 'ani', '+15550001')).toEqual({
      kind: 'http',
      method: 'GET',
      pathAndQuery: '/customers?phone=%2B15550001&kind=person&label=tel%3A%2B15550001',
      body: undefined,
    });
    expect(requestOf({ query }, 'email', 'ada@example.com').pathAndQuery).toBe(
      '/customers?email=ada%40example.com&kind=person',
    );
  });

  it('sends body values without URL encoding', () => {
    const value = { phone: '{ani}', email: '{email}' };

    expect(requestOf({ method: 'POST', body: { kind: 'json', value } }, 'ani', '+15550001')).toEqual({
      kind: 'http',
      method: 'POST',
      pathAndQuery: '/customers',
      body: { phone: '+15550001' },
    });
  });

  it('sends a value that looks like a template unchanged', () => {
    const { body } = requestOf({ method: 'POST', body: { kind: 'json', value: { id: '{id}' } } }, 'id', '{id}$&$1');

    expect(body).toEqual({ id: '{id}$&$1' });
  });

  it.each([
    ['any text', anyText],
    ['hostile text', hostile],
  ])('changes neither host nor path, and encodes each value as one segment: %s', (_, texts) => {
    fc.assert(
      fc.property(
        // A value that leads to another path is refused: see the last test of this block.
        texts.filter((text) => !leavesPath(parseTemplate('/customers/{id}/orders'), () => text)),
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
  ])('sends each value unchanged in its own query pair: %s', (_, texts) => {
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
  ])('leads to no other path: %s with %j', (path, id) => {
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

describe('a query with several values for one name', () => {
  const query = new Map([['lookupVal', ['{ani}', '{email}']]]);

  it.each([
    ['ani', '+15550001', '/customers?lookupVal=%2B15550001'],
    ['email', 'ada@example.com', '/customers?lookupVal=ada%40example.com'],
  ])('sends the query value of the input %s', (input, atOrigin, pathAndQuery) => {
    expect(requestOf({ query }, input, atOrigin).pathAndQuery).toBe(pathAndQuery);
  });
});

describe('the request for a followed record', () => {
  const follow = parseTemplate('/contacts/{id}');

  it('encodes the id of the followed record', () => {
    expect(followingRequest(follow, 'a/b?c')).toEqual({
      kind: 'http',
      method: 'GET',
      pathAndQuery: '/contacts/a%2Fb%3Fc',
      body: undefined,
    });
  });

  it('refuses the id of a followed record that is dots only', () => {
    expect(() => followingRequest(follow, '..')).toThrow('input is not allowed in a path: it leads to another path');
  });
});
