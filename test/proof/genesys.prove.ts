import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recoveredAfterMs, TokenTrials, loadTwoProcesses, type Outcome } from '../e2e/genesys/trials.js';
import { startRedis } from '../support/redis-server.js';

const PER_MINUTE = 300;

function printFigures(title: string, { answers, failed, counts, tokenFailures }: Outcome): void {
  const { tokenRequests, unauthorized, apiCalls } = counts;
  const figures = `${answers.length} lookups, ${failed.length} failed, ${tokenRequests} token requests and ${tokenFailures} failures`;
  process.stdout.write(`\n${title}: ${figures}, ${apiCalls} calls, ${unauthorized} refused\n`);
}

describe('the token manager', () => {
  let trials: TokenTrials;
  beforeAll(async () => {
    trials = await TokenTrials.open();
  });
  afterAll(() => trials.close());

  it('fails no lookup in 30 s while every token expires after 3 s', async () => {
    const outcome = await trials.shortLives(3, 30_000);
    printFigures('tokens of 3 s for 30 s', outcome);
    expect(outcome.failed).toEqual([]);
    expect(outcome.counts.tokenRequests).toBeLessThanOrEqual(30 / 1.5 + 1);
  });

  it('fails no lookup while the login is down for 20 s and tokens live 30 s', async () => {
    const outcome = await trials.loginDown(30, 20_000, { refuse: true });
    printFigures('login down for 20 s, tokens of 30 s', outcome);
    expect(outcome.failed).toEqual([]);
    expect(outcome.tokenFailures).toBeGreaterThan(0);
  });

  it('fails no lookup when all tokens are revoked at once', async () => {
    const outcome = await trials.revocation(60, 20_000);
    printFigures('revoked in the middle of 20 s', outcome);
    expect(outcome.failed).toEqual([]);
    expect(outcome.counts.tokenRequests).toBeLessThanOrEqual(2);
  });

  it.each([{ refuse: true }, { hang: true }, { failureRate: 1, failureStatus: 500 }])(
    'degrades lookups while the login is down for 20 s (%j), and serves data within 2 s of its return',
    async (how) => {
      const outcome = await trials.loginDown(3, 20_000, how);
      const afterMs = recoveredAfterMs(outcome.answers, outcome.backAtMs);
      printFigures(`login down for 20 s, tokens of 3 s, data again after ${Math.round(afterMs)} ms`, outcome);
      expect(new Set(outcome.failed.map(({ source }) => source))).toEqual(new Set(['degraded']));
      expect(afterMs).toBeLessThan(2000);
    },
  );
});

describe('the platform budget', () => {
  it(`limits two processes that want 600 calls per minute to ${PER_MINUTE} calls in every minute`, async () => {
    const redis = await startRedis();
    const windowCounts = await loadTwoProcesses(redis.url, 10, 150).finally(() => redis.stop());
    const minutes = windowCounts.slice(59).map((count, index) => count - (windowCounts[index - 1] ?? 0));
    process.stdout.write(
      `\ncalls in the first minute ${String(windowCounts[59])}, in the fullest ${Math.max(...minutes)}\n`,
    );
    expect(Math.max(...minutes)).toBeLessThanOrEqual(PER_MINUTE);
    expect(windowCounts[59]).toBeGreaterThan(0.9 * PER_MINUTE);
  });
});
