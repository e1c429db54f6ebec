import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../support/eventually.js';
import { startRedis } from '../../support/redis-server.js';
import { startProxy } from '../../support/tcp-proxy.js';
import { NEW_NAME } from './crm.js';
import { Scene, INPUTS } from './scene.js';

let scene: Scene;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await scene.stop();
  for (const close of closing.splice(0)) await close();
});

describe('the Redis commands of an invalidation', () => {
  it('an invalidation neither scans nor clears the key space', async () => {
    const forbidden = ['KEYS', 'SCAN', 'FLUSHALL', 'FLUSHDB', 'RANDOMKEY', 'DBSIZE', 'SWAPDB'];
    const server = await startRedis({ args: forbidden.flatMap((command) => ['--rename-command', command, '']) });
    closing.push(() => server.stop());
    scene = await Scene.open({ store: [server.url, server.url] });
    for (const input of INPUTS) await scene.askAndStore(input);
    scene.crm.renameAda();
    const eventId = randomUUID();
    expect((await scene.invalidate({ eventId, critical: true })).json).toEqual({
      invalidated: INPUTS.length,
      duplicate: false,
    });
    expect((await scene.invalidate({ eventId }, 1)).json).toEqual({ invalidated: INPUTS.length, duplicate: true });
    for (const input of INPUTS) expect((await scene.ask(input, 1)).json).toMatchObject({ displayName: NEW_NAME });
    expect(await commandsOf(server.url)).toEqual(expect.arrayContaining(['evalsha', 'hkeys', 'del']));
    const used = (await commandsOf(server.url)).filter((name) => forbidden.includes(name.toUpperCase()));
    expect(used).toEqual([]);
  });

  /**
   * The line delays each chunk in both directions, so that one round trip takes at least twice the
   * delay. Five round trips take at least ten times the delay. A shorter invalidation made at
   * most four. A slow machine or a heartbeat only adds time: one short invalidation is proof.
   */
  it('an invalidation of four entries takes at most four round trips', async () => {
    const DELAY_MS = 40;
    const server = await startRedis();
    const line = await startProxy(server.port);
    closing.push(
      () => line.stop(),
      () => server.stop(),
    );
    scene = await Scene.open({ store: line.url() });
    const shortestMs = await eventually(
      async () => {
        await line.pass();
        for (const input of INPUTS) await scene.askAndStore(input);
        await line.delay(DELAY_MS);
        const { json, elapsedMs } = await scene.invalidate({ eventId: randomUUID() });
        expect(json).toEqual({ invalidated: INPUTS.length, duplicate: false });
        expect(elapsedMs).toBeLessThan(10 * DELAY_MS);
        return elapsedMs;
      },
      { withinMs: 15_000 },
    );
    expect(shortestMs).toBeGreaterThanOrEqual(2 * DELAY_MS);
    await line.pass();
  });
});

/** Every command that the server has received, in lower case. */
async function commandsOf(url: string): Promise<string[]> {
  const client = new Redis(url);
  try {
    const stats = await client.info('commandstats');
    return [...stats.matchAll(/^cmdstat_([a-z_]+)/gm)].map(([, name = '']) => name);
  } finally {
    client.disconnect();
  }
}
