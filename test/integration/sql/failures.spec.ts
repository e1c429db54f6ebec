import { describe, expect, it } from '@jest/globals';
import type { TestApp } from '../../support/app.js';
import { bounded } from '../../support/bounded.js';
import { eventually } from '../../support/eventually.js';
import { startProxy } from '../../support/tcp-proxy.js';
import { DATABASES } from './databases.js';
import { dip, faultsOf, onDatabase, type StageChanges } from './stage.js';

const ADA = { contactFound: true, name: 'Ada Lovelace', error: '' };
const TIMED_OUT = { contactFound: false, source: 'degraded', error: 'origin_timeout' };
const FAILED = { contactFound: false, source: 'degraded', error: 'origin_error' };
/** Far longer than the timeout of a call, on a busy machine. Far shorter than a statement. */
const BOUND_MS = 10_000;
const ASKED = { ani: '+15550017' };

/** Statements of 60 s, and a database that hangs, dies or refuses: every wait has a bound. */
describe.each(DATABASES)('a lookup on %s', (type, startDatabase) => {
  const slow = {
    key: [{ input: 'ani', kind: 'phone' }],
    origin: {
      system: 'erp',
      sql: `select ${type === 'mysql' ? 'sleep' : 'pg_sleep'}(60) as name from customers where phone = {ani}`,
    },
    fields: { name: { type: 'string' } },
    cache: { ttlMs: 1, staleMs: 0, notFoundTtlMs: 0, nearTtlMs: 0 },
  };
  const stage = onDatabase(startDatabase);
  const start = (changes: StageChanges = {}, url?: string): Promise<TestApp> =>
    stage.start({ ...changes, lookups: { slow } }, url);
  const ask = (on: TestApp, lookup = 'customer', inputs: object = ASKED): Promise<Record<string, unknown>> =>
    bounded(dip(on, inputs, lookup), BOUND_MS, 'the answer');
  const running = (count: number): Promise<void> =>
    eventually(async () => expect(await stage.database.running()).toBe(count));
  const isWell = (on: TestApp): Promise<void> => eventually(async () => expect(await ask(on)).toMatchObject(ADA));

  it('cancels a statement that outlives its timeout, and goes on with the same connections', async () => {
    const on = await start();
    const before = { sessions: await stage.database.sessions(), cancelled: await stage.database.cancelled() };
    const dips = ['+15550017', '+15550018'].map((ani) => ask(on, 'slow', { ani }));
    expect(await Promise.all(dips)).toMatchObject([TIMED_OUT, TIMED_OUT]);
    await running(0);
    expect((await stage.database.cancelled()) - before.cancelled).toBe(2);
    await isWell(on);
    expect(await stage.database.sessions()).toBe(before.sessions);
  });

  it('fails at once if the database dies half-way, and answers when it is back', async () => {
    const on = await start({ system: { timeoutMs: 4000 } });
    const half = ask(on, 'slow');
    await running(1);
    await stage.database.kill();
    expect(await half).toMatchObject(FAILED);
    expect(await ask(on)).toMatchObject({ source: 'degraded' });
    expect(faultsOf(on)[0]).toMatch(/^connection_(lost|refused)$/);
    await stage.database.start();
    await isWell(on);
  });

  it('refuses to wait for a database that hangs half-way, and answers when it goes on', async () => {
    const on = await start();
    const half = ask(on, 'slow');
    await running(1);
    await stage.database.pause();
    try {
      expect(await half).toMatchObject(TIMED_OUT);
      const more = Array.from({ length: 8 }, (_, at) => ask(on, 'customer', { ani: `+1555001${at}` }));
      for (const answer of await Promise.all(more)) expect(answer).toMatchObject({ source: 'degraded' });
    } finally {
      await stage.database.resume();
    }
    await isWell(on);
    await running(0);
    expect(await stage.database.sessions()).toBeLessThanOrEqual(5);
  });

  it('ends while the database hangs', async () => {
    const on = await start();
    const half = ask(on, 'slow');
    await running(1);
    await stage.database.pause();
    try {
      await half;
      await stage.stop();
    } finally {
      await stage.database.resume();
    }
    await running(0);
  });

  it('starts while the database refuses connections, and answers when it listens', async () => {
    await stage.database.kill();
    const on = await start();
    expect(await ask(on)).toMatchObject(FAILED);
    expect(faultsOf(on)[0]).toBe('connection_refused');
    await stage.database.start();
    await isWell(on);
  });

  it('refuses to wait for a server that accepts the connection and says nothing', async () => {
    const { database } = stage;
    const proxy = await startProxy(database.port);
    try {
      await proxy.hang();
      const on = await start({}, database.url.replace(`:${database.port}/`, `:${proxy.port}/`));
      expect(await ask(on)).toMatchObject(TIMED_OUT);
      await proxy.pass();
      await isWell(on);
      await proxy.blackhole();
      expect(await ask(on)).toMatchObject({ source: 'degraded' });
      await proxy.pass();
      await isWell(on);
      await proxy.hang();
      await stage.stop();
    } finally {
      await proxy.stop();
    }
  });

  it('answers on the connections that the database permits', async () => {
    // The server may still count sessions of the service before.
    await eventually(async () => expect(await stage.database.sessions()).toBe(0));
    await stage.database.limitSessions(1);
    try {
      const on = await start();
      // The one connection is open: a call that opened another one would be refused.
      await isWell(on);
      const half = ask(on, 'slow');
      await running(1);
      expect(await ask(on)).toMatchObject({ source: 'degraded' });
      expect(faultsOf(on)).toContain('too_many_connections');
      await half;
      await isWell(on);
      expect(await stage.database.sessions()).toBe(1);
    } finally {
      await stage.database.limitSessions(100);
    }
  });
});
