import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { startRedis } from '../../support/redis-server.js';
import { startProxy } from '../../support/tcp-proxy.js';
import { NEW_NAME } from './crm.js';
import { Scene, WAYS } from './scene.js';

let scene: Scene;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await scene.stop();
  for (const close of closing.splice(0)) await close();
});

describe('an invalidation', () => {
  it('never scans a key space, nor empties one', async () => {
    const forbidden = ['KEYS', 'SCAN', 'FLUSHALL', 'FLUSHDB', 'RANDOMKEY', 'DBSIZE', 'SWAPDB'];
    const server = await startRedis({ args: forbidden.flatMap((command) => ['--rename-command', command, '']) });
    closing.push(() => server.stop());
    scene = await Scene.open({ store: [server.url, server.url] });
    for (const way of WAYS) await scene.keep(way);
    scene.crm.marryAda();
    const eventId = randomUUID();
    expect((await scene.forget({ eventId, critical: true })).json).toEqual({
      invalidated: WAYS.length,
      duplicate: false,
    });
    expect((await scene.forget({ eventId }, 1)).json).toEqual({ invalidated: WAYS.length, duplicate: true });
    for (const way of WAYS) expect((await scene.ask(way, 1)).json).toMatchObject({ displayName: NEW_NAME });
    expect(await commandsOf(server.url)).toEqual(expect.arrayContaining(['evalsha', 'hkeys', 'del']));
    const asked = (await commandsOf(server.url)).filter((name) => forbidden.includes(name.toUpperCase()));
    expect(asked).toEqual([]);
  });

  /**
   * The line delays each chunk, there and back, so that one round trip after another cannot take less than twice the delay each, and
   * four of them not less than eight times the delay. Whoever is quicker made no more than three. A slow machine, or a heartbeat that
   * was sent a moment before and is waited for, can make it slower but never quicker: so one quick time of many is proof.
   */
  it('of a customer with four entries takes three round trips', async () => {
    const DELAY_MS = 40;
    const server = await startRedis();
    const line = await startProxy(server.port);
    closing.push(
      () => line.stop(),
      () => server.stop(),
    );
    scene = await Scene.open({ store: line.url() });
    const quickMs = await eventually(
      async () => {
        await line.pass();
        for (const way of WAYS) await scene.keep(way);
        await line.delay(DELAY_MS);
        const { json, elapsedMs } = await scene.forget({ eventId: randomUUID() });
        expect(json).toEqual({ invalidated: WAYS.length, duplicate: false });
        expect(elapsedMs).toBeLessThan(8 * DELAY_MS);
        return elapsedMs;
      },
      { withinMs: 15_000 },
    );
    expect(quickMs).toBeGreaterThanOrEqual(2 * DELAY_MS);
    await line.pass();
  });
});

/** Every command the server has been asked, in lower case. */
async function commandsOf(url: string): Promise<string[]> {
  const client = new Redis(url);
  try {
    const stats = await client.info('commandstats');
    return [...stats.matchAll(/^cmdstat_([a-z_]+)/gm)].map(([, name = '']) => name);
  } finally {
    client.disconnect();
  }
}
