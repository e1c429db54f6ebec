/** This file exceeds 220 lines because all causes are made at the same two servers. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis as Client } from 'ioredis';
import { startApp, type TestApp } from '../support/app.js';
import { ADA, declaration } from '../support/declaration.js';
import { eventually } from '../support/eventually.js';
import { get } from '../support/http.js';
import type { OpenHandles } from '../support/open-handles.js';
import { startOrigin, type ScriptedOrigin } from '../support/origin.js';
import { freePort } from '../support/private-port.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { startProxy } from '../support/tcp-proxy.js';
import { lookUpCustomer } from './parts/callers.js';
import { currentHandles, untilHandlesClosed } from './parts/open-handles.js';

const UNAVAILABLE = 'Redis is unavailable: lookups are answered by their origins';
const REFUSES_WRITES = 'Redis refuses writes: nothing new is stored, events and claims are refused';
const LACKS = 'Redis refuses what Datadip needs: docs/operations/redis-user.md lists the permissions';

let before: OpenHandles;
let server: TestRedis;
let secured: TestRedis;
let observer: Client;
let origin: ScriptedOrigin;
let app: TestApp | undefined;
const restore: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  before = currentHandles();
  server = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] });
  secured = await startRedis({ tls: true });
  observer = new Client(server.url);
  origin = await startOrigin(() => ({ results: [ADA] }));
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  for (const step of restore.splice(0)) await step();
});
afterAll(async () => {
  observer.disconnect();
  await origin.stop();
  await Promise.all([server.stop(), secured.stop()]);
  await untilHandlesClosed(before);
});

function listening(url: string): Promise<TestApp> {
  return startApp(declaration(origin.url), { REDIS_URL: url, REDIS_TIMEOUT_MS: '200' }, 'listening');
}

/** The application of one test. */
async function start(url: string): Promise<TestApp> {
  app = await listening(url);
  return app;
}

async function storeOf({ url }: TestApp): Promise<Record<string, unknown>> {
  const { details } = (await get(`${url}/health/ready`)).json as { details: { store: Record<string, unknown> } };
  return details.store;
}

const linesOf = ({ logs }: TestApp, text: string): Record<string, unknown>[] => logs.filter(({ msg }) => msg === text);

async function withUser(rules: readonly string[]): Promise<string> {
  await observer.call('ACL', 'SETUSER', 'limited', 'reset', 'on', '>secret', ...rules);
  restore.push(() => observer.call('ACL', 'DELUSER', 'limited'));
  return server.url.replace('://', '://limited:secret@');
}

async function configured(name: string, value: string, back: string): Promise<string> {
  await observer.config('SET', name, value);
  restore.push(() => observer.config('SET', name, back));
  return server.url;
}

async function hanging(): Promise<string> {
  const proxy = await startProxy(server.port);
  await proxy.hang();
  restore.push(() => proxy.stop());
  return proxy.url();
}

async function withPassword(url: string): Promise<string> {
  await configured('requirepass', 'right', '');
  restore.unshift(() => observer.auth('right'));
  return url;
}

async function withoutSnapshots(): Promise<string> {
  const [, dir = ''] = (await observer.config('GET', 'dir')) as string[];
  // A snapshot cannot replace a directory.
  await mkdir(join(dir, 'dump.rdb'), { recursive: true });
  await configured('save', '3600 1', '');
  await observer.bgsave().catch(() => undefined);
  await eventually(async () => expect(await observer.info('persistence')).toContain('rdb_last_bgsave_status:err'));
  return server.url;
}

async function replicaWithoutMaster(): Promise<string> {
  await configured('replica-serve-stale-data', 'no', 'yes');
  await observer.replicaof('127.0.0.1', 1);
  restore.unshift(() => observer.replicaof('NO', 'ONE'));
  return server.url;
}

async function clusterWithoutSlots(): Promise<string> {
  const node = await startRedis({ args: ['--cluster-enabled', 'yes'] });
  restore.push(() => node.stop());
  return node.url;
}

describe('a Redis that does not serve', () => {
  it.each([
    ['no server listens', 'ECONNREFUSED', 'connection refused', async () => `redis://127.0.0.1:${await freePort()}`],
    ['the host name is unknown', 'ENOTFOUND', 'host name not found in DNS', () => 'redis://no-such-host.invalid'],
    ['the certificate is not trusted', /^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO)/, /certificate/, () => secured.url],
    ['the password is missing', 'NOAUTH', /no password/, () => withPassword(server.url)],
    ['the password is wrong', 'WRONGPASS', /wrong/, () => withPassword(server.url.replace('://', '://:wrong@'))],
    ['the server does not answer', 'ETIMEDOUT', 'no answer in time', hanging],
    ['the database does not exist', 'DB_INDEX', 'database number refused', () => `${server.url}/99`],
    ['it is a replica without its master', 'MASTERDOWN', /replica/, replicaWithoutMaster],
    ['it is a cluster whose slots have no master', 'CLUSTERDOWN', /cluster down/, clusterWithoutSlots],
    [
      'several URLs name a server that is no cluster',
      'NOT_A_CLUSTER',
      'not a cluster',
      () => `${server.url},${server.url}`,
    ],
  ])('when %s, gives this cause in one log line and on the health page', async (_what, code, reason, urlOf) => {
    const started = await start(await urlOf());
    const expected = {
      code: code instanceof RegExp ? expect.stringMatching(code) : code,
      reason: reason instanceof RegExp ? expect.stringMatching(reason) : reason,
    };
    await eventually(async () =>
      expect(await storeOf(started)).toMatchObject({ status: 'degraded', message: 'away', ...expected }),
    );
    await eventually(() => expect(linesOf(started, UNAVAILABLE)).toEqual([expect.objectContaining(expected)]));
    expect((await lookUpCustomer(started.url, '15550017')).json).toMatchObject({ source: 'origin' });
  });
});

