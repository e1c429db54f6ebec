import { beforeEach, describe, expect, it } from '@jest/globals';
import { AgentRegistry } from '../../src/sandbox/agents/agent-registry.js';
import { PlatformSandbox } from './parts/platform-sandbox.js';

interface User {
  readonly id: string;
  readonly state: string;
  readonly routingStatus?: { readonly status: string; readonly startTime: string };
  readonly presence?: {
    readonly presenceDefinition: { readonly systemPresence: string };
    readonly modifiedDate: string;
  };
  readonly conversationSummary?: unknown;
}

const EVERYTHING = 'expand=routingStatus,presence,conversationSummary';

const sandbox = PlatformSandbox.forEachTest();
let token: string;
beforeEach(async () => {
  token = await sandbox.token();
});

describe('the users of the stand-in Genesys Cloud', () => {
  it('are listed page by page, each active one once', async () => {
    await sandbox.control('PUT', 'agents', { count: 120 });
    const first = await list('pageSize=50');
    expect(first).toMatchObject({ total: 119, pageCount: 3, pageNumber: 1, pageSize: 50 });
    expect(first).toHaveProperty('nextUri');
    expect(first).not.toHaveProperty('previousUri');
    const pages = [first, await list('pageSize=50&pageNumber=2'), await list('pageSize=50&pageNumber=3')];
    const ids = pages.flatMap(({ entities }) => entities.map(({ id }) => id));
    expect(ids).toHaveLength(119);
    expect(new Set(ids).size).toBe(119);
    expect(ids).not.toContain(user(100));
    expect(pages[2]).not.toHaveProperty('nextUri');
    expect((await list('pageNumber=4&pageSize=50')).entities).toEqual([]);
    expect((await list('')).entities).toHaveLength(25);
  });

  it('are those asked for, by repeated ids or by ids joined, and in the state asked for', async () => {
    const [one, hundred] = [user(1), user(100)];
    for (const ids of [`id=${one}&id=${hundred}`, `id=${one},${hundred}`, `id=${one}%2C${hundred}`]) {
      expect((await list(ids)).entities.map(({ id }) => id)).toEqual([one]);
      expect((await list(`${ids}&state=inactive`)).entities.map(({ id }) => id)).toEqual([hundred]);
      expect((await list(`${ids}&state=any`)).entities.map(({ id }) => id)).toEqual([one, hundred]);
    }
    expect((await list('id=nobody')).entities).toEqual([]);
  });

  it('have a status only if the request expands it', async () => {
    const [bare] = (await list(`id=${user(1)}`)).entities;
    expect(Object.keys(bare ?? {})).not.toEqual(expect.arrayContaining(['routingStatus']));
    expect(bare).not.toHaveProperty('presence');
    const [told] = (await list(`id=${user(1)}&${EVERYTHING}`)).entities;
    expect(told).toMatchObject({
      routingStatus: { userId: user(1), status: 'IDLE' },
      presence: { presenceDefinition: { id: 'e08eaf1b-ee47-4fa9-a231-1200e284798f', systemPresence: 'On Queue' } },
      conversationSummary: { call: { contactCenter: { active: 0, acw: 0 } } },
    });
    const alone = await sandbox.get(`/api/v2/users/${user(1)}?expand=presence&expand=routingStatus`, token);
    expect(alone.json).toMatchObject({ presence: told?.presence, routingStatus: told?.routingStatus });
    expect(alone.json).not.toHaveProperty('conversationSummary');
  });

  it.each(['pageSize=0', 'pageSize=501', 'pageSize=x', 'pageNumber=0'])('are not listed for %s', async (query) => {
    const refused = await sandbox.get(`/api/v2/users?${query}`, token);
    expect(refused).toMatchObject({ status: 400, json: { code: 'bad.request' } });
  });

  it('that do not exist get 404, and OFF_QUEUE on the route of the routing status', async () => {
    const nobody = user(251);
    expect(await sandbox.get(`/api/v2/users/${nobody}`, token)).toMatchObject({
      status: 404,
      json: { code: 'not.found' },
    });
    const status = await sandbox.get(`/api/v2/users/${nobody}/routingstatus`, token);
    expect(status).toMatchObject({ status: 200, json: { userId: nobody, status: 'OFF_QUEUE' } });
    const known = await sandbox.get(`/api/v2/users/${user(5)}/routingstatus`, token);
    expect(known.json).toMatchObject({ userId: user(5), status: 'INTERACTING', startTime: expect.any(String) });
  });

  it('have their presences returned in bulk, at most 50 of them', async () => {
    const bulk = '/api/v2/users/presences/purecloud/bulk';
    const some = JSON.parse(
      (await sandbox.get(`${bulk}?id=${user(8)},${user(999)},${user(7)}`, token)).text,
    ) as unknown;
    expect(some).toMatchObject([
      { userId: user(8), source: 'PURECLOUD', presenceDefinition: { systemPresence: 'Offline' } },
      { userId: user(7), presenceDefinition: { systemPresence: 'Break' } },
    ]);
    const many = Array.from({ length: 51 }, (_, i) => user(i + 1)).join(',');
    expect(await sandbox.get(`${bulk}?id=${many}`, token)).toMatchObject({ status: 400 });
  });

  it('write On Queue as the switch onQueue says', async () => {
    for (const onQueue of ['OnQueue', 'ON_QUEUE', 'On Queue']) {
      await sandbox.control('PUT', 'genesys/behaviour', { onQueue });
      const [told] = (await list(`id=${user(1)}&expand=presence`)).entities;
      expect(told?.presence?.presenceDefinition.systemPresence).toBe(onQueue);
    }
  });
});

