import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bounded } from '../../support/bounded.js';
import type { DatadipProcess } from '../../support/datadip-process.js';
import { eventually } from '../../support/eventually.js';
import { KAFKA_STARTS_WITHIN_MS } from '../../support/kafka.js';
import { HomeScene } from './home-scene.js';

const ENTRY = 'dist/cli/move-home.js';
/** The longest bound of the command, with a margin for a busy machine. */
const ENDS_WITHIN_MS = 90_000;

let scene: HomeScene;
beforeAll(async () => {
  scene = await HomeScene.open();
}, KAFKA_STARTS_WITHIN_MS);
afterAll(() => scene.stop());

const start = (args: readonly string[], env: Record<string, string> = {}, region = 'us'): Promise<DatadipProcess> =>
  scene.regions.region(region).startCommand(ENTRY, args, env);
const endOf = async (command: DatadipProcess): Promise<{ readonly code: unknown; readonly output: string }> => {
  const { code } = await bounded(command.exited, ENDS_WITHIN_MS, 'the end of the command');
  return { code, output: command.output };
};
const run = async (args: readonly string[], env: Record<string, string> = {}, region = 'us') =>
  endOf(await start(args, env, region));
const says = (command: DatadipProcess, text: string, withinMs = 30_000): Promise<void> =>
  eventually(() => expect(command.output).toContain(text), { withinMs });

describe('npm run move-home', () => {
  /** Commands that wait for 10 s and for 30 s. So they wait together. */
  let withoutRedis: DatadipProcess;
  let withoutKafka: DatadipProcess;
  beforeAll(async () => {
    withoutRedis = await start(['--tenant', '40004', '--to', 'eu'], { REDIS_URL: 'redis://127.0.0.1:9' });
    withoutKafka = await start(['--tenant', '60006', '--to', 'eu'], { KAFKA_BROKERS: '127.0.0.1:9' });
  });
  afterAll(() => Promise.all([withoutRedis.kill(), withoutKafka.kill()]));

  it.each([
    [
      'a tenant that is no tenant name',
      ['--tenant', 'a tenant', '--to', 'eu'],
      64,
      'invalid --tenant; allowed: 1 to 64',
    ],
    ['every tenant at once', ['--tenant', '*', '--to', 'eu'], 64, 'invalid --tenant'],
    ['no tenant', ['--to', 'eu'], 64, '--tenant is missing'],
    ['an unknown region', ['--tenant', '40004', '--to', 'mars'], 64, 'unknown region "mars"; allowed: us, eu, ap'],
  ])('refuses %s', async (_what, args, code, text) => {
    const ended = await run(args);
    expect(ended.code).toBe(code);
    expect(ended.output).toContain(text);
  });

  it('succeeds and says so if the region is the home already', async () => {
    expect(await run(['--tenant', '40004', '--to', 'us'])).toEqual({
      ...{ code: 0, output: 'us is already the home of the tenant' },
    });
  });

  it('says that the Redis of the region does not answer, and ends', async () => {
    const { code, output } = await endOf(withoutRedis);
    expect(code).toBe(69);
    expect(output).toContain('waiting for the Redis of us to answer');
    expect(output).toContain('move-home: the Redis of us does not answer within 10 s; check REDIS_URL');
  });

  it('says within seconds that Kafka is away, and ends', async () => {
    await says(withoutKafka, 'waiting for Kafka to take the record');
    const { code, output } = await endOf(withoutKafka);
    expect(code).toBe(75);
    expect(output).toMatch(/not finished: still waiting for Kafka to take the record.*run the command again/);
    expect((await scene.claim('us', 'q', randomUUID(), '60006')).json).toMatchObject({ error: '', region: 'us' });
  });

  it('moves the home after it was interrupted, with one agent per call and higher fences', async () => {
    const tenant = '40004';
    const queue = await scene.freeAgents(2, tenant);
    const before = (await scene.claim('us', queue, randomUUID(), tenant)).json;
    const first = await start(['--tenant', tenant, '--to', 'eu']);
    await says(first, 'waiting for');
    await eventually(async () => {
      for (const region of ['us', 'eu', 'ap'])
        expect((await scene.claim(region, queue, randomUUID(), tenant)).json).toMatchObject({ error: 'no_home' });
    });
    first.signal('SIGINT');
    expect(await endOf(first)).toMatchObject({
      ...{ code: 130, output: expect.stringContaining('interrupted; run the command again to continue') },
    });

    // Another region continues the move.
    const { code, output } = await run(['--tenant', tenant, '--to', 'eu'], {}, 'ap');
    expect(output).toContain('eu is the home of the tenant');
    expect(code).toBe(0);
    for (const region of ['us', 'eu', 'ap'])
      await eventually(async () =>
        expect((await scene.claim(region, 'q', randomUUID(), tenant)).json).toMatchObject({ error: '', region: 'eu' }),
      );
    const moved = await scene.freeAgents(1, tenant, 'eu');
    const { json } = await scene.claim('ap', moved, randomUUID(), tenant);
    expect(json).toMatchObject({ agentFound: true, region: 'eu' });
    expect(Number(json?.fence)).toBeGreaterThan(Number(before?.fence));
  });

  it('succeeds again while the home is not heard, and refuses another region that is not heard', async () => {
    await scene.regions.cut('eu', 'bus');
    await eventually(async () => {
      const { text } = await scene.regions.region('us').get('/health/ready');
      expect(text).toMatch(/"notHeard":\["eu"\]/);
    });
    expect(await run(['--tenant', '40004', '--to', 'eu'])).toEqual({
      ...{ code: 0, output: 'eu is already the home of the tenant' },
    });
    const { code, output } = await run(['--tenant', '60006', '--to', 'eu']);
    expect([code, output]).toEqual([1, 'move-home: the region eu is not heard; start it first']);
  });
});
