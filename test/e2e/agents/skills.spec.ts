/** This file exceeds 220 lines because its tests share their helpers. */

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HttpAnswer } from '../../support/http.js';
import { AgentScene, STORE_KINDS } from './scene.js';

type Skills = Readonly<Record<string, number>>;

describe.each(STORE_KINDS)('skills of agents, with %s', (_name, stores, other) => {
  let scene: AgentScene;
  beforeAll(async () => {
    scene = await AgentScene.open({ store: stores() });
  });
  afterAll(() => scene.stop());

  const queue = (): string => `q-${randomUUID()}`;
  const agent = (): string => randomUUID();
  const declare = (agentId: string, skills: unknown, more: object = {}, at = 0) =>
    scene.send('PUT', `/agents/${agentId}/skills`, { skills, ...more }, at);
  const refused = (answer: HttpAnswer, title: string, code = 'bad_request'): void => {
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer).toMatchObject({ status: 400, json: { code, title: expect.stringContaining(title) } });
  };
  /** Adds a free agent with these skills, who is idle for longer than the agents added later. */
  let idleMs = 1_000_000;
  const addAgent = async (queueId: string, skills: Skills, priorityScore = 0): Promise<string> => {
    const agentId = agent();
    expect((await scene.join(agentId, queueId, priorityScore)).status).toBe(200);
    expect((await declare(agentId, skills)).status).toBe(200);
    idleMs -= 1000;
    expect((await scene.sendStatus(agentId, 'AVAILABLE', { timestamp: Date.now() - idleMs })).status).toBe(202);
    return agentId;
  };

  describe('PUT /agents/{agentId}/skills', () => {
    it('replaces the declared skills and returns what holds', async () => {
      const a = agent();
      expect((await declare(a, { Spanish: 4, billing: '2.5' })).json).toEqual({
        ...{ agentId: a, outcome: 'applied' },
        skills: { spanish: 4, billing: 2.5 },
      });
      expect((await declare(a, { spanish: 1 }, {}, other)).json).toEqual({
        ...{ agentId: a, outcome: 'applied' },
        skills: { spanish: 1 },
      });
      expect((await declare(a, {})).json).toMatchObject({ outcome: 'applied', skills: {} });
    });

    it('ignores a declaration that is older than the stored one, in seconds and in milliseconds', async () => {
      const [a, nowS] = [agent(), Math.floor(Date.now() / 1000)];
      expect((await declare(a, { spanish: 4 }, { timestamp: nowS })).json).toMatchObject({ outcome: 'applied' });
      const older = await declare(a, { spanish: 1 }, { timestamp: nowS * 1000 - 1 }, other);
      expect(older.json).toMatchObject({ outcome: 'older', skills: { spanish: 4 } });
      const same = await declare(a, { spanish: 2 }, { timestamp: nowS * 1000 });
      expect(same.json).toMatchObject({ outcome: 'applied', skills: { spanish: 2 } });
    });

    it('replaces a time too far ahead by the time of the store', async () => {
      const a = agent();
      await declare(a, { spanish: 4 }, { timestamp: Date.now() + 86_400_000 });
      const later = await declare(a, { spanish: 1 }, { timestamp: Date.now() + 30_000 });
      expect(later.json).toMatchObject({ outcome: 'applied', skills: { spanish: 1 } });
    });

    it.each<[object, string]>([
      [{}, 'skills'],
      [{ skills: null }, 'skills'],
      [{ skills: [] }, 'skills'],
      [{ skills: 'spanish' }, 'skills'],
      [{ skills: { spanish: 6 } }, '"spanish"'],
      [{ skills: { spanish: 'good' } }, '"spanish"'],
      [{ skills: { spanish: 1, SPANISH: 2 } }, '"SPANISH"'],
      [{ skills: {}, timestamp: 'now' }, 'timestamp'],
      [{ skills: {}, timestamp: -1 }, 'timestamp'],
    ])('refuses %j', async (body, title) => {
      refused(await scene.send('PUT', `/agents/${agent()}/skills`, body), title);
    });

    it('refuses more than 100 skills and an invalid agent id', async () => {
      const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`s-${at}`, 1]));
      refused(await declare(agent(), many), 'allowed: 100', 'too_many_skills');
      refused(await declare('a%20b', {}), 'invalid id');
    });
  });

  describe('a claim by skill', () => {
    const scored = ({ json }: HttpAnswer) => [json?.agentId, json?.matchedBy, json?.score];

    it('returns the keys of a plain claim, the rule and the score', async () => {
      const q = queue();
      const a = await addAgent(q, { spanish: 4, billing: 2.5 });
      const found = await scene.claim(`queueId=${q}&callId=c&skills=spanish:3,billing`, other);
      expect(found.json).toEqual({
        ...{ agentFound: true, agentId: a, queueId: q, error: '', region: scene.name },
        ...{ lockToken: expect.any(String), fence: expect.any(Number), lockExpiresInMs: 10_000 },
        ...{ matchedBy: 'all', score: 6.5 },
      });
      expect((await scene.claim(`queueId=${q}&skills=spanish:3`)).json).toEqual({
        ...{ agentFound: false, agentId: '', lockToken: '', fence: 0, lockExpiresInMs: 0, queueId: q },
        ...{ error: '', region: scene.name, matchedBy: '', score: 0 },
      });
    });

    it('returns the same rule and score for a repeated request, and neither for a plain repetition', async () => {
      const q = queue();
      await addAgent(q, { spanish: 4 });
      const claim = `queueId=${q}&callId=c-${q}`;
      const first = await scene.claim(`${claim}&skills=spanish&evaluation=best`);
      expect(scored(await scene.claim(`${claim}&skills=spanish&evaluation=all`, other))).toEqual(scored(first));
      const plain = await scene.claim(claim);
      expect(plain.json).toMatchObject({ agentId: first.json?.agentId, lockToken: first.json?.lockToken });
      expect(Object.keys(plain.json ?? {})).not.toContain('matchedBy');
    });

    it('gets by evaluation: the longest idle with the skills, the best of them, or the longest idle', async () => {
      const q = queue();
      const without = await addAgent(q, { billing: 5 });
      const longest = await addAgent(q, { spanish: 3, billing: 1 });
      const best = await addAgent(q, { spanish: 4.5, billing: 5 });
      const claim = `queueId=${q}&skills=spanish:3,billing:1`;
      expect(scored(await scene.claim(`${claim}&evaluation=best`))).toEqual([best, 'best', 9.5]);
      expect(scored(await scene.claim(`${claim}&evaluation=disregard`, other))).toEqual([without, 'disregard', 5]);
      expect(scored(await scene.claim(`${claim}&evaluation=all`))).toEqual([longest, 'all', 4]);
    });

    it('gets a preferred agent first if the agent is free and has the skills', async () => {
      const q = queue();
      const first = await addAgent(q, { spanish: 1 });
      const unskilled = await addAgent(q, {});
      const second = await addAgent(q, { spanish: 2 });
      const claim = `queueId=${q}&skills=spanish&prefer=${agent()},${unskilled},${second}`;
      expect(scored(await scene.claim(claim))).toEqual([second, 'preferred', 2]);
      expect(scored(await scene.claim(claim, other))).toEqual([first, 'all', 1]);
      expect(scored(await scene.claim(`${claim}&evaluation=disregard`))).toEqual([unskilled, 'preferred', 0]);
    });

    it('requires fewer skills as the call waits', async () => {
      const q = queue();
      const spanish = await addAgent(q, { spanish: 2 });
      await addAgent(q, { billing: 5 });
      const claim = `queueId=${q}&skills=spanish:1,billing:2&relax=billing@10,spanish@20`;
      expect((await scene.claim(claim)).json).toMatchObject({ agentFound: false, error: 'no_agent_with_skills' });
      expect((await scene.claim(`${claim}&waitedS=9`)).json).toMatchObject({ error: 'no_agent_with_skills' });
      expect(scored(await scene.claim(`${claim}&waitedS=10`))).toEqual([spanish, 'all', 2]);
      expect((await scene.claim(`${claim}&waitedS=20`)).json).toMatchObject({ agentFound: true, score: 0 });
    });

    it('tells a queue without the skills from a queue whose agents are busy', async () => {
      const q = queue();
      const a = await addAgent(q, { spanish: 2 });
      const claim = (skills: string) => scene.claim(`queueId=${q}&skills=${skills}`);
      expect((await claim('spanish:3')).json).toMatchObject({ agentFound: false, error: 'no_agent_with_skills' });
      expect((await claim('nobodys')).json).toMatchObject({ agentFound: false, error: 'no_agent_with_skills' });
      await scene.sendStatus(a, 'BUSY', { timestamp: Date.now() });
      expect((await claim('spanish:2')).json).toMatchObject({ agentFound: false, error: '' });
    });

    it.each([
      'skills=&evaluation=&prefer=&relax=&waitedS=',
      'skills=%24%7Binput.skills%7D&evaluation=%24!%7Binput.evaluation%7D&waitedS=%24%7Binput.waitedS%7D',
    ])('is a plain claim if no parameter is set: %s', async (unset) => {
      const q = queue();
      const a = await addAgent(q, {});
      const { json } = await scene.claim(`queueId=${q}&${unset}`);
      expect(json).toMatchObject({ agentId: a });
      expect(Object.keys(json ?? {})).not.toContain('matchedBy');
    });

    it('has its members also without a queue', async () => {
      expect((await scene.claim('skills=spanish')).json).toMatchObject({ error: 'no_queue', matchedBy: '', score: 0 });
    });

    it.each([
      ['skills=spanish:high', '"spanish:high"'],
      ['skills=spanish:6', '"spanish:6"'],
      ['skills=spanish&relax=billing@10', '"billing@10"'],
      ['skills=spanish&relax=spanish@-1', '"spanish@-1"'],
      ['skills=spanish&waitedS=soon', '"soon"'],
      ['skills=spanish&evaluation=any', '"any"'],
      ['prefer=a,b%2Fc', 'word 2 in `prefer`'],
      [`skills=${Array.from({ length: 11 }, (_, at) => `s${at}`).join()}`, 'allowed: 10'],
      [`skills=${'x'.repeat(1025)}`, 'skills'],
      ['skills=M%FCller', 'skills'],
      ...['skills', 'evaluation', 'prefer', 'relax', 'waitedS'].map((name) => [`${name}=1&${name}=1`, name]),
    ])('is refused with the wrong word: %s', async (query, title) => {
      refused(await scene.claim(`queueId=q&${query}`), title);
    });
  });

  describe('GET /queues/{queueId}/availability', () => {
    const availability = (queueId: string, query = '') => scene.get(`/queues/${queueId}/availability?${query}`, other);

    it('counts the members by state, and claims none', async () => {
      const q = queue();
      const ids = [];
      for (const skills of [{ spanish: 4 }, { spanish: 2 }, {}, {}]) ids.push(await addAgent(q, skills));
      await scene.sendStatus(ids[2] ?? '', 'BUSY', { timestamp: Date.now() });
      await scene.sendStatus(ids[3] ?? '', 'OFFLINE', { timestamp: Date.now() });
      await scene.join(agent(), q);
      const none = { queueId: q, busy: 1, offline: 2, stale: 0, firstFreeInMs: -1 };
      expect((await availability(q)).json).toEqual({ ...none, available: 2, withSkills: 2 });
      expect((await availability(q, 'skills=spanish:3')).json).toEqual({ ...none, available: 2, withSkills: 1 });
      expect((await availability(q, 'skills=nobodys')).json).toEqual({ ...none, available: 2, withSkills: 0 });

      await scene.claim(`queueId=${q}&skills=spanish:3`);
      const { json } = await availability(q, 'skills=spanish');
      expect(json).toMatchObject({ available: 1, withSkills: 1, busy: 2, offline: 2 });
      expect(json?.firstFreeInMs).toBeGreaterThan(0);
      expect(json?.firstFreeInMs).toBeLessThanOrEqual(10_000);
    });

    it.each(['nowhere', 'a%3Ab'])('counts no members of the unknown queue %s', async (q) => {
      expect((await availability(q, 'skills=spanish')).json).toEqual({
        ...{ queueId: decodeURIComponent(q), available: 0, busy: 0, offline: 0, stale: 0 },
        ...{ withSkills: 0, firstFreeInMs: -1 },
      });
    });

    it('refuses a wrong word', async () => {
      refused(await availability('q', 'skills=spanish:high'), '"spanish:high"');
      refused(await availability('q', 'skills=a&skills=b'), 'skills');
    });
  });

  it('the deletion of a declared membership says that the agent is no member any more', async () => {
    const [q, a] = [queue(), agent()];
    await scene.join(a, q);
    const answer = { queueId: q, agentId: a, stillMember: false };
    expect((await scene.send('DELETE', `/queues/${q}/agents/${a}`)).json).toEqual({ ...answer, removed: true });
    expect((await scene.send('DELETE', `/queues/${q}/agents/${a}`)).json).toEqual({ ...answer, removed: false });
  });

  it('the metrics count claims by the rule that chose the agent', async () => {
    const q = queue();
    await addAgent(q, { spanish: 1 });
    const counted = async (line: string): Promise<number> =>
      Number(new RegExp(`^${line} (\\d+)$`, 'm').exec((await scene.get('/metrics')).text)?.[1] ?? 0);
    const lines = [
      'datadip_agent_skill_matches_total\\{matched_by="best"\\}',
      'datadip_agent_claims_total\\{outcome="no_agent_with_skills"\\}',
    ];
    const before = await Promise.all(lines.map(counted));
    await scene.claim(`queueId=${q}&skills=nobodys`);
    await scene.claim(`queueId=${q}&skills=spanish&evaluation=best&callId=x`);
    await scene.claim(`queueId=${q}&skills=spanish&evaluation=best&callId=x`);
    expect(await Promise.all(lines.map(counted))).toEqual(before.map((count) => count + 1));
  });
});
