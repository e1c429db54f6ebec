/** This file exceeds 220 lines because all tests share their helpers. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { wholeState } from '../../src/contracts/agent-report.js';
import type { AgentStore } from '../../src/modules/agent-state/store/agent-store.js';
import type { JoinSource } from '../../src/modules/agent-state/store/rule-scores.js';
import type { StoresUnderTest } from './stores-under-test.js';

const LONG = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 600_000 };
const DAY = '2026-11-30';
const NEXT_DAY = '2026-12-01';

/** Part of the contract of every agent store: the scores of the rule, and what it reads. */
export function ruleScoresContract(subject: () => StoresUnderTest): void {
  let store: AgentStore;
  let tenant: string;
  let nowMs: number;
  beforeEach(() => {
    store = subject().open(LONG);
    tenant = randomUUID();
    nowMs = subject().nowMs();
  });

  const join = (agentId: string, score: number, source?: JoinSource, atMs?: number, queueId = 'q') =>
    store.join({ tenant, queueId, agentId }, score, source, atMs);
  const report = (agentId: string, idleMs: number) =>
    store.applyReport({
      ...{ tenant, agentId, eventHash: undefined, platform: 'genesys', region: 'eu' },
      parts: wholeState('free', nowMs - idleMs, 'free'),
    });
  const setScore = async (agentId: string, score: number, queueIds: readonly string[] = ['q']) => {
    const { version } = await store.readRuleRecord(tenant, agentId, DAY);
    const scores = new Map(queueIds.map((queueId): [string, number] => [queueId, score]));
    return store.setRuleScores({ tenant, agentId, version, scores });
  };
  const scores = async (queueId = 'q'): Promise<Record<string, number>> => {
    const { members } = await store.listMembers(tenant, queueId, 0, 10);
    return Object.fromEntries(members.map(({ agentId, priorityScore }) => [agentId, priorityScore]));
  };
  const claim = async (token: string = randomUUID(), queueId = 'q'): Promise<string> => {
    const result = await store.claim({ tenant, queueId, call: undefined, token });
    return result.kind === 'none' ? 'none' : result.claim.agentId;
  };

  describe('scores of the rule', () => {
    it('move a free agent in all its queues at once', async () => {
      for (const queueId of ['q', 'r', 's']) {
        await join('ada', 500, 'read-by-rule', nowMs, queueId);
        await join('bea', 500, 'declared-by-rule', undefined, queueId);
      }
      await report('ada', 2000);
      await report('bea', 1000);
      expect(await setScore('bea', 480, ['q', 'r', 's'])).toBe(3);
      for (const queueId of ['q', 'r', 's']) expect(await scores(queueId)).toEqual({ ada: 500, bea: 480 });
      expect(await claim('first', 'r')).toBe('bea');
      expect(await store.release({ tenant, agentId: 'bea', token: 'first' }, 'failed')).toBe(true);
      expect(await claim('second', 's')).toBe('bea');
      expect(await claim()).toBe('ada');
      expect(await claim()).toBe('none');
    });

    it('never replace a declared score, and count when the declaration ends', async () => {
      await join('ada', 3);
      await join('bea', 4);
      await join('bea', 500, 'read-by-rule', nowMs);
      expect(await setScore('ada', 1)).toBe(0);
      expect(await setScore('bea', 1)).toBe(1);
      expect(await scores()).toEqual({ ada: 3, bea: 4 });
      await store.leave({ tenant, queueId: 'q', agentId: 'bea' });
      expect(await scores()).toEqual({ ada: 3, bea: 1 });
    });

    it('count until a declaration names a score, and again after one without', async () => {
      await join('ada', 500, 'declared-by-rule');
      expect(await setScore('ada', 490)).toBe(1);
      await join('ada', 500, 'declared-by-rule');
      expect(await scores()).toEqual({ ada: 490 });
      await join('ada', 7);
      expect(await setScore('ada', 480)).toBe(0);
      expect(await scores()).toEqual({ ada: 7 });
      await join('ada', 470, 'declared-by-rule');
      expect(await scores()).toEqual({ ada: 470 });
      expect(await store.leave({ tenant, queueId: 'q', agentId: 'ada' })).toBe('left');
    });

    it('stay when a later reading lists the member, and when one of two sources ends', async () => {
      await join('ada', 500, 'read-by-rule', nowMs - 30);
      await setScore('ada', 460);
      expect(await join('ada', 500, 'read-by-rule', nowMs - 20)).toBe('unchanged');
      await join('ada', 500, 'declared-by-rule');
      expect(await scores()).toEqual({ ada: 460 });
      expect(await store.leave({ tenant, queueId: 'q', agentId: 'ada' }, 'read', nowMs - 10)).toBe('kept');
      expect(await setScore('ada', 450)).toBe(1);
      expect(await join('ada', 500, 'read-by-rule', nowMs)).toBe('joined');
      expect(await store.leave({ tenant, queueId: 'q', agentId: 'ada' })).toBe('kept');
      expect(await scores()).toEqual({ ada: 450 });
      expect(await store.listReadMembers(tenant, 'q')).toEqual(['ada']);
    });

    it('leave the time of a read membership: an older end stays older', async () => {
      await join('ada', 500, 'read-by-rule', nowMs);
      await setScore('ada', 460);
      expect(await store.leave({ tenant, queueId: 'q', agentId: 'ada' }, 'read', nowMs - 1)).toBe('older');
      expect(await store.leave({ tenant, queueId: 'q', agentId: 'ada' }, 'read', nowMs)).toBe('left');
    });

    it('leave a lock, and count when it ends', async () => {
      for (const agentId of ['ada', 'bea']) await join(agentId, 500, 'read-by-rule', nowMs);
      await report('ada', 2000);
      await report('bea', 1000);
      expect(await claim('held')).toBe('ada');
      expect(await setScore('ada', 400)).toBe(1);
      expect(await claim('other')).toBe('bea');
      expect(await claim()).toBe('none');
      expect(await store.confirm({ tenant, agentId: 'ada', token: 'held' })).toBeGreaterThan(0);
      for (const [agentId, token] of [
        ['bea', 'other'],
        ['ada', 'held'],
      ] as const)
        await store.release({ tenant, agentId, token }, 'failed');
      expect(await claim()).toBe('ada');
    });

    it('let the longest idle of equal agents come first', async () => {
      for (const agentId of ['ada', 'bea', 'cem']) await join(agentId, 500, 'read-by-rule', nowMs);
      await report('cem', 3000);
      await report('ada', 2000);
      await report('bea', 1000);
      for (const agentId of ['ada', 'bea']) await setScore(agentId, 490);
      expect([await claim(), await claim(), await claim()]).toEqual(['ada', 'bea', 'cem']);
    });

    it('change nothing if skills, date of hire or calls changed since the record was read', async () => {
      await join('ada', 500, 'read-by-rule', nowMs);
      await report('ada', 1000);
      const skills = new Map([['billing', 3]]);
      const changes: (() => Promise<unknown>)[] = [
        () => store.setSkills({ tenant, agentId: 'ada', source: 'declared', skills, atMs: nowMs }),
        () => store.setHireDate(tenant, 'ada', '2019-04-01'),
        async () => {
          await claim('held');
          await store.confirm({ tenant, agentId: 'ada', token: 'held' }, DAY);
        },
      ];
      for (const change of changes) {
        const { version } = await store.readRuleRecord(tenant, 'ada', DAY);
        await change();
        const later = { tenant, agentId: 'ada', version, scores: new Map([['q', 1]]) };
        expect(await store.setRuleScores(later)).toBeUndefined();
      }
      expect(await scores()).toEqual({ ada: 500 });
    });

    it('pass over queues that the agent has left, and unknown agents', async () => {
      await join('ada', 500, 'read-by-rule', nowMs);
      expect(await setScore('ada', 499, ['left', 'q'])).toBe(1);
      expect(await setScore('nobody', 499)).toBe(0);
      expect(await scores('left')).toEqual({});
    });
  });

  describe('the record of the rule', () => {
    it('has the skills of both sources, the date of hire, the calls of the day and the scores', async () => {
      await join('ada', 7, 'declared', undefined, 'declared');
      await join('ada', 8, 'declared', undefined, 'both');
      await join('ada', 500, 'read-by-rule', nowMs, 'both');
      await join('ada', 510, 'declared-by-rule', undefined, 'ruled');
      await report('ada', 1000);
      const setSkills = (source: 'declared' | 'read', skills: [string, number][]) =>
        store.setSkills({ tenant, agentId: 'ada', source, skills: new Map(skills), atMs: nowMs });
      await setSkills('read', [
        ['billing', 1],
        ['spanish', 2.5],
      ]);
      await setSkills('declared', [['billing', 4]]);
      expect(await store.setHireDate(tenant, 'ada', '2019-04-01')).toBe(true);
      expect(await store.setHireDate(tenant, 'ada', '2019-04-01')).toBe(false);
      expect(await store.readRuleRecord(tenant, 'ada', DAY)).toMatchObject({
        ...{ hiredOn: '2019-04-01', callsToday: 0 },
        skills: new Map([
          ['billing', 4],
          ['spanish', 2.5],
        ]),
        scores: new Map([
          ['both', 500],
          ['ruled', 510],
        ]),
      });
      expect(await store.setHireDate(tenant, 'ada', undefined)).toBe(true);
      expect((await store.readRuleRecord(tenant, 'ada', DAY)).hiredOn).toBeUndefined();
    });

    it('counts each confirmed call once, and begins at 0 on another day', async () => {
      await join('ada', 0);
      await report('ada', 1000);
      const call = async (token: string, day: string, isConfirmed = true) => {
        expect(await claim(token)).toBe('ada');
        const owner = { tenant, agentId: 'ada', token };
        if (isConfirmed) for (const each of [day, day]) await store.confirm(owner, each);
        await store.confirm({ ...owner, token: 'wrong' }, day);
        await store.release(owner, 'failed');
        return (await store.readRuleRecord(tenant, 'ada', day)).callsToday;
      };
      expect(await call('one', DAY)).toBe(1);
      expect(await call('two', DAY, false)).toBe(1);
      expect(await call('three', DAY)).toBe(2);
      expect((await store.readRuleRecord(tenant, 'ada', NEXT_DAY)).callsToday).toBe(0);
      expect(await call('four', NEXT_DAY)).toBe(1);
    });

    it('counts no call without a day', async () => {
      await join('ada', 0);
      await report('ada', 1000);
      await claim('held');
      await store.confirm({ tenant, agentId: 'ada', token: 'held' });
      expect((await store.readRuleRecord(tenant, 'ada', DAY)).callsToday).toBe(0);
    });
  });

  it('lists every agent with a queue or a skill in parts', async () => {
    const agents = Array.from({ length: 23 }, (_, n) => `agent-${n}`);
    for (const agentId of agents) await join(agentId, 0);
    const skills = new Map([['billing', 1]]);
    await store.setSkills({ tenant, agentId: 'skilled', source: 'declared', skills, atMs: nowMs });
    await report('neither', 1000);
    const found: string[] = [];
    for (let next: number | undefined = 0; next !== undefined;) {
      const slice = await store.listRanked(tenant, next, 10);
      expect(slice.agentIds.length).toBeLessThanOrEqual(10);
      found.push(...slice.agentIds);
      ({ next } = slice);
    }
    expect(found.toSorted()).toEqual([...agents, 'skilled'].toSorted());
    expect(await store.listRanked(randomUUID(), 0, 10)).toEqual({ agentIds: [], next: undefined });
  });
}
