import { beforeEach, describe, expect, it } from '@jest/globals';
import { Assignments } from '../../src/sandbox/agents/assignments.js';
import { PlatformSandbox } from './parts/platform-sandbox.js';

type Json = Readonly<Record<string, unknown>>;

const CXONE = '/inContactAPI/services/v27.0';
const KEY = { accessKeyId: 'sandbox-key', accessKeySecret: 'sandbox-key-secret' };

const sandbox = PlatformSandbox.forEachTest();
let token: string;

describe('the queues and skills of the simulated Genesys Cloud', () => {
  beforeEach(async () => {
    token = await sandbox.token();
  });

  it('lists 40 queues in pages, with the numbers of their members', async () => {
    const first = await read('/api/v2/routing/queues?pageSize=25');
    expect(first).toMatchObject({ total: 40, pageCount: 2, pageNumber: 1 });
    const second = await read('/api/v2/routing/queues?pageSize=25&pageNumber=2');
    const ids = [first, second].flatMap(({ entities }) => (entities as Json[]).map(({ id }) => id));
    expect(ids).toEqual(Array.from({ length: 40 }, (_, at) => queue(at + 1)));
    const some = await read(`/api/v2/routing/queues?id=${queue(1)},${queue(40)}`);
    expect(some).toMatchObject({
      entities: [{ id: queue(1), name: 'Queue 1', memberCount: 13, joinedMemberCount: 13 }, { id: queue(40) }],
    });
    expect(await read(`/api/v2/routing/queues/${queue(1)}`)).toMatchObject({ id: queue(1), memberCount: 13 });
  });

  it('gives each of 2,000 agents five queues, eight skills and two languages', async () => {
    await sandbox.control('PUT', 'agents', { count: 2000 });
    const users = await read('/api/v2/users?expand=skills,languages&pageSize=500&pageNumber=2');
    const entities = users.entities as readonly { readonly skills: Json[]; readonly languages: Json[] }[];
    expect(entities).toHaveLength(500);
    const names = new Set<unknown>();
    for (const { skills, languages } of entities) {
      expect(skills).toHaveLength(8);
      expect(languages).toHaveLength(2);
      for (const { name, proficiency } of [...skills, ...languages]) {
        names.add(name);
        expect(proficiency).toBeGreaterThanOrEqual(1);
        expect(proficiency).toBeLessThanOrEqual(5);
      }
    }
    expect(names.size).toBe(30);
    const counts = (await read('/api/v2/routing/queues?pageSize=100')).entities as { memberCount: number }[];
    expect(counts.reduce((sum, { memberCount }) => sum + memberCount, 0)).toBe(1980 * 5);
  });

  it('shows skills and languages alike at the user and at their own routes', async () => {
    const whole = await read(`/api/v2/users/${user(7)}?expand=skills,languages`);
    expect(await read(`/api/v2/users/${user(7)}/routingskills`)).toMatchObject({ total: 8, entities: whole.skills });
    const languages = await read(`/api/v2/users/${user(7)}/routinglanguages?pageSize=1`);
    expect(languages).toMatchObject({ total: 2, pageCount: 2, entities: [(whole.languages as Json[])[0]] });
    expect(await read(`/api/v2/users/${user(7)}`)).not.toHaveProperty('skills');
    const unknown = await sandbox.get(`/api/v2/users/${user(999)}/routingskills`, token);
    expect(unknown).toMatchObject({ status: 404, json: { code: 'not.found' } });
  });

  it('shows what a supervisor changes at once, and what the supervisor undoes', async () => {
    const before = await sandbox.control('GET', 'agents/7/queues');
    expect(before).toMatchObject({ '7': true });
    await sandbox.control('PUT', 'agents/7/queues', { '1': true, '7': null });
    await sandbox.control('PUT', 'agents/7/skills', { Spanish: 4.25, Billing: null, VIP: 1 });
    expect(await memberIds(1)).toContain(user(7));
    expect(await memberIds(7)).not.toContain(user(7));
    const { entities } = await read(`/api/v2/users/${user(7)}/routinglanguages`);
    expect(entities).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'Spanish', proficiency: 4.25 })]));
    expect(await sandbox.control('GET', 'agents/7/skills')).not.toHaveProperty('Billing');
    expect(await sandbox.control('DELETE', 'agents/7/queues')).toEqual(before);
    expect(await memberIds(1)).not.toContain(user(7));
  });

  it('moves many agents of a queue with one change, and tells members that have not joined', async () => {
    const moved = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [String(at + 1), at !== 0]));
    expect(await sandbox.control('PUT', 'queues/3/members', moved)).toMatchObject({ joined: 202 });
    const joined = await read(`/api/v2/routing/queues/${queue(3)}/members?joined=false`);
    expect(joined).toMatchObject({ total: 1, entities: [{ id: user(1), joined: false }] });
    await sandbox.control('PUT', 'queues/3/members', Object.fromEntries(Object.keys(moved).map((n) => [n, null])));
    expect(await sandbox.control('GET', 'queues/3/members')).toMatchObject({ members: 3 });
  });

  it.each([
    ['agents/7/queues', { '41': true }, 400],
    ['agents/7/queues', { '1': 'yes' }, 400],
    ['agents/7/skills', { Klingon: 3 }, 400],
    ['agents/7/skills', { Billing: 6 }, 400],
    ['agents/251/skills', { Billing: 3 }, 404],
    ['queues/3/members', { '251': true }, 404],
    ['queues/3/members', { x: true }, 400],
    ['queues/41/members', { '1': true }, 400],
  ])('refuses the change of %s: %o', async (path, change, status) => {
    expect(await sandbox.send('PUT', `/sandbox/${path}`, JSON.stringify(change))).toMatchObject({ status });
  });

  it('breaks lists as the switch brokenList says', async () => {
    await sandbox.control('PUT', 'agents', { count: 2000 });
    const members = `/api/v2/routing/queues/${queue(21)}/members?pageSize=100`;
    const pageSizes = async (): Promise<unknown[]> => {
      const answers = await Promise.all([1, 2].map((page) => sandbox.get(`${members}&pageNumber=${page}`, token)));
      return answers.map(({ status, json }) => (status === 200 ? (json?.entities as unknown[]).length : status));
    };
    const { total } = await read(members);
    expect(await pageSizes()).toEqual([100, 100]);
    await sandbox.control('PUT', 'genesys/behaviour', { brokenList: 'omittedEntry' });
    expect(await pageSizes()).toEqual([99, 100]);
    expect(await read(members)).toMatchObject({ total });
    await sandbox.control('PUT', 'genesys/behaviour', { brokenList: 'missingPage' });
    expect(await pageSizes()).toEqual([100, 404]);
    await sandbox.control('PUT', 'genesys/behaviour', { brokenList: 'empty' });
    expect(await read(members)).toMatchObject({ total: 0, entities: [] });
    await sandbox.control('PUT', 'genesys/behaviour', { brokenList: null, memberTotals: false });
    const bare = await read(members);
    expect(bare).toHaveProperty('nextUri');
    expect(bare).not.toHaveProperty('total');
    expect(bare).not.toHaveProperty('pageCount');
  });
});

