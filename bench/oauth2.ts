import { alternate, type Contender } from './support/alternate.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip } from './support/datadip.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis } from './support/redis.ts';

const CUSTOMERS = 10_000;
/** No answer is stored, so every dip calls the origin. */
const NOTHING_STAYS = { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 };
/** The client of the sandbox. */
const CLIENT = { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' };

/** A dip that calls its origin with a token of OAuth 2.0, against one with a fixed bearer token. */
export const oauth2: Bench = async (stage, options) => {
  const redis = await startRedis(stage);
  const origin = await startOrigin(stage);
  await origin.behave({ latencyMs: 0 });
  const start = (name: string, auth: Readonly<Record<string, unknown>>) =>
    startDatadip(stage, { name, originUrl: origin.url, redisUrl: redis.url, cache: NOTHING_STAYS, auth });
  const token = await start('oauth2', { type: 'oauth2', tokenUrl: `${origin.url}/oauth/token`, ...CLIENT });
  const fixed = await start('bearer', { type: 'bearer', token: 'a-fixed-token-of-the-benchmark' });
  const contender = (name: string, { url, actor }: typeof token): Contender => ({
    ...{ name, url, pid: actor.pid, request: 'post', customers: CUSTOMERS },
  });
  await origin.forget();
  const found = await alternate([contender('OAuth 2.0', token), contender('fixed bearer', fixed)], options);
  return `${found}\n\nCalls of the origin during the runs: ${await origin.calls()}.`;
};