describe('a Redis that refuses writes', () => {
  it.each([
    [
      'is a read-only replica',
      'READONLY',
      async () => {
        await observer.replicaof('127.0.0.1', 1);
        restore.push(() => observer.replicaof('NO', 'ONE'));
        return server.url;
      },
    ],
    ['could not write its snapshot', 'MISCONF', withoutSnapshots],
    ['is full', 'OOM', () => configured('maxmemory', '1', '0')],
    ['lacks replicas', 'NOREPLICAS', () => configured('min-replicas-to-write', '1', '0')],
  ])('when it %s, is degraded from the start, with one line and few dials', async (_what, code, urlOf) => {
    const url = await urlOf();
    const started = await start(url);
    const dialled = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await observer.info('stats'))?.[1]);
    await eventually(async () =>
      expect(await storeOf(started)).toMatchObject({ status: 'degraded', message: 'writes refused', code }),
    );
    await eventually(() => expect(linesOf(started, REFUSES_WRITES)).toEqual([expect.objectContaining({ code })]));

    const dialledBefore = await dialled();
    const startMs = performance.now();
    for (let at = 0; at < 30; at += 1) {
      expect((await lookUpCustomer(started.url, `1555${String(at).padStart(7, '0')}`)).json).toMatchObject({
        source: 'origin',
      });
    }
    // At most one look for a new primary a second, and the next one.
    expect((await dialled()) - dialledBefore).toBeLessThanOrEqual(2 + (performance.now() - startMs) / 1000);

    for (const step of restore.splice(0)) await step();
    await eventually(async () => expect(await storeOf(started)).toMatchObject({ status: 'up' }));
    expect(linesOf(started, UNAVAILABLE)).toEqual([]);
  });
});

/** The right that the user lacks, its rules, and the name of the right in the line. */
const LIMITED_USERS: readonly (readonly [what: string, rules: readonly string[], missing: string])[] = [
  ['a channel', ['~*', '+@all', 'resetchannels'], '&datadip:*'],
  ['a command of scripts', ['~*', '&*', '+@all', '-zadd'], '+zadd'],
  ['scripts', ['~*', '&*', '+@all', '-eval', '-evalsha'], '+eval'],
  ['writes', ['~*', '&*', '+@all', '-set'], '+set'],
  ['keys', ['~cust*', '~datadip-*', '&*', '+@all'], '~agent*'],
];

describe('a Redis user at the start', () => {
  /** A process notices after up to 10 s what its user lacks. So all processes wait together. */
  const apps = new Map<string, TestApp>();
  beforeAll(async () => {
    for (const [index, [what, rules]] of LIMITED_USERS.entries()) {
      await observer.call('ACL', 'SETUSER', `limited-${index}`, 'reset', 'on', '>secret', ...rules);
      apps.set(what, await listening(server.url.replace('://', `://limited-${index}:secret@`)));
    }
  });
  afterAll(async () => {
    await Promise.all([...apps.values()].map((each) => each.stop()));
    for (const index of LIMITED_USERS.keys()) await observer.call('ACL', 'DELUSER', `limited-${index}`);
  });

  it.each(LIMITED_USERS)(
    'that lacks %s is named, in one line that says what is missing',
    async (what, _rules, missing) => {
      const started = apps.get(what);
      if (started === undefined) throw new Error('the application did not start');
      await eventually(async () =>
        expect(await storeOf(started)).toMatchObject({
          status: 'degraded',
          code: 'NOPERM',
          missing: expect.arrayContaining([missing]),
        }),
      );
      await eventually(() => expect(linesOf(started, LACKS)).toHaveLength(1));
      expect(linesOf(started, LACKS)[0]).toMatchObject({ code: 'NOPERM', missing: expect.arrayContaining([missing]) });
    },
  );
});

describe('a Redis user', () => {
  it('without channels dials no more than a few times a second', async () => {
    await start(await withUser(['~*', '+@all', 'resetchannels']));
    const dialled = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await observer.info('stats'))?.[1]);
    const dialledBefore = await dialled();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect((await dialled()) - dialledBefore).toBeLessThanOrEqual(6);
  });
});