describe('a changed agent', () => {
  it('is changed everywhere, and what stays the same keeps its time', async () => {
    const before = await one(1);
    await sandbox.control('PUT', 'agents/1', { routingStatus: 'NOT_RESPONDING', agoMs: 60_000 });
    const after = await one(1);
    expect(after.presence).toEqual(before.presence);
    expect(after.routingStatus?.status).toBe('NOT_RESPONDING');
    const agoMs = Date.now() - Date.parse(after.routingStatus?.startTime ?? '');
    expect(agoMs).toBeGreaterThanOrEqual(60_000);
    expect(agoMs).toBeLessThan(90_000);
    await sandbox.control('PUT', 'agents/1', { conversations: 2, wrapUps: 1, presence: 'Meal', state: 'inactive' });
    expect(await one(1)).toMatchObject({
      state: 'inactive',
      routingStatus: after.routingStatus,
      presence: { presenceDefinition: { systemPresence: 'Meal' } },
      conversationSummary: { call: { contactCenter: { active: 2, acw: 1 } } },
    });
    expect((await list(`id=${user(1)}`)).entities).toEqual([]);
    await sandbox.control('DELETE', 'agents/1');
    expect(await one(1)).toEqual(before);
  });

  it.each([
    ['agents/1', { routingStatus: 'READY' }, 400],
    ['agents/1', { presence: 'OnQueue' }, 400],
    ['agents/1', { wrapUps: -1 }, 400],
    ['agents/1', { agoMs: 1e9 }, 400],
    ['agents/1', { status: 'IDLE' }, 400],
    ['agents/0', {}, 404],
    ['agents/251', {}, 404],
    ['agents/x', {}, 404],
    ['agents', { count: 50_001 }, 400],
    ['agents', {}, 400],
  ])('is refused at %s with %o', async (path, change, status) => {
    expect(await sandbox.send('PUT', `/sandbox/${path}`, JSON.stringify(change))).toMatchObject({ status });
  });

  it('is forgotten when there are fewer agents', async () => {
    await sandbox.control('PUT', 'agents/200', { presence: 'Meal' });
    await sandbox.control('PUT', 'agents', { count: 199 });
    expect(await sandbox.send('GET', '/sandbox/agents/200')).toMatchObject({ status: 404 });
    await sandbox.control('PUT', 'agents', { count: 250 });
    expect(await sandbox.control('GET', 'agents')).toEqual({ count: 250 });
    expect(await sandbox.control('GET', 'agents/200')).toMatchObject({ presence: 'On Queue' });
  });
});

describe('changed agents', () => {
  it('are at most 10000', () => {
    const book = new AgentRegistry();
    book.resize({ count: 10_001 });
    for (let n = 1; n <= 10_000; n += 1) book.change(n, { wrapUps: 1 });
    expect(() => book.change(10_001, { wrapUps: 1 })).toThrow(expect.objectContaining({ status: 409 }));
    expect(book.change(1, { wrapUps: 2 })).toMatchObject({ wrapUps: 2 });
    book.undo(1);
    expect(book.change(10_001, { wrapUps: 1 })).toMatchObject({ n: 10_001, wrapUps: 1 });
  });
});

describe('the members of a queue', () => {
  const members = (query: string, id = queue(1)): Promise<Record<string, unknown>> =>
    sandbox.get(`/api/v2/routing/queues/${id}/members?${query}`, token).then(({ json = {} }) => json);

  it('are every twentieth agent, filtered by the request', async () => {
    const all = await members(`${EVERYTHING}&pageSize=100`);
    expect(all).toMatchObject({ total: 13, pageCount: 1 });
    expect((all.entities as User[]).map(({ id }) => id)).toContain(user(241));
    expect(all.entities).toMatchObject([
      { id: user(1), joined: true, memberBy: 'user', routingStatus: { status: 'IDLE' }, user: { presence: {} } },
      ...Array.from({ length: 12 }, () => ({})),
    ]);
    await sandbox.control('PUT', 'agents/21', { routingStatus: 'INTERACTING', presence: 'Available' });
    expect((await members('routingStatus=INTERACTING')).entities).toMatchObject([{ id: user(21) }]);
    expect((await members('presence=Available')).entities).toMatchObject([{ id: user(21) }]);
    expect(await members('presence=Meal')).toMatchObject({ entities: [], total: 0 });
  });

  it('get 404 for an unknown queue, and 400 for a page above 100', async () => {
    expect(await members('', queue(41))).toMatchObject({ status: 404, code: 'not.found' });
    expect(await members('', 'sales')).toMatchObject({ status: 404 });
    expect(await members('pageSize=101')).toMatchObject({ status: 400 });
  });
});

function user(n: number): string {
  return `a0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

function queue(n: number): string {
  return `e0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

async function list(query: string): Promise<{ readonly entities: readonly User[] }> {
  const answer = await sandbox.get(`/api/v2/users?${query}`, token);
  expect(answer.status).toBe(200);
  return answer.json as unknown as { entities: User[] };
}

async function one(n: number): Promise<User> {
  return (await sandbox.get(`/api/v2/users/${user(n)}?${EVERYTHING}`, token)).json as unknown as User;
}
