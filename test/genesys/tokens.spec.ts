import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recoveredAfterMs, TokenTrials } from './trials.js';

/** The laws of the long proof (`npm run prove`), on shorter lives. */
describe('a service whose tokens run out', () => {
  let trials: TokenTrials;
  beforeAll(async () => {
    trials = await TokenTrials.open();
  }, 120_000);
  afterAll(() => trials.close());

  it('answers everybody while they do so every second, with one request for each', async () => {
    const forS = 4;
    const { answers, failed, counts } = await trials.shortLives(1, forS * 1000);
    expect(failed).toEqual([]);
    expect(answers.length).toBeGreaterThan(forS * 25);
    // Each is replaced at half of its life, and never before.
    expect(counts.tokenRequests).toBeLessThanOrEqual(forS * 2 + 1);
    expect(counts.tokensGiven).toBeGreaterThanOrEqual(forS - 1);
    expect(counts.unauthorized).toBe(0);
  });

  it.each([
    ['refuses connections', { refuse: true }],
    ['takes requests and never answers', { hang: true }],
    ['fails', { failureRate: 1, failureStatus: 503 }],
  ])('degrades when the login %s for longer than the token lives, and recovers within 2 s', async (_how, how) => {
    const { answers, failed, backAtMs } = await trials.loginDown(1, 2500, how);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map(({ source, error }) => `${source} ${error}`))).toEqual(
      new Set(['degraded circuit_open']),
    );
    expect(recoveredAfterMs(answers, backAtMs)).toBeLessThan(2000);
    expect(answers.filter(({ atMs, found }) => atMs > backAtMs + 2000 && found).length).toBeGreaterThan(0);
  });

  it('answers everybody while the login is down and the token is not', async () => {
    const { failed, counts, tokenFailures } = await trials.loginDown(6, 4000, { refuse: true });
    expect(failed).toEqual([]);
    // From half of its life on.
    expect(tokenFailures).toBeGreaterThan(0);
    expect(counts.unauthorized).toBe(0);
  });

  it('answers everybody when they are revoked', async () => {
    const { answers, failed, counts } = await trials.revocation(12, 2000);
    expect(failed).toEqual([]);
    expect(answers.length).toBeGreaterThan(50);
    expect(counts.unauthorized).toBeGreaterThan(0);
    // However many met the refusal.
    expect(counts.tokenRequests).toBe(1);
  });
});
