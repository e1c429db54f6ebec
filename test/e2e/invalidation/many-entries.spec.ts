import { afterEach, describe, expect, it } from '@jest/globals';
import { MAX_ENTRIES_PER_CUSTOMER } from '../../../src/cache/internal/customer-index.js';
import { startRedis, type TestRedis } from '../../support/redis-server.js';
import type { HttpAnswer } from '../../support/http.js';
import { ADA } from './crm.js';
import { contactEvent } from './envelopes.js';
import { Scene } from './scene.js';

const MAX_SUBJECTS = 1000;

let scene: Scene;
let redis: TestRedis | undefined;
afterEach(async () => {
  await scene.stop();
  await redis?.stop();
  redis = undefined;
});

function merge(count: number): Record<string, unknown> {
  const mergeSet = Array.from({ length: count - 1 }, (_, at) => ({ id: `merged-${at}` }));
  return contactEvent({ body: { id: ADA.id, mergeSet } });
}

describe('an event about many customers', () => {
  it.each([['memory'], ['redis']])(
    'an event may name 1,000 customers and identifiers, on the store %s',
    async (store) => {
      scene = await Scene.open({ store });
      await scene.askAndStore();
      expect(await scene.eventBridge(merge(MAX_SUBJECTS))).toMatchObject({ status: 200, json: { invalidated: 1 } });
      const answer = await scene.eventBridge(merge(MAX_SUBJECTS + 1));
      expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_event' } });
      expect(answer.text).toContain('names 1001 customers and identifiers; allowed: 1 to 1000');
      // A body of 10,000 objects is refused before it is parsed.
      expect(await scene.eventBridge(merge(10_000))).toMatchObject({ status: 400, json: { code: 'nested_value' } });
      const ani = Array.from({ length: MAX_SUBJECTS }, (_, at) => `+1555${at}`);
      expect((await scene.invalidate({ identifiers: { ani } })).status).toBe(400);
      expect((await scene.invalidate({ identifiers: { ani: ani.slice(1) } })).status).toBe(200);
    },
  );

  it('events about many customers make no read of another caller fail, and leave the store available', async () => {
    redis = await startRedis();
    scene = await Scene.open({ store: redis.url, env: { REDIS_TIMEOUT_MS: '250' } });
    await scene.askForBob();
    await scene.settled();
    const busy = { isBusy: true };
    const others: string[] = [];
    const reading = (async () => {
      while (busy.isBusy) others.push(String((await scene.askForBob()).json?.source));
    })();
    const answers = await Promise.all(Array.from({ length: 8 }, () => scene.eventBridge(merge(MAX_SUBJECTS))));
    busy.isBusy = false;
    await reading;
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(others)).toEqual(new Set(['cache']));
    // A busy machine may let one command time out. The breaker must not open for it.
    expect((await scene.get('/metrics')).text).not.toMatch(/^datadip_cache_errors_total\{.*kind="breaker_open"/m);
  });
});

describe.each([['memory'], ['redis']])('a customer with more entries than the limit, on the store %s', (store) => {
  const phone = (at: number): string => `+1555${1000 + at}`;
  const ask = (at: number): Promise<HttpAnswer> => scene.lookup('customer', { ani: phone(at) });

  it('every entry is stored, the one that expires first gives way, and an event deletes all', async () => {
    scene = await Scene.open({ store });
    let lastName = 'Byron';
    scene.origin.answer(() => ({ results: [{ ...ADA, lastName }] }));
    const [count, further] = [MAX_ENTRIES_PER_CUSTOMER, 4];
    const all = Array.from({ length: count + further }, (_, at) => at);
    for (const at of all) {
      expect((await ask(at)).json).toMatchObject({ source: 'origin' });
      await scene.settled();
    }
    expect((await ask(count)).json).toMatchObject({ source: 'cache' });
    expect((await ask(count + further - 1)).json).toMatchObject({ source: 'cache' });
    const { text } = await scene.get('/metrics');
    expect(text).toMatch(new RegExp(`^datadip_displaced_entries_total\\{lookup="customer"\\} ${further}$`, 'm'));
    const lines = scene.logs.filter(({ displaced }) => displaced !== undefined);
    expect(lines).toMatchObject([{ tenant: '10001', lookup: 'customer', displaced: 1, level: 40 }]);
    lastName = 'Lovelace';
    expect((await scene.invalidate()).json).toEqual({ invalidated: count, duplicate: false });
    for (const at of all.filter((at) => at % 10 === 0))
      expect((await ask(at)).json).toMatchObject({ displayName: 'Ada Lovelace', source: 'origin' });
  });
});
