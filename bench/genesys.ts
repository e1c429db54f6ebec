import { alternate, type Contender } from './support/alternate.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip } from './support/datadip.ts';
import type { LookupChanges } from './support/declaration.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis } from './support/redis.ts';

const CUSTOMERS = 10_000;
/** A limit that is counted but never reached. */
const PER_MINUTE = 1_000_000;
/** An entry expires before the next request for it, so every answer is a miss. */
const NOTHING_STORED = { ttlMs: 1, staleMs: 0, nearTtlMs: 0 };

/**
 * Compares a miss with a warm token with the same miss without a token: the same lookup, origin and
 * limit. The third contender has no limit either, as a CRM of unknown capacity.
 */
export const genesys: Bench = async (stage, options) => {
  const [redis, origin] = [await startRedis(stage), await startOrigin(stage)];
  const auth = {
    ...{ type: 'genesys', loginUrl: origin.url },
    ...{ clientId: 'sandbox-client', clientSecret: 'sandbox-secret' },
  };
  const ceiling = { maxPerMinute: PER_MINUTE };
  const ways: readonly (LookupChanges & { readonly title: string })[] = [
    { title: 'Genesys, warm token', auth, limits: ceiling },
    { title: 'CRM, same ceiling', limits: ceiling },
    { title: 'CRM, no ceiling' },
  ];
  const contenders: Contender[] = [];
  for (const [at, { title, ...way }] of ways.entries()) {
    const settings = {
      name: `datadip-${at}`,
      originUrl: origin.url,
      redisUrl: redis.url,
      cache: NOTHING_STORED,
      ...way,
    };
    const { url, actor } = await startDatadip(stage, { ...settings, env: { REGION: `way-${at}` } });
    contenders.push({ name: title, url, pid: actor.pid, request: 'post', customers: CUSTOMERS });
  }
  await origin.forget();
  const found = await alternate(contenders, options);
  return `${found}\n\nCalls of the origin during the runs: ${await origin.calls()}.`;
};
