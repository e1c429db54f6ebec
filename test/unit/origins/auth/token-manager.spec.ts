/** This file exceeds 220 lines because its tests share one login that they control. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { OriginFailure } from '../../../../src/kernel/errors.js';
import type { FetchedToken } from '../../../../src/origins/auth/internal/token-response.js';
import { TokenFailure } from '../../../../src/origins/auth/internal/token-failure.js';
import { refreshAfterMs } from '../../../../src/origins/auth/internal/issued-token.js';
import { TokenManager, type TokenEvent } from '../../../../src/origins/auth/internal/token-manager.js';
import type { PermissionCheck } from '../../../../src/origins/auth/internal/permission-check.js';
import { eventually } from '../../../support/eventually.js';
import { Gate } from '../../../support/gate.js';
import { ManualClock } from '../../../support/manual-clock.js';

const LIFE_MS = 300_000;

/** A login whose answers the test controls. */
class HeldLogin {
  requests = 0;
  private answers: { give: (token: FetchedToken) => void; fail: (failure: TokenFailure) => void }[] = [];

  readonly run = (): Promise<FetchedToken> => {
    this.requests++;
    return new Promise((resolve, reject) => this.answers.push({ give: resolve, fail: reject }));
  };

  async issues(value: string, lifeMs = LIFE_MS, scopes?: readonly string[]): Promise<void> {
    this.answers.shift()?.give({ value, lifeMs, scopes, refreshToken: undefined });
    await turn();
  }

  async fails(fault: ConstructorParameters<typeof TokenFailure>[0]): Promise<void> {
    this.answers.shift()?.fail(new TokenFailure(fault));
    await turn();
  }
}

let clock: ManualClock;
let login: HeldLogin;
let events: TokenEvent[];
let manager: TokenManager;

function manage(checkPermissions?: PermissionCheck): TokenManager {
  return new TokenManager({
    login: login.run,
    checkPermissions,
    clock,
    onEvent: (event) => events.push(event),
    random: () => 1,
  });
}

beforeEach(() => {
  clock = new ManualClock();
  login = new HeldLogin();
  events = [];
  manager = manage();
});
afterEach(() => manager.close());

async function withToken(value = 'one', lifeMs = LIFE_MS): Promise<void> {
  manager.refreshIfDue();
  await login.issues(value, lifeMs);
}

/** A call that began now meets the refusal of its token. */
function refuse(number: number, subject = 'odd'): Promise<boolean> {
  manager.refused(number, { subject, startedAtMs: clock.nowMs() });
  return manager.waitForReplacement(number, 10_000);
}

