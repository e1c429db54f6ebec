import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTokenResponse } from '../../../../src/origins/auth/internal/token-response.js';
import { TokenFailure } from '../../../../src/origins/auth/internal/token-failure.js';

const GOOD = { access_token: 'abc', token_type: 'bearer', expires_in: 86_400 };

const answer = (body: unknown, status = 200, headers: Record<string, unknown> = {}) => ({
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  headers,
});

/** Returns the fault and the Retry-After of a response. */
function faultOf(body: unknown, status = 200, headers: Record<string, unknown> = {}): unknown[] {
  try {
    parseTokenResponse(answer(body, status, headers));
  } catch (error) {
    if (error instanceof TokenFailure) return [error.code, error.retryAfterMs];
    throw error;
  }
  return [];
}

describe('parseTokenResponse', () => {
  it('reads a token with its lifetime', () => {
    expect(parseTokenResponse(answer({ ...GOOD, scope: 'users:readonly  externalContacts:contact:view' }))).toEqual({
      ...{ value: 'abc', lifeMs: 86_400_000, refreshToken: undefined },
      scopes: ['users:readonly', 'externalContacts:contact:view'],
    });
    expect(parseTokenResponse(answer(GOOD)).scopes).toBeUndefined();
  });

  it.each(['', ' '])('reports no permissions for the scope %j', (scope) => {
    expect(parseTokenResponse(answer({ ...GOOD, scope })).scopes).toBeUndefined();
  });

  it('reads the field names of CXone', () => {
    const refreshed = { token: 'abc', tokenExpirationTimeSec: 3600, refreshToken: 'def' };
    expect(parseTokenResponse(answer(refreshed))).toMatchObject({
      value: 'abc',
      lifeMs: 3_600_000,
      refreshToken: 'def',
    });
  });

  it.each([
    ['3600', 3_600_000],
    [' 3600 ', 3_600_000],
    [3599.5, 3_599_500],
    ['3599.5', 3_599_500],
    [2_147_483_647, 2_592_000_000],
    ['9999999999', 2_592_000_000],
  ])('reads the lifetime %j', (expires_in, lifeMs) => {
    expect(parseTokenResponse(answer({ ...GOOD, expires_in }))).toMatchObject({ lifeMs });
    expect(parseTokenResponse(answer({ token: 'abc', tokenExpirationTimeSec: expires_in }))).toMatchObject({ lifeMs });
  });

  it.each<readonly [string, unknown]>([
    ['is not JSON', '<html>Log in</html>'],
    ['is empty', ''],
    ['is not an object', 5],
    ['has no token', { expires_in: 60 }],
    ['has an empty token', { ...GOOD, access_token: '' }],
    ['has a token with a line break', { ...GOOD, access_token: 'a\r\nX-Evil: 1' }],
    ['has a token of 20,000 characters', { ...GOOD, access_token: 'a'.repeat(20_000) }],
    ['has no lifetime', { access_token: 'abc' }],
    ['has a lifetime of 0', { ...GOOD, expires_in: 0 }],
    ['has a lifetime below 1 s', { ...GOOD, expires_in: 0.001 }],
    ['has a negative lifetime', { ...GOOD, expires_in: -60 }],
    ['has a lifetime that is a word', { ...GOOD, expires_in: 'soon' }],
    ['has a negative lifetime in quotes', { ...GOOD, expires_in: '-60' }],
    ['has a lifetime as a date', { ...GOOD, expires_in: '2026-11-28T12:00:00Z' }],
    ['has a lifetime of 1e15 s', { ...GOOD, expires_in: 1e15 }],
    ['has an infinite lifetime', '{"access_token":"abc","expires_in":1e999}'],
    ['has a lifetime of null', { ...GOOD, expires_in: null }],
  ])('rejects an answer that %s', (_what, body) => {
    expect(faultOf(body)).toEqual(['bad_answer', undefined]);
  });

  it.each<readonly [unknown, number, Record<string, unknown>, readonly unknown[]]>([
    [{ error: 'invalid_client' }, 400, {}, ['invalid_client', undefined]],
    ['Unauthorized', 401, {}, ['invalid_client', undefined]],
    [{ error: 'unsupported_grant_type' }, 400, {}, ['refused', undefined]],
    ['', 403, {}, ['refused', undefined]],
    [GOOD, 302, {}, ['refused', undefined]],
    ['', 429, { 'retry-after': '42' }, ['rate_limited', 42_000]],
    ['', 503, { 'retry-after': '3' }, ['login_error', 3000]],
    ['', 429, { 'retry-after': '1.5' }, ['rate_limited', 1500]],
    ['', 429, { 'retry-after': '-1' }, ['rate_limited', undefined]],
    ['', 500, {}, ['login_error', undefined]],
  ])('reports the fault of the body %j with status %i', (body, status, headers, fault) => {
    expect(faultOf(body, status, headers)).toEqual(fault);
  });

  it('returns a token with a bounded lifetime or throws a TokenFailure, for any answer', () => {
    const anything = fc.record(
      {
        access_token: fc.jsonValue(),
        expires_in: fc.jsonValue(),
        scope: fc.jsonValue(),
        refresh_token: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anything, fc.integer({ min: 200, max: 599 }), (body, status) => {
        if (faultOf(body, status).length > 0) return;
        const { value, lifeMs } = parseTokenResponse(answer(body, status));
        expect(value).not.toBe('');
        expect(lifeMs).toBeGreaterThan(0);
        expect(lifeMs).toBeLessThanOrEqual(30 * 86_400_000);
      }),
    );
  });
});
