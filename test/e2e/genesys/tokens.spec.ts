import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { measureStalls } from '../../integration/parts/stalls.js';
import { recoveredAfterMs, TokenTrials } from './trials.js';

/** The rules of the long proof (`npm run prove`), with shorter token lifetimes. */
describe('a service whose tokens expire', () => {
  let trials: TokenTrials | undefined;
  const open = (): TokenTrials => {
    if (trials === undefined) throw new Error('the trials were not opened');
    return trials;
  };
  beforeAll(async () => {
    trials = await TokenTrials.open();
  }, 120_000);
  afterAll(() => trials?.close());

  it('answers every caller while tokens expire every second, with one login per token', async () => {
    const forS = 4;
    const { answers, failed, counts, tookMs } = await open().shortLives(1, forS * 1000);
    expect(failed).toEqual([]);
    expect(answers.length).toBeGreaterThan(forS * 25);
    // A token is replaced at half of its lifetime, and never before.
    expect(counts.tokenRequests).toBeLessThanOrEqual(tookMs / 500 + 1);
    expect(counts.tokensGiven).toBeGreaterThanOrEqual(forS - 1);
    expect(counts.unauthorized).toBe(0);
  });

  it.each([
    ['refuses connections', { refuse: true }],
    ['takes requests and never answers', { hang: true }],
    ['fails', { failureRate: 1, failureStatus: 503 }],
  ])('degrades when the login %s for longer than the token lives, and recovers within 2 s', async (_how, how) => {
    const noise = measureStalls();
    const { answers, failed, backAtMs } = await open().loginDown(1, 2500, how);
    expect(failed.length).toBeGreaterThan(0);
    // The first failures show that no call can have a token. The circuit is open from then on.
    const errors = new Set(failed.map(({ source, error }) => `${source} ${error}`));
    expect(['degraded circuit_open', 'degraded origin_error']).toEqual(expect.arrayContaining([...errors]));
    expect(errors).toContain('degraded circuit_open');
    const recoveredMs = recoveredAfterMs(answers, backAtMs);
    expect(recoveredMs).toBeLessThan(2000 + noise.allowanceMs());
    expect(answers.filter(({ atMs, found }) => atMs > backAtMs + recoveredMs && found).length).toBeGreaterThan(0);
  });

  it('answers every caller while the login fails and the token is valid', async () => {
    const { failed, counts, tokenFailures } = await open().loginDown(6, 4000, { refuse: true });
    expect(failed).toEqual([]);
    // Datadip requests the next token from half of the lifetime on.
    expect(tokenFailures).toBeGreaterThan(0);
    expect(counts.unauthorized).toBe(0);
  });

  it('answers every caller after the platform revokes all tokens', async () => {
    const { answers, failed, counts } = await open().revocation(12, 2000);
    expect(failed).toEqual([]);
    expect(answers.length).toBeGreaterThan(50);
    expect(counts.unauthorized).toBeGreaterThan(0);
    // Datadip requests one token, although many calls met the refusal.
    expect(counts.tokenRequests).toBe(1);
  });
});
