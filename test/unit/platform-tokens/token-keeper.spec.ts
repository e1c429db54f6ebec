import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { OriginFailure } from '../../../src/kernel/errors.js';
import type { FetchedToken } from '../../../src/origins/auth/internal/token-response.js';
import { TokenFailure } from '../../../src/origins/auth/internal/token-failure.js';
import {
  refreshAfterMs,
  TokenManager,
  type RightsCheck,
  type TokenChange,
} from '../../../src/origins/auth/internal/token-manager.js';
import { eventually } from '../../support/eventually.js';
import { Gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';

const LIFE_MS = 300_000;

/** A login whose answers the test decides. */
class HeldLogin {
  asked = 0;
  private answers: { give: (token: FetchedToken) => void; fail: (failure: TokenFailure) => void }[] = [];

  readonly login = (): Promise<FetchedToken> => {
    this.asked++;
    return new Promise((resolve, reject) => this.answers.push({ give: resolve, fail: reject }));
  };

  async gives(value: string, lifeMs = LIFE_MS, scopes?: readonly string[]): Promise<void> {
    this.answers.shift()?.give({ value, lifeMs, scopes, refreshToken: undefined });
    await turn();
  }

  async fails(fault: ConstructorParameters<typeof TokenFailure>[0]): Promise<void> {
    this.answers.shift()?.fail(new TokenFailure(fault));
    await turn();
  }
}

let clock: ManualClock;
let held: HeldLogin;
let changes: TokenChange[];
let keeper: TokenManager;

function keeping(excess?: RightsCheck): TokenManager {
  const { login } = held;
  return new TokenManager({ login, excess, clock, onChange: (change) => changes.push(change), random: () => 1 });
}

beforeEach(() => {
  clock = new ManualClock();
  held = new HeldLogin();
  changes = [];
  keeper = keeping();
});
afterEach(() => keeper.close());

async function withToken(value = 'one', lifeMs = LIFE_MS): Promise<void> {
  keeper.refreshIfDue();
  await held.gives(value, lifeMs);
}

describe('the keeper of a token', () => {
  it('has none until one was given, and shows it until it has run out', async () => {
    expect([keeper.current(), keeper.state]).toEqual([undefined, 'missing']);
    await withToken();
    await keeper.first;
    clock.advance(LIFE_MS - 1);
    expect(keeper.current()).toEqual({ value: 'one', number: 1 });
    clock.advance(1);
    expect([keeper.current(), keeper.state, keeper.expiresInMs]).toEqual([undefined, 'missing', 0]);
  });

  it('counts a life from before the token was asked for', async () => {
    keeper.refreshIfDue();
    clock.advance(2000);
    await held.gives('one', 10_000);
    expect([keeper.expiresInMs, keeper.currentAgeMs]).toEqual([8000, 2000]);
  });

  it.each([
    [86_400_000, 86_340_000],
    [120_000, 60_000],
    [119_000, 59_500],
    [3000, 1500],
  ])('replaces a token that lives %i ms after %i', async (lifeMs, afterMs) => {
    expect(refreshAfterMs(lifeMs)).toBe(afterMs);
    await withToken('one', lifeMs);
    clock.advance(afterMs - 1);
    keeper.refreshIfDue();
    expect(held.asked).toBe(1);
    clock.advance(1);
    keeper.refreshIfDue();
    expect(held.asked).toBe(2);
  });

  it.each<[string, RightsCheck | undefined]>([
    ['on its way', undefined],
    ['while it was checked', () => Promise.resolve([])],
  ])('takes a token that has run out %s for none', async (_when, excess) => {
    keeper = keeping(excess);
    keeper.refreshIfDue();
    clock.advance(2000);
    await held.gives('one', 2000);
    expect([keeper.state, keeper.fault, changes.map(({ kind }) => kind)]).toEqual([
      'missing',
      'bad_answer',
      ['failed'],
    ]);
    keeper.refreshIfDue();
    expect(held.asked).toBe(2);
    await held.gives('two', 2000);
    await keeper.first;
  });

  it('does not ask again at once for tokens that run out on their way', async () => {
    for (let look = 0; look < 2; look++) {
      keeper.refreshIfDue();
      clock.advance(look === 0 ? 2000 : 400);
      await held.gives('late', 400);
    }
    keeper.refreshIfDue();
    expect(held.asked).toBe(2);
  });

  it('shows the old one until the new one is there, and asks for one at a time', async () => {
    await withToken();
    clock.advance(LIFE_MS - 60_000);
    for (let look = 0; look < 5; look++) keeper.refreshIfDue();
    expect([held.asked, keeper.current()?.value]).toEqual([2, 'one']);
    await held.gives('two');
    expect(keeper.current()).toEqual({ value: 'two', number: 2 });
  });

  it('is late while an old token serves and no new one is to be had, and missing afterwards', async () => {
    await withToken();
    clock.advance(LIFE_MS - 60_000);
    keeper.refreshIfDue();
    await held.fails('unreachable');
    expect([keeper.state, keeper.fault, keeper.current()?.value]).toEqual(['late', 'unreachable', 'one']);
    clock.advance(60_000);
    expect(keeper.state).toBe('missing');
    keeper.refreshIfDue();
    await held.gives('two');
    expect([keeper.state, keeper.fault]).toEqual(['valid', undefined]);
  });

  it('gets one other token, however many meet the refusal of one', async () => {
    await withToken();
    clock.advance(60_000);
    const waiting = Array.from({ length: 50 }, () => keeper.anotherThan(1, 10_000));
    expect([held.asked, keeper.current()]).toEqual([2, undefined]);
    await held.gives('two');
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => true));
    // Who was on the way with the old one comes late, and finds the new one.
    expect(await keeper.anotherThan(1, 10_000)).toBe(true);
    expect([held.asked, keeper.current()?.number]).toEqual([2, 2]);
  });

  it('gets another one at once for each revocation, however short its tokens live, if they served in between', async () => {
    await withToken('first', 3000);
    for (let revocation = 1; revocation <= 6; revocation++) {
      const refused = keeper.current()?.number ?? 0;
      const another = keeper.anotherThan(refused, 10_000);
      await held.gives('another', 3000);
      expect([await another, held.asked]).toEqual([true, 2 * revocation]);
      clock.advance(1500);
      keeper.refreshIfDue();
      await held.gives('next', 3000);
    }
  });

  it('makes nobody wait for a token that is not being fetched', async () => {
    keeper.refreshIfDue();
    await held.fails('invalid_client');
    expect(await keeper.awaited(10_000)).toBe(false);
    expect(held.asked).toBe(1);
  });

  it('makes nobody wait for longer than they can', async () => {
    expect(await keeper.awaited(20)).toBe(false);
    await held.gives('one');
    expect(await keeper.awaited(0)).toBe(true);
  });

  it('tells what becomes of it', async () => {
    await withToken();
    clock.advance(LIFE_MS);
    keeper.refreshIfDue();
    await held.fails('bad_answer');
    expect(changes).toEqual([
      { kind: 'fetched', lifeMs: LIFE_MS },
      { kind: 'failed', fault: 'bad_answer' },
    ]);
  });
});

