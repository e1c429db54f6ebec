import type { WithSharedRedis } from './global-setup.js';

export default async function globalTeardown(): Promise<void> {
  await (globalThis as WithSharedRedis).datadipTestRedis?.stop();
}
