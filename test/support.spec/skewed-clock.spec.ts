import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis } from '../support/redis-server.js';
import { SkewedClocks } from '../support/skewed-clock.js';

const BEHIND_MS = -30_500;
/** Far more than a command takes on a busy machine, and far less than the shift. */
const ABOUT_MS = 10_000;

let clocks: SkewedClocks;
beforeAll(async () => {
  clocks = await SkewedClocks.make();
});
afterAll(() => clocks.stop());

const isAbout = (atMs: number, aheadMs: number): boolean => Math.abs(atMs - Date.now() - aheadMs) < ABOUT_MS;

describe('a skewed clock', () => {
  it('shifts the wall clock of a Node process and not its timers', async () => {
    const script =
      'const at = performance.now(); setTimeout(() => console.log(Date.now(), performance.now() - at), 50)';
    const env = { ...process.env, ...(await clocks.env('node', BEHIND_MS)) };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env });
    const [atMs = 0, tookMs = 0] = stdout.split(' ').map(Number);

    expect(isAbout(atMs, BEHIND_MS)).toBe(true);
    expect(tookMs).toBeGreaterThanOrEqual(49);
  });

  it('shifts the clock of a Redis server, and changes while the server runs', async () => {
    const redis = await startRedis({ env: await clocks.env('redis', 30_000) });
    const client = new Redis(redis.port, '127.0.0.1');
    try {
      const storeMs = async (): Promise<number> => Number((await client.time())[0]) * 1000;
      expect(isAbout(await storeMs(), 30_000)).toBe(true);

      await clocks.set('redis', BEHIND_MS);
      expect(isAbout(await storeMs(), BEHIND_MS)).toBe(true);
    } finally {
      client.disconnect();
      await redis.stop();
    }
  });
});
