import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Callers } from '../../../src/modules/auth/callers.js';
import { AccessTokens, TOKEN_LIFE_S } from '../../../src/modules/auth/internal/access-tokens.js';
import type { Caller } from '../../../src/contracts/caller.js';

const SECRET = 'a secret of the tests';
const ada: Caller = {
  name: 'ada',
  tenants: new Set(['10001']),
  anyTenant: false,
  scopes: new Set(['lookup', 'agents']),
  lookups: undefined,
};

let callersByKey: Map<string, Caller>;
const callers: Pick<Callers, 'findByCredential'> = { findByCredential: (key) => callersByKey.get(key) };
let tokens: AccessTokens;

beforeEach(() => {
  jest.useFakeTimers({
    now: new Date('2026-11-21T12:00:00Z'),
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
  });
  callersByKey = new Map([['key-1', ada]]);
  tokens = new AccessTokens({ keySecret: SECRET }, callers);
});
afterEach(() => void jest.useRealTimers());

const issue = () => tokens.issue(ada, 'key-1', ada.scopes);
const otherProcess = () => new AccessTokens({ keySecret: SECRET }, callers);

describe('an access token', () => {
  it('identifies its caller in every process that shares the secret', async () => {
    expect(await otherProcess().findCaller(await issue())).toEqual(ada);
  });

  it('refuses a token after one hour, cached or not', async () => {
    const token = await issue();
    expect(await tokens.findCaller(token)).toEqual(ada);
    jest.advanceTimersByTime(TOKEN_LIFE_S * 1000 - 1000);
    expect(await tokens.findCaller(token)).toEqual(ada);
    jest.advanceTimersByTime(1000);
    for (const instance of [tokens, otherProcess()]) expect(await instance.findCaller(token)).toBeUndefined();
  });

  it('refuses a token whose key the caller no longer has', async () => {
    const token = await issue();
    callersByKey.delete('key-1');
    expect(await otherProcess().findCaller(token)).toBeUndefined();
  });

  it('grants no scope that the caller has lost', async () => {
    const token = await issue();
    callersByKey.set('key-1', { ...ada, scopes: new Set(['agents', 'operate']) });
    expect((await otherProcess().findCaller(token))?.scopes).toEqual(new Set(['agents']));
  });

  it('refuses a token signed with another secret', async () => {
    expect(await new AccessTokens({ keySecret: 'another' }, callers).findCaller(await issue())).toBeUndefined();
  });
});