describe('TokenManager', () => {
  it('returns a token from its arrival until it expires', async () => {
    expect([manager.current(), manager.state]).toEqual([undefined, 'missing']);
    await withToken();
    await manager.first;
    clock.advance(LIFE_MS - 1);
    expect(manager.current()).toEqual({ value: 'one', number: 1 });
    clock.advance(1);
    expect([manager.current(), manager.state, manager.expiresInMs]).toEqual([undefined, 'missing', 0]);
  });

  it('measures a lifetime from before the request', async () => {
    manager.refreshIfDue();
    clock.advance(2000);
    await login.issues('one', 10_000);
    expect([manager.expiresInMs, manager.currentAgeMs]).toEqual([8000, 2000]);
  });

  it.each([
    [86_400_000, 86_340_000],
    [120_000, 60_000],
    [119_000, 59_500],
    [3000, 1500],
  ])('replaces a token that lives %i ms after %i ms', async (lifeMs, afterMs) => {
    expect(refreshAfterMs(lifeMs)).toBe(afterMs);
    await withToken('one', lifeMs);
    clock.advance(afterMs - 1);
    manager.refreshIfDue();
    expect(login.requests).toBe(1);
    clock.advance(1);
    manager.refreshIfDue();
    expect(login.requests).toBe(2);
  });

  it.each<[string, PermissionCheck | undefined]>([
    ['during the request', undefined],
    ['during the permission check', () => Promise.resolve([])],
  ])('reports a failure for a token that expired %s', async (_when, check) => {
    manager = manage(check);
    manager.refreshIfDue();
    clock.advance(2000);
    await login.issues('one', 2000);
    expect([manager.state, manager.fault, events.map(({ kind }) => kind)]).toEqual([
      'missing',
      'bad_answer',
      ['failed'],
    ]);
    manager.refreshIfDue();
    expect(login.requests).toBe(2);
    await login.issues('two', 2000);
    await manager.first;
  });

  it('backs off after tokens that expire during the request', async () => {
    for (let look = 0; look < 2; look++) {
      manager.refreshIfDue();
      clock.advance(look === 0 ? 2000 : 400);
      await login.issues('late', 400);
    }
    manager.refreshIfDue();
    expect(login.requests).toBe(2);
  });

  it('returns the old token until the new token arrives, and sends one request at a time', async () => {
    await withToken();
    clock.advance(LIFE_MS - 60_000);
    for (let look = 0; look < 5; look++) manager.refreshIfDue();
    expect([login.requests, manager.current()?.value]).toEqual([2, 'one']);
    await login.issues('two');
    expect(manager.current()).toEqual({ value: 'two', number: 2 });
  });

  it('is late while the old token serves after a failed request, and missing after its end', async () => {
    await withToken();
    clock.advance(LIFE_MS - 60_000);
    manager.refreshIfDue();
    await login.fails('unreachable');
    expect([manager.state, manager.fault, manager.current()?.value]).toEqual(['late', 'unreachable', 'one']);
    clock.advance(60_000);
    expect(manager.state).toBe('missing');
    manager.refreshIfDue();
    await login.issues('two');
    expect([manager.state, manager.fault]).toEqual(['valid', undefined]);
  });

  it('requests one replacement when many calls meet the refusal of one token', async () => {
    await withToken();
    clock.advance(60_000);
    const waiting = Array.from({ length: 50 }, (_, caller) => refuse(1, `caller ${caller}`));
    expect([login.requests, manager.current()]).toEqual([2, undefined]);
    await login.issues('two');
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => true));
    // A call that was running with the old token reports late, and finds the new token.
    expect(await manager.waitForReplacement(1, 10_000)).toBe(true);
    expect([login.requests, manager.current()?.number]).toEqual([2, 2]);
  });

  it('requests a replacement at once after each revocation, also of short-lived tokens, if tokens served in between', async () => {
    await withToken('first', 3000);
    for (let revocation = 1; revocation <= 6; revocation++) {
      const refused = manager.current()?.number ?? 0;
      const another = refuse(refused);
      await login.issues('another', 3000);
      expect([await another, login.requests]).toEqual([true, 2 * revocation]);
      clock.advance(1500);
      manager.refreshIfDue();
      await login.issues('next', 3000);
    }
  });

  it('serves the old token to others after the refusal of one subject, until the new token arrives', async () => {
    await withToken();
    clock.advance(60_000);
    const waiting = [refuse(1), refuse(1), refuse(1), refuse(1)];
    expect([login.requests, manager.current()?.number]).toEqual([2, 1]);
    await login.issues('two');
    expect(await Promise.all(waiting)).toEqual([true, true, true, true]);
    expect(manager.current()?.number).toBe(2);
  });

  it('requests no token if the platform accepted the token for a call that began later', async () => {
    await withToken();
    const call = { subject: 'odd', startedAtMs: clock.nowMs() };
    clock.advance(60_000);
    manager.accepted(1, clock.nowMs());
    expect(manager.refused(1, call)).toBe(false);
    expect([login.requests, manager.current()?.number]).toEqual([1, 1]);
  });

  it('requests a token if the platform revokes the token while the answers of earlier calls are on the way', async () => {
    await withToken();
    const earlierMs = clock.nowMs();
    clock.advance(60_000);
    const later = { startedAtMs: clock.nowMs() };
    manager.accepted(1, earlierMs);
    expect(manager.refused(1, { subject: 'a', ...later })).toBe(true);
    expect(login.requests).toBe(2);
    manager.accepted(1, earlierMs);
    for (const subject of ['b', 'c']) manager.refused(1, { subject, ...later });
    expect(manager.current()).toBeUndefined();
  });

  it('keeps a token that is refused for single subjects and accepted for others in between', async () => {
    await withToken();
    clock.advance(60_000);
    for (const subject of ['a', 'b', 'c', 'd']) {
      manager.refused(1, { subject, startedAtMs: clock.nowMs() });
      clock.advance(10);
      manager.accepted(1, clock.nowMs());
    }
    expect(manager.current()?.number).toBe(1);
  });

  it('does not wait for a token that is not being fetched', async () => {
    manager.refreshIfDue();
    await login.fails('invalid_client');
    expect(await manager.waitForToken(10_000)).toBe(false);
    expect(login.requests).toBe(1);
  });

  it('waits no longer than its bound', async () => {
    expect(await manager.waitForToken(20)).toBe(false);
    await login.issues('one');
    expect(await manager.waitForToken(0)).toBe(true);
  });

  it('reports every token and every failure', async () => {
    await withToken();
    clock.advance(LIFE_MS);
    manager.refreshIfDue();
    await login.fails('bad_answer');
    expect(events).toEqual([
      { kind: 'fetched', lifeMs: LIFE_MS },
      { kind: 'failed', fault: 'bad_answer', facts: {} },
    ]);
  });
});

