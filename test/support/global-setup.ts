import { registerHooks } from 'node:module';
import type { SharedRedis } from './shared-redis.js';

/** Where the teardown, which runs in this same process, finds what was started. */
export type WithSharedRedis = typeof globalThis & { datadipTestRedis?: SharedRedis };

/**
 * Jest compiles this file and what it imports, but maps no names here as it does in tests: `./x.js` must be found as `./x.ts`. That
 * is why the imports wait until the hook stands.
 */
export default async function globalSetup(): Promise<void> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const ours = /^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts') === true;
      return next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
    },
  });
  try {
    const { endWithParent } = await import('./end-with-parent.js');
    const { ensureFreshBuild } = await import('./fresh-build.js');
    const { startSharedRedis } = await import('./shared-redis.js');
    // Of a script runner only the shell below it hears of an end, and dies without a word to us.
    if (process.env.npm_lifecycle_event !== undefined) endWithParent();
    ensureFreshBuild();
    const redis = await startSharedRedis();
    (globalThis as WithSharedRedis).datadipTestRedis = redis;
    process.env.DATADIP_TEST_REDIS_URL = redis.url;
  } finally {
    hooks.deregister();
  }
}
