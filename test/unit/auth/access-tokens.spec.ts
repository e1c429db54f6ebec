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
};

let held: Map<string, Caller>;
const callers: Pick<Callers, 'findByCredential'> = { findByCredential: (name) => held.get(name) };
let tokens: AccessTokens;

beforeEach(() => {
  jest.useFakeTimers({
    now: new Date('2026-11-21T12:00:00Z'),
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
  });
  held = new Map([['key-1', ada]]);
  tokens = new AccessTokens({ keySecret: SECRET }, callers);
});
afterEach(() => void jest.useRealTimers());

const issue = () => tokens.issue(ada, 'key-1', ada.scopes);
const elsewhere = () => new AccessTokens({ keySecret: SECRET }, callers);

describe('an access token', () => {
  it('speaks for its caller in every process that shares the secret', async () => {
    expect(await elsewhere().findCaller(await issue())).toEqual(ada);
  });

  it('is worth nothing once its hour is over, remembered or not', async () => {
    const token = await issue();
    expect(await tokens.findCaller(token)).toEqual(ada);
    jest.advanceTimersByTime(TOKEN_LIFE_S * 1000 - 1000);
    expect(await tokens.findCaller(token)).toEqual(ada);
    jest.advanceTimersByTime(1000);
    for (const some of [tokens, elsewhere()]) expect(await some.findCaller(token)).toBeUndefined();
  });

  it('is worth nothing once its key is no longer the caller’s', async () => {
    const token = await issue();
    held.delete('key-1');
    expect(await elsewhere().findCaller(token)).toBeUndefined();
  });

  it('grants no scope that its caller has lost', async () => {
    const token = await issue();
    held.set('key-1', { ...ada, scopes: new Set(['agents', 'operate']) });
    expect((await elsewhere().findCaller(token))?.scopes).toEqual(new Set(['agents']));
  });

  it('is worth nothing under another secret', async () => {
    expect(await new AccessTokens({ keySecret: 'another' }, callers).findCaller(await issue())).toBeUndefined();
  });
});
