import type { WithSharedServers } from './global-setup.js';

export default async function globalTeardown(): Promise<void> {
  const { datadipTestKafka, datadipTestRedis } = globalThis as WithSharedServers;
  await Promise.all([datadipTestKafka?.stop(), datadipTestRedis?.stop()]);
}
