import { registerHooks } from 'node:module';
import type { SharedKafka } from './shared-kafka.js';
import type { SharedRedis } from './shared-redis.js';

/** The global object that passes the shared servers to the teardown in this same process. */
export type WithSharedServers = typeof globalThis & {
  datadipTestRedis?: SharedRedis;
  datadipTestKafka?: SharedKafka;
};

/**
 * Prepares a run of the tests: a fresh build, a shared Redis, and Kafka on demand. Jest does not
 * resolve `./x.js` to `./x.ts` in this file as it does in tests. So the imports wait until a hook
 * resolves these names.
 */
export default async function globalSetup(): Promise<void> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const isOwnModule = /^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts') === true;
      return next(isOwnModule ? specifier.replace(/\.js$/, '.ts') : specifier, context);
    },
  });
  try {
    const { endWithParent } = await import('./end-with-parent.js');
    const { ensureFreshBuild } = await import('./fresh-build.js');
    const { SharedKafka } = await import('./shared-kafka.js');
    const { startSharedRedis } = await import('./shared-redis.js');
    // If a script runner is ended, only its shell receives the signal, and this process does not.
    if (process.env.npm_lifecycle_event !== undefined) endWithParent();
    ensureFreshBuild();
    const redis = await startSharedRedis();
    (globalThis as WithSharedServers).datadipTestRedis = redis;
    process.env.DATADIP_TEST_REDIS_URL = redis.url;
    const kafka = new SharedKafka();
    (globalThis as WithSharedServers).datadipTestKafka = kafka;
    await kafka.offer();
  } finally {
    hooks.deregister();
  }
}
