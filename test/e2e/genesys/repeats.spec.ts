import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { SystemClock } from '../../../src/kernel/clock.js';
import { Deadline } from '../../../src/kernel/deadline.js';
import { NotAdmitted } from '../../../src/kernel/errors.js';
import { MetricsRegistry } from '../../../src/platform/metrics/metrics-registry.js';
import { OriginMetrics } from '../../../src/origins/origin.metrics.js';
import { TokenAuth } from '../../../src/origins/auth/token-auth.js';
import type { Token, TokenSource } from '../../../src/origins/auth/token-sources.js';
import { HttpDriver } from '../../../src/origins/http/http-driver.js';
import { systemRoute } from '../../../src/origins/http/route.js';
import { OriginHealth } from '../../../src/origins/origin-health.js';
import { OriginClient } from '../../../src/origins/origin-client.js';
import { ScheduledLimits } from '../../../src/origins/admission/internal/scheduled-limits.js';
import { LocalRateLimiter } from '../../../src/origins/admission/internal/local-rate-limiter.js';
import type { RateRequest, RateDecision } from '../../../src/origins/admission/internal/rate-limiter.js';
import { ShedLog } from '../../../src/origins/admission/internal/shed-log.js';
import { OriginBudget } from '../../../src/origins/admission/origin-budget.js';
import { Gate } from '../../support/gate.js';
import { Answer } from '../../support/origin-replies.js';
import { startOrigin, type ScriptedOrigin } from '../../support/origin.js';

/** Half of it is longer than any delay of a busy machine. */
const TIMEOUT_MS = 3000;
const clock = new SystemClock();

/** Counts the calls that ask for admission. */
class CountingRateLimiter extends LocalRateLimiter {
  requests = 0;

  override acquire(request: RateRequest): Promise<RateDecision> {
    this.requests++;
    return super.acquire(request);
  }
}

/** A token source that the test controls: a replacement takes `takesMs`. */
class ControlledTokens implements TokenSource {
  renewed = 0;
  takesMs = 0;

  constructor(private token: Token | undefined) {}

  current(): Token | undefined {
    return this.token;
  }

  waitForToken(): Promise<boolean> {
    return Promise.resolve(this.token !== undefined);
  }

  accepted(): void {
    // The test decides when the token changes.
  }

  refused(): boolean {
    return true;
  }

  async waitForReplacement(refused: number): Promise<boolean> {
    this.renewed++;
    await delay(this.takesMs);
    this.token = { value: `token-${refused + 1}`, number: refused + 1 };
    return true;
  }
}

let origin: ScriptedOrigin;
let rateLimiter: CountingRateLimiter;
let tokens: ControlledTokens;
let driver: HttpDriver;
let client: OriginClient;

const limits = {
  ...{ maxConcurrent: 10, maxPerSecond: undefined, maxPerMinute: 300, adaptive: false },
  ...{ backgroundShare: 0.5, queueMs: 0, schedule: [] },
};

function open(token: Token | undefined): void {
  tokens = new ControlledTokens(token);
  const system = {
    name: 'genesys',
    baseUrl: origin.url,
    timeoutMs: TIMEOUT_MS,
    limits,
  };
  driver = new HttpDriver(system, systemRoute(system), clock, new OriginMetrics(new MetricsRegistry()));
  rateLimiter = new CountingRateLimiter(clock);
  const budget = new OriginBudget({
    ...{ system: 'genesys', account: 'genesys', queueMs: 0, backgroundShare: 0.5 },
    ...{ limits: new ScheduledLimits(limits), adaptive: undefined, rateLimiter, clock, random: () => 0.5 },
    shedLog: new ShedLog(clock, { warn: () => undefined } as never, { callShed: () => undefined }),
  });
  const auth = new TokenAuth(() => tokens);
  const health = new OriginHealth('genesys', clock, { warn: () => undefined, info: () => undefined } as never);
  client = new OriginClient({ name: 'genesys', timeoutMs: TIMEOUT_MS, driver, auth, budget, health, clock });
}

const FIRST: Token = { value: 'token-1', number: 1 };
const authorizations = () => origin.calls.map(({ headers }) => headers.authorization);
const call = () =>
  client.call(
    { kind: 'http', method: 'GET', pathAndQuery: '/contacts', body: undefined },
    { priority: 'desktop', deadline: new Deadline(clock, clock.nowMs() + 10_000) },
  );
const refuseFirst = ({ headers }: { readonly headers: { readonly authorization?: string } }) =>
  headers.authorization === 'Bearer token-1' ? Answer.json({}, 401) : { found: true };

beforeEach(async () => {
  origin = await startOrigin();
  open(FIRST);
});
afterEach(async () => {
  driver.close();
  await origin.stop();
});

describe('OriginClient, when the origin refuses a token', () => {
  it('repeats the call with another token, and counts two calls in the budget', async () => {
    origin.answer(refuseFirst);
    expect(await call()).toEqual({ body: { found: true } });
    expect(authorizations()).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect([rateLimiter.requests, tokens.renewed]).toEqual([2, 1]);
  });

  it('makes no third call if the origin refuses the second token', async () => {
    origin.answer(() => Answer.json({}, 401));
    await expect(call()).rejects.toMatchObject({ code: 'origin_error', details: { refusedToken: 2 } });
    expect(origin.count).toBe(2);
  });

  it('does not repeat the call after its timeout', async () => {
    origin.answer(refuseFirst);
    tokens.takesMs = TIMEOUT_MS;
    await expect(call()).rejects.toMatchObject({ details: { refusedToken: 1 } });
    expect(origin.count).toBe(1);
  });

  it('finishes the call and its repetition within the timeout of one call', async () => {
    const hold = new Gate();
    origin.answer(async (request: { readonly headers: { readonly authorization?: string } }) => {
      if (request.headers.authorization !== 'Bearer token-1') await hold.wait();
      return refuseFirst(request);
    });
    tokens.takesMs = TIMEOUT_MS / 4;
    const startMs = performance.now();
    await expect(call()).rejects.toMatchObject({ code: 'origin_timeout' });
    const tookMs = performance.now() - startMs;
    hold.open();
    expect(origin.count).toBe(2);
    // The remaining time, and the delay of a busy machine.
    expect(tookMs).toBeLessThan(1.45 * TIMEOUT_MS);
  });
});

describe('OriginClient without a token', () => {
  it('fails as not admitted, without using the budget or calling the origin', async () => {
    open(undefined);
    const failing = call();
    await expect(failing).rejects.toBeInstanceOf(NotAdmitted);
    await expect(failing).rejects.toMatchObject({ code: 'circuit_open' });
    expect([rateLimiter.requests, origin.count]).toEqual([0, 0]);
  });
});