describe('the skills of the simulated CXone', () => {
  beforeEach(async () => {
    const login = '/authentication/v1/token/access-key';
    const given = await sandbox.send('POST', login, JSON.stringify(KEY), { 'content-type': 'application/json' });
    token = String(given.json?.access_token);
  });

  it('lists the skills of all agents in pages of at most 100, and counts them', async () => {
    await sandbox.control('PUT', 'agents', { count: 20 });
    const all = await read(`${CXONE}/agents/skills?top=500`);
    expect(all).toMatchObject({ totalRecords: 300, lastPollTime: expect.any(String) });
    expect(all.agentSkillAssignments).toHaveLength(100);
    const last = await read(`${CXONE}/agents/skills?top=100&skip=250`);
    expect(last.agentSkillAssignments).toHaveLength(50);
  });

  it('counts a queue as a skill, and proficiencies from 1, the best, to 20', async () => {
    await sandbox.control('PUT', 'agents/7/skills', { Billing: 5, VIP: 0, Spanish: 3 });
    await sandbox.control('PUT', 'agents/7/queues', { '7': false });
    const { agentSkillAssignments } = await read(`${CXONE}/agents/7/skills?top=100`);
    const levels = new Map((agentSkillAssignments as Json[]).map((one) => [one.skillName, one.agentProficiencyValue]));
    expect([levels.get('Billing'), levels.get('VIP'), levels.get('Spanish')]).toEqual([1, 20, 9]);
    expect(agentSkillAssignments).toEqual(
      expect.arrayContaining([expect.objectContaining({ agentId: 7, skillId: 1007, isActive: false })]),
    );
    const active = await read(`${CXONE}/agents/7/skills?isActive=true&top=100`);
    expect((active.agentSkillAssignments as Json[]).map(({ skillId }) => skillId)).not.toContain(1007);
  });

  it('lists the agents of a skill, and 404 for what it does not know', async () => {
    const agents = await read(`${CXONE}/skills/1007/agents?top=100`);
    expect(agents).toMatchObject({ totalRecords: 13 });
    expect(await sandbox.get(`${CXONE}/skills/999/agents`, token)).toMatchObject({ status: 404 });
    expect(await sandbox.get(`${CXONE}/agents/999/skills`, token)).toMatchObject({ status: 404 });
    expect(await sandbox.send('POST', `${CXONE}/agents/skills`)).toMatchObject({ status: 405 });
  });

  it('breaks lists as the switch brokenList says', async () => {
    const lengths = async (): Promise<unknown[]> => {
      const paths = [0, 100].map((skip) => `${CXONE}/agents/skills?top=100&skip=${skip}`);
      const answers = await Promise.all(paths.map((path) => sandbox.get(path, token)));
      return answers.map(({ status, json }) =>
        status === 200 ? (json?.agentSkillAssignments as unknown[]).length : status,
      );
    };
    expect(await lengths()).toEqual([100, 100]);
    await sandbox.control('PUT', 'cxone/behaviour', { brokenList: 'omittedEntry' });
    expect(await lengths()).toEqual([99, 100]);
    await sandbox.control('PUT', 'cxone/behaviour', { brokenList: 'missingPage' });
    expect(await lengths()).toEqual([100, 404]);
    await sandbox.control('PUT', 'cxone/behaviour', { brokenList: 'empty' });
    expect(await lengths()).toEqual([0, 0]);
  });
});

describe('changed assignments', () => {
  it('are at most 10000, and end with their agents', () => {
    const assignments = new Assignments();
    for (let n = 1; n <= 10_000; n += 1) assignments.changeQueues(n, { '1': true });
    expect(() => assignments.changeQueues(10_001, { '1': true })).toThrow(expect.objectContaining({ status: 409 }));
    assignments.keepUpTo(9999);
    expect(assignments.changeQueues(10_001, { '1': true }).queues.get(1)).toBe(true);
  });
});

function user(n: number): string {
  return `a0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

function queue(n: number): string {
  return `e0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

async function read(path: string): Promise<Json> {
  const answer = await sandbox.get(path, token);
  expect(answer.status).toBe(200);
  return answer.json ?? {};
}

async function memberIds(n: number): Promise<unknown[]> {
  const { entities } = await read(`/api/v2/routing/queues/${queue(n)}/members?pageSize=100`);
  return (entities as Json[]).map(({ id }) => id);
}
