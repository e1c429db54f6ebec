import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { SystemClock } from '../../src/kernel/clock.js';
import { Deadline } from '../../src/kernel/deadline.js';
import { NotAdmitted } from '../../src/kernel/errors.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { TokenSources, type Token, type TokenSource } from '../../src/origins/auth/token-sources.js';
import { HttpOrigin } from '../../src/origins/http/http-origin.js';
import { OriginClient } from '../../src/origins/origin-client.js';
import { ScheduledLimits } from '../../src/origins/admission/internal/scheduled-limits.js';
import { LocalRateLimiter } from '../../src/origins/admission/internal/local-rate-limiter.js';
import type { RateRequest, RateDecision } from '../../src/origins/admission/internal/rate-limiter.js';
import { ShedLog } from '../../src/origins/admission/internal/shed-log.js';
import { OriginBudget } from '../../src/origins/admission/origin-budget.js';
import { Gate } from '../support/gate.js';
import { Answer } from '../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';

/** Half of it is longer than a busy machine adds to anything. */
const TIMEOUT_MS = 3000;
const clock = new SystemClock();

/** Counts what is spent. */
class CountingLedger extends LocalRateLimiter {
  spent = 0;

  override acquire(spending: RateRequest): Promise<RateDecision> {
    this.spent++;
    return super.acquire(spending);
  }
}

/** Tokens the test hands out: one after another, each taking as long as the test says. */
class HandedTokens implements TokenSource {
  renewed = 0;
  takesMs = 0;

  constructor(private token: Token | undefined) {}

  current(): Token | undefined {
    return this.token;
  }

  awaited(): Promise<boolean> {
    return Promise.resolve(this.token !== undefined);
  }

  async anotherThan(refused: number): Promise<boolean> {
    this.renewed++;
    await delay(this.takesMs);
    this.token = { value: `token-${refused + 1}`, number: refused + 1 };
    return true;
  }
}

let origin: ScriptedOrigin;
let ledger: CountingLedger;
let tokens: HandedTokens;
let upstream: HttpOrigin;
let api: OriginClient;

const limits = {
  ...{ maxConcurrent: 10, maxPerSecond: undefined, maxPerMinute: 300, adaptive: false },
  ...{ backgroundShare: 0.5, queueMs: 0, schedule: [] },
};

function open(token: Token | undefined): void {
  const sources = new TokenSources();
  tokens = new HandedTokens(token);
  sources.add('genesys', tokens);
  const system = {
    name: 'genesys',
    baseUrl: origin.url,
    auth: { type: 'none' } as const,
    timeoutMs: TIMEOUT_MS,
    limits,
  };
  upstream = new HttpOrigin(system, clock, new Metrics(new MetricsRegistry()), sources);
  ledger = new CountingLedger(clock);
  const budget = new OriginBudget({
    ...{ system: 'genesys', account: 'genesys', queueMs: 0, backgroundShare: 0.5 },
    ...{ ceilings: new ScheduledLimits(limits), adaptive: undefined, ledger, clock, random: () => 0.5 },
    shedLog: new ShedLog(clock, { warn: () => undefined } as never, { shed: () => undefined }),
  });
  api = new OriginClient(budget, upstream, clock);
}

const FIRST: Token = { value: 'token-1', number: 1 };
const shown = () => origin.calls.map(({ headers }) => headers.authorization);
const call = () =>
  api.call(
    { method: 'GET', pathAndQuery: '/contacts', body: undefined },
    { priority: 'desktop', deadline: new Deadline(clock, clock.nowMs() + 10_000) },
  );
const refuseFirst = ({ headers }: { readonly headers: { readonly authorization?: string } }) =>
  headers.authorization === 'Bearer token-1' ? Answer.json({}, 401) : { found: true };

beforeEach(async () => {
  origin = await startOrigin();
  open(FIRST);
});
afterEach(async () => {
  upstream.close();
  await origin.stop();
});

describe('a call whose token is refused', () => {
  it('is made once more with another, and is two calls in the budget', async () => {
    origin.answer(refuseFirst);
    expect(await call()).toEqual({ body: { found: true } });
    expect(shown()).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect([ledger.spent, tokens.renewed]).toEqual([2, 1]);
  });

  it('is made no third time', async () => {
    origin.answer(() => Answer.json({}, 401));
    await expect(call()).rejects.toMatchObject({ code: 'origin_error', details: { refusedToken: 2 } });
    expect(origin.count).toBe(2);
  });

  it('is not repeated when its time is up', async () => {
    origin.answer(refuseFirst);
    tokens.takesMs = TIMEOUT_MS;
    await expect(call()).rejects.toMatchObject({ details: { refusedToken: 1 } });
    expect(origin.count).toBe(1);
  });

  it('takes no longer than one call may, with its repeat', async () => {
    const hold = new Gate();
    origin.answer(async (asked: { readonly headers: { readonly authorization?: string } }) => {
      if (asked.headers.authorization !== 'Bearer token-1') await hold.wait();
      return refuseFirst(asked);
    });
    tokens.takesMs = TIMEOUT_MS / 2;
    const startMs = performance.now();
    await expect(call()).rejects.toMatchObject({ code: 'origin_timeout' });
    const tookMs = performance.now() - startMs;
    hold.open();
    expect(origin.count).toBe(2);
    // The other half, and what a busy machine adds.
    expect(tookMs).toBeLessThan(1.45 * TIMEOUT_MS);
  });
});

describe('a call without a token', () => {
  it('spends nothing, and tells nobody to leave the key alone', async () => {
    open(undefined);
    const failing = call();
    await expect(failing).rejects.toBeInstanceOf(NotAdmitted);
    await expect(failing).rejects.toMatchObject({ code: 'circuit_open' });
    expect([ledger.spent, origin.count]).toEqual([0, 0]);
  });
});
