import type { Bench } from './support/bench.ts';
import { compared, comparisons } from './support/compared.ts';
import { startDatadip } from './support/datadip.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis } from './support/redis.ts';
import { loadInTurn, roundsTitle, type Way } from './support/together.ts';

const CUSTOMERS = 10_000;
/** No answer is stored, so every dip calls the origin. */
const NOTHING_STAYS = { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 };
/** The client of the sandbox. */
const CLIENT = { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' };

/** A dip that calls its origin with a token of OAuth 2.0, against one with a fixed bearer token. */
export const oauth2: Bench = async (stage, { rounds, seconds }) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  await origin.behave({ latencyMs: 0 });
  const way = (name: string, auth: Readonly<Record<string, unknown>>): Way => ({
    name,
    start: (on, id) =>
      startDatadip(on, { name: id, originUrl: origin.url, redisUrl: redis.url, cache: NOTHING_STAYS, auth }),
  });
  const token = way('OAuth 2.0', { type: 'oauth2', tokenUrl: `${origin.url}/oauth/token`, ...CLIENT });
  const fixed = way('fixed bearer', { type: 'bearer', token: 'a-fixed-token-of-the-benchmark' });
  const pace = { rounds, seconds, customers: CUSTOMERS };
  const results = await loadInTurn(stage, [token, fixed, { ...fixed, name: 'fixed bearer, again' }], pace);
  const [, first, again] = results;
  const chance = first === undefined || again === undefined ? [] : comparisons([again, first]);
  return [compared(roundsTitle(pace, 'have a core alone'), results), ...chance].join('\n\n');
};