describe('TokenManager of a client that must not write', () => {
  const writes: PermissionCheck = (_token, scopes) =>
    Promise.resolve((scopes ?? []).filter((scope) => scope === 'a:edit'));

  it('returns no token if the first may write, and requests the next after at least 5 s', async () => {
    manager = manage(writes);
    manager.refreshIfDue();
    await login.issues('one', LIFE_MS, ['a:view', 'a:edit']);
    expect([manager.state, manager.fault, manager.writePermissions]).toEqual(['missing', 'too_much', ['a:edit']]);
    clock.advance(4999);
    manager.refreshIfDue();
    expect(login.requests).toBe(1);
    clock.advance(5001);
    manager.refreshIfDue();
    await login.issues('two', LIFE_MS, ['a:view']);
    expect([manager.state, manager.writePermissions, manager.current()?.value]).toEqual(['valid', [], 'two']);
  });

  it('keeps serving if a later token may write, and reports it', async () => {
    manager = manage(writes);
    manager.refreshIfDue();
    await login.issues('one', LIFE_MS, []);
    clock.advance(LIFE_MS - 60_000);
    manager.refreshIfDue();
    await login.issues('two', LIFE_MS, ['a:edit']);
    expect([manager.state, manager.writePermissions, manager.current()?.value]).toEqual(['valid', ['a:edit'], 'two']);
    expect(events.at(-1)).toEqual({ kind: 'excess', permissions: ['a:edit'] });
  });

  it('repeats the check of a later token until the platform answers', async () => {
    let away = true;
    manager = manage((token) => {
      if (token.number === 1) return Promise.resolve([]);
      return away ? Promise.reject(new OriginFailure('shed', 'away')) : Promise.resolve(['a:edit']);
    });
    manager.refreshIfDue();
    await login.issues('one');
    clock.advance(LIFE_MS - 60_000);
    manager.refreshIfDue();
    await login.issues('two');
    expect([manager.state, manager.writePermissions]).toEqual(['valid', []]);
    away = false;
    await eventually(() => expect(manager.writePermissions).toEqual(['a:edit']));
    expect(events.at(-1)).toEqual({ kind: 'excess', permissions: ['a:edit'] });
  });

  it('stops checking a token that has been replaced', async () => {
    const checked: number[] = [];
    manager = manage(({ number }) => {
      checked.push(number);
      return number === 2 ? Promise.reject(new OriginFailure('shed', 'away')) : Promise.resolve([]);
    });
    for (const value of ['one', 'two', 'three']) {
      manager.refreshIfDue();
      await login.issues(value);
      clock.advance(LIFE_MS - 60_000);
    }
    await eventually(() => expect(checked).toContain(3));
    // Another attempt would follow within half a second.
    await delay(600);
    expect(checked.slice(checked.indexOf(3))).toEqual([3]);
  });

  it('returns the first token only after its permission check, with one login', async () => {
    const back = new Gate();
    const checks = [() => Promise.reject(new OriginFailure('origin_error', 'away')), () => back.wait()];
    manager = manage(async () => {
      await checks.shift()?.();
      return [];
    });
    manager.refreshIfDue();
    await login.issues('one');
    expect([manager.current(), manager.fault]).toEqual([undefined, 'unverified']);
    back.open();
    await eventually(() => expect(manager.current()?.value).toBe('one'));
    expect(login.requests).toBe(1);
  });

  it('requests another token when the platform refuses the first', async () => {
    let refused = true;
    manager = manage(() => {
      if (!refused) return Promise.resolve([]);
      refused = false;
      return Promise.reject(new OriginFailure('origin_error', 'refused', { refusedToken: 1 }));
    });
    manager.refreshIfDue();
    await login.issues('one');
    expect(manager.fault).toBe('token_refused');
    clock.advance(1000);
    manager.refreshIfDue();
    await login.issues('two');
    expect(manager.current()?.value).toBe('two');
  });
});
