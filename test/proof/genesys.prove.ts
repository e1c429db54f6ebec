import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recoveredAfterMs, TokenTrials, loadTwoProcesses, type Outcome } from '../e2e/genesys/trials.js';
import { startRedis } from '../support/redis-server.js';

const PER_MINUTE = 300;

function tell(what: string, { answers, failed, counts, tokenFailures }: Outcome): void {
  const { tokenRequests, unauthorized, apiCalls } = counts;
  const figures = `${answers.length} lookups, ${failed.length} failed, ${tokenRequests} token requests and ${tokenFailures} failures`;
  process.stdout.write(`\n${what}: ${figures}, ${apiCalls} calls, ${unauthorized} refused\n`);
}

describe('tokens that run out', () => {
  let trials: TokenTrials;
  beforeAll(async () => {
    trials = await TokenTrials.open();
  });
  afterAll(() => trials.close());

  it('after 3 s, for 30 s: nobody notices', async () => {
    const outcome = await trials.shortLives(3, 30_000);
    tell('tokens of 3 s for 30 s', outcome);
    expect(outcome.failed).toEqual([]);
    expect(outcome.counts.tokenRequests).toBeLessThanOrEqual(30 / 1.5 + 1);
  });

  it('while the login is down for 20 s, and live longer: nobody notices', async () => {
    const outcome = await trials.loginDown(30, 20_000, { refuse: true });
    tell('login down for 20 s, tokens of 30 s', outcome);
    expect(outcome.failed).toEqual([]);
    expect(outcome.tokenFailures).toBeGreaterThan(0);
  });

  it('all at once, revoked: nobody notices', async () => {
    const outcome = await trials.revocation(60, 20_000);
    tell('revoked in the middle of 20 s', outcome);
    expect(outcome.failed).toEqual([]);
    expect(outcome.counts.tokenRequests).toBeLessThanOrEqual(2);
  });

  it.each([{ refuse: true }, { hang: true }, { failureRate: 1, failureStatus: 500 }])(
    'while the login is down for 20 s (%j): degraded, and well within 2 s of its return',
    async (how) => {
      const outcome = await trials.loginDown(3, 20_000, how);
      const afterMs = recoveredAfterMs(outcome.answers, outcome.backAtMs);
      tell(`login down for 20 s, tokens of 3 s, well again after ${Math.round(afterMs)} ms`, outcome);
      expect(new Set(outcome.failed.map(({ source }) => source))).toEqual(new Set(['degraded']));
      expect(afterMs).toBeLessThan(2000);
    },
  );
});

describe('two processes of one region', () => {
  it(`that want 600 calls a minute make at most ${PER_MINUTE}, in every minute`, async () => {
    const redis = await startRedis();
    const seen = await loadTwoProcesses(redis.url, 10, 150).finally(() => redis.stop());
    const minutes = seen.slice(59).map((count, at) => count - (seen[at - 1] ?? 0));
    process.stdout.write(`\ncalls in the first minute ${String(seen[59])}, in the fullest ${Math.max(...minutes)}\n`);
    expect(Math.max(...minutes)).toBeLessThanOrEqual(PER_MINUTE);
    expect(seen[59]).toBeGreaterThan(0.9 * PER_MINUTE);
  });
});
