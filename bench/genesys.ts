import { alternate, type Contender } from './support/alternate.ts';
import type { Bench } from './support/bench.ts';
import { startDatadip } from './support/datadip.ts';
import type { LookupChanges } from './support/declaration.ts';
import { startOrigin } from './support/origin.ts';
import { startRedis } from './support/redis.ts';

const CUSTOMERS = 10_000;
/** Out of reach, but counted. */
const PER_MINUTE = 1_000_000;
/** Gone before anybody asks again: every answer is a miss. */
const NOTHING_KEPT = { ttlMs: 1, staleMs: 0, nearTtlMs: 0 };

/**
 * A miss with a warm token, against the same miss without one: the same lookup, the same origin, the same ceiling. The third has no ceiling
 * either, as a CRM of which nobody has said what it bears.
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
    const settings = { name: `datadip-${at}`, originUrl: origin.url, redisUrl: redis.url, cache: NOTHING_KEPT, ...way };
    const { url, actor } = await startDatadip(stage, { ...settings, env: { REGION: `way-${at}` } });
    contenders.push({ name: title, url, pid: actor.pid, request: 'post', customers: CUSTOMERS });
  }
  await origin.forget();
  const found = await alternate(contenders, options);
  return `${found}\n\nCalls of the origin meanwhile: ${await origin.calls()}.`;
};