describe('a client that must not write', () => {
  const writes: RightsCheck = (_token, scopes) => Promise.resolve((scopes ?? []).filter((scope) => scope === 'a:edit'));

  it('is shown to nobody if it may at the start, and is asked about no sooner than in 5 s', async () => {
    keeper = keeping(writes);
    keeper.refreshIfDue();
    await held.gives('one', LIFE_MS, ['a:view', 'a:edit']);
    expect([keeper.state, keeper.fault, keeper.excess]).toEqual(['missing', 'too_much', ['a:edit']]);
    clock.advance(4999);
    keeper.refreshIfDue();
    expect(held.asked).toBe(1);
    clock.advance(5001);
    keeper.refreshIfDue();
    await held.gives('two', LIFE_MS, ['a:view']);
    expect([keeper.state, keeper.excess, keeper.current()?.value]).toEqual(['valid', [], 'two']);
  });

  it('goes on reading if it may later, and it is told', async () => {
    keeper = keeping(writes);
    keeper.refreshIfDue();
    await held.gives('one', LIFE_MS, []);
    clock.advance(LIFE_MS - 60_000);
    keeper.refreshIfDue();
    await held.gives('two', LIFE_MS, ['a:edit']);
    expect([keeper.state, keeper.excess, keeper.current()?.value]).toEqual(['valid', ['a:edit'], 'two']);
    expect(changes.at(-1)).toEqual({ kind: 'excess', rights: ['a:edit'] });
  });

  it('is asked about until it is known what it may do later, too', async () => {
    let away = true;
    keeper = keeping((token) => {
      if (token.number === 1) return Promise.resolve([]);
      return away ? Promise.reject(new OriginFailure('shed', 'away')) : Promise.resolve(['a:edit']);
    });
    keeper.refreshIfDue();
    await held.gives('one');
    clock.advance(LIFE_MS - 60_000);
    keeper.refreshIfDue();
    await held.gives('two');
    expect([keeper.state, keeper.excess]).toEqual(['valid', []]);
    away = false;
    await eventually(() => expect(keeper.excess).toEqual(['a:edit']));
    expect(changes.at(-1)).toEqual({ kind: 'excess', rights: ['a:edit'] });
  });

  it('is not asked about any more when its token is gone', async () => {
    const asked: number[] = [];
    keeper = keeping(({ number }) => {
      asked.push(number);
      return number === 2 ? Promise.reject(new OriginFailure('shed', 'away')) : Promise.resolve([]);
    });
    for (const value of ['one', 'two', 'three']) {
      keeper.refreshIfDue();
      await held.gives(value);
      clock.advance(LIFE_MS - 60_000);
    }
    await eventually(() => expect(asked).toContain(3));
    // Another attempt would be made within half a second.
    await delay(600);
    expect(asked.slice(asked.indexOf(3))).toEqual([3]);
  });

  it('is not shown before it is known what it may do, and the login is not asked again meanwhile', async () => {
    const back = new Gate();
    const said = [() => Promise.reject(new OriginFailure('origin_error', 'away')), () => back.wait()];
    keeper = keeping(async () => {
      await said.shift()?.();
      return [];
    });
    keeper.refreshIfDue();
    await held.gives('one');
    expect([keeper.current(), keeper.fault]).toEqual([undefined, 'unverified']);
    back.open();
    await eventually(() => expect(keeper.current()?.value).toBe('one'));
    expect(held.asked).toBe(1);
  });

  it('gets another token where the platform does not take the first', async () => {
    let refused = true;
    keeper = keeping(() => {
      if (!refused) return Promise.resolve([]);
      refused = false;
      return Promise.reject(new OriginFailure('origin_error', 'refused', { refusedToken: 1 }));
    });
    keeper.refreshIfDue();
    await held.gives('one');
    expect(keeper.fault).toBe('token_refused');
    clock.advance(1000);
    keeper.refreshIfDue();
    await held.gives('two');
    expect(keeper.current()?.value).toBe('two');
  });
});
