/** This file exceeds 220 lines because all tests share their helpers. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type Availability as PartAvailability, wholeState } from '../../src/contracts/agent-report.js';
import {
  MAX_SKILLS_PER_AGENT,
  MAX_SKILLS_PER_TENANT,
  type SkillRequirement,
  type Wanted,
} from '../../src/contracts/skills.js';
import type { AgentStore, ClaimResult } from '../../src/modules/agent-state/store/agent-store.js';
import type { RecordSource, SkillsChange } from '../../src/modules/agent-state/store/skill-claims.js';
import { eventually } from '../support/eventually.js';
import type { StoresUnderTest } from './stores-under-test.js';

/** Long enough that nothing expires on a slow machine. */
const LONG = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 600_000 };
/** An agent is stale after a time that a test can wait for. */
const BRIEF = { ...LONG, agentTtlMs: 300 };

/** Skills from `spanish:3 billing`; a skill without a number has proficiency 0. */
function skillsFrom(text: string): Map<string, number> {
  const words = text.split(' ').filter((word) => word !== '');
  return new Map(words.map((word): [string, number] => [word.split(':')[0] ?? '', Number(word.split(':')[1] ?? 0)]));
}

function requirementsFrom(text: string): SkillRequirement[] {
  return [...skillsFrom(text)].map(([skill, minimum]) => ({ skill, minimum }));
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/** Part of the contract of every agent store: skills, memberships of two sources, availability. */
export function skillClaimContract(subject: () => StoresUnderTest): void {
  let store: AgentStore;
  let tenant: string;
  let nowMs: number;
  beforeEach(() => {
    store = subject().open(LONG);
    tenant = randomUUID();
    nowMs = subject().nowMs();
  });
  afterEach(() => subject().regions.silence([]));

  const report = (agentId: string, availability: PartAvailability, agoMs = 1000) =>
    store.applyReport({
      ...{ tenant, agentId, eventHash: undefined, platform: 'genesys', region: 'eu' },
      parts: wholeState(availability, nowMs - agoMs, availability),
    });
  const setSkills = (agentId: string, text: string, more: Partial<SkillsChange> = {}) =>
    store.setSkills({ tenant, agentId, source: 'declared', skills: skillsFrom(text), atMs: nowMs, ...more });
  const join = (agentId: string, score = 0, source: RecordSource = 'declared', atMs?: number, queueId = 'q') =>
    store.join({ tenant, queueId, agentId }, score, source, atMs);
  const leave = (agentId: string, source: RecordSource = 'declared', atMs?: number) =>
    store.leave({ tenant, queueId: 'q', agentId }, source, atMs);
  const ready = async (agentId: string, skills = '', { score = 0, idleMs = 1000 } = {}) => {
    await join(agentId, score);
    if (skills !== '') await setSkills(agentId, skills);
    await report(agentId, 'free', idleMs);
  };
  const claimWith = (wanted: Partial<Wanted> | undefined, callId?: string): Promise<ClaimResult> =>
    store.claim({
      ...{ tenant, queueId: 'q', token: randomUUID() },
      call: callId === undefined ? undefined : { callId, hash: `mark-${callId}`, callerHash: 'mark' },
      wanted: wanted && { evaluation: 'all', requirements: [], preferred: [], ...wanted },
    });
  /** `<agent> <rule> <score>` of a claim; why there is none. */
  const found = async (claiming: Promise<ClaimResult>): Promise<string> => {
    const result = await claiming;
    if (result.kind === 'none') return result.lacksSkills === true ? 'lacks skills' : 'none';
    const { agentId, matchedBy, score } = result.claim;
    return `${agentId} ${matchedBy} ${score}`;
  };
  const claim = (requirements: string, more: Partial<Wanted> = {}) =>
    found(claimWith({ requirements: requirementsFrom(requirements), ...more }));
  const release = async (agentId: string, token: string) => store.release({ tenant, agentId, token }, 'ended');
  const numbers = async (requirements = '') => {
    const { available, busy, offline, stale, withSkills } = await store.availability(
      tenant,
      'q',
      requirementsFrom(requirements),
    );
    return [available, busy, offline, stale, withSkills];
  };

  describe('a claim by skill', () => {
    it('gets the longest idle agent among those with every skill at its minimum', async () => {
      await ready('without', '', { idleMs: 9000 });
      await ready('half', 'spanish:5', { idleMs: 8000 });
      await ready('low', 'spanish:2 billing:5', { idleMs: 7000 });
      await ready('first', 'spanish:3 billing', { idleMs: 6000 });
      await ready('second', 'spanish:5 billing:5', { idleMs: 5000 });
      expect(await claim('spanish:3 billing')).toBe('first all 3');
      expect(await claim('spanish:3 billing')).toBe('second all 10');
      expect(await claim('spanish:3 billing')).toBe('none');
    });

    it('finds skills whose names have special characters', async () => {
      await ready('similar', 'cxx:5 axb:5 100x:5', { idleMs: 9000 });
      await ready('special', 'c++:3 a.b:2 100%:1 [x]-^$(é)*?:4');
      expect(await claim('c++:3 a.b:2 100%:1 [x]-^$(é)*?:4')).toBe('special all 10');
      expect(await claim('a.b')).toBe('none');
      expect(await claim('a.c')).toBe('lacks skills');
    });

    it('gets the greatest sum of proficiencies with `best`, also if another agent was idle longer', async () => {
      await ready('patient', 'spanish:3 billing:1.5', { idleMs: 9000 });
      await ready('best', 'spanish:2.25 billing:4', { idleMs: 10 });
      await ready('lacking', 'spanish:5', { idleMs: 9000 });
      expect(await claim('spanish billing', { evaluation: 'best' })).toBe('best best 6.25');
      expect(await claim('spanish billing', { evaluation: 'best' })).toBe('patient best 4.5');
    });

    it('gets the lower priority score with `best` among equal sums, then the longer time since an interaction', async () => {
      await ready('later', 'spanish:3', { score: 2, idleMs: 9000 });
      await ready('served', 'spanish:3', { score: 1, idleMs: 8000 });
      await ready('rested', 'spanish:3', { score: 1, idleMs: 10 });
      const first = await claimWith({ preferred: ['served'] });
      if (first.kind === 'none') throw new Error('no agent');
      const { agentId, lockToken: token } = first.claim;
      await store.confirm({ tenant, agentId, token });
      await store.release({ tenant, agentId, token }, 'failed');
      expect(await claim('spanish', { evaluation: 'best' })).toBe('rested best 3');
      expect(await claim('spanish', { evaluation: 'best' })).toBe('served best 3');
      expect(await claim('spanish', { evaluation: 'best' })).toBe('later best 3');
    });

    it('counts a report that ends an interaction as the last interaction', async () => {
      await ready('served', 'spanish:3', { idleMs: 9000 });
      await report('served', 'busy', 8000);
      await report('served', 'free', 7000);
      await ready('rested', 'spanish:3', { idleMs: 10 });
      expect(await claim('spanish', { evaluation: 'best' })).toBe('rested best 3');
    });

    it('excludes no agent with `disregard`, and still gives the score', async () => {
      await ready('without', '', { idleMs: 9000 });
      await ready('half', 'spanish:5', { idleMs: 8000 });
      expect(await claim('spanish:3 billing', { evaluation: 'disregard' })).toBe('without disregard 0');
      expect(await claim('spanish:3 billing', { evaluation: 'disregard' })).toBe('half disregard 5');
      expect(await claim('spanish:3 billing', { evaluation: 'disregard' })).toBe('none');
    });

    it('gets the preferred agents first, in the order of the request, if they are free and meet it', async () => {
      for (const agentId of ['a', 'b', 'c', 'busy']) await ready(agentId, 'spanish:3', { idleMs: 5000 });
      await ready('without', '', { idleMs: 9000 });
      await report('busy', 'busy', 100);
      const preferred = ['unknown', 'busy', 'without', 'c', 'b'];
      expect(await claim('spanish', { preferred })).toBe('c preferred 3');
      expect(await claim('spanish', { preferred })).toBe('b preferred 3');
      expect(await claim('spanish', { preferred })).toBe('a all 3');
      expect(await claim('spanish', { preferred, evaluation: 'disregard' })).toBe('without preferred 0');
    });

    it('says when no member of the queue has the skills, and not when such a member is busy', async () => {
      await ready('a', 'spanish:3');
      await ready('b', 'billing:3');
      expect(await claim('spanish:4')).toBe('lacks skills');
      expect(await claim('spanish billing')).toBe('lacks skills');
      expect(await claim('french')).toBe('lacks skills');
      expect(await claim('french', { evaluation: 'disregard' })).toMatch(/ disregard 0$/);
      await setSkills('b', 'spanish:3');
      await report('a', 'busy', 100);
      await report('b', 'busy', 100);
      expect(await claim('spanish:3')).toBe('none');
      await leave('a');
      await leave('b');
      expect(await claim('spanish:3')).toBe('lacks skills');
    });

    it('answers the same agent, rule and score to the same call, and neither without the parameters', async () => {
      await ready('a', 'spanish:3');
      await ready('b', 'spanish:4');
      const wanted = { evaluation: 'best' as const, requirements: requirementsFrom('spanish') };
      expect(await found(claimWith(wanted, 'call'))).toBe('b best 4');
      expect(await found(claimWith(wanted, 'call'))).toBe('b best 4');
      const repeated = await claimWith(undefined, 'call');
      expect(repeated).toMatchObject({ kind: 'repeated', claim: { agentId: 'b', queueId: 'q' } });
      const plain = await claimWith(undefined);
      expect(plain).toMatchObject({ kind: 'claimed', claim: { agentId: 'a', queueId: 'q' } });
      expect(Object.keys(plain.kind === 'none' ? {} : plain.claim)).not.toContain('matchedBy');
    });

    it('gets no locked, stale or silent agent, and gets a released agent again', async () => {
      // A report stores its region once other regions are heard.
      subject().regions.silence([]);
      await ready('a', 'spanish:3');
      const first = await claimWith({ requirements: requirementsFrom('spanish') });
      expect(first.kind).toBe('claimed');
      expect(await claim('spanish')).toBe('none');
      if (first.kind === 'none') return;
      await release('a', first.claim.lockToken);
      subject().regions.silence(['eu']);
      expect(await claim('spanish')).toBe('none');
      subject().regions.silence([]);
      await store.restore(tenant);
      expect(await claim('spanish')).toBe('a all 3');
      await ready('b', 'spanish:3');
      await subject().pass(BRIEF.agentTtlMs + 50);
      store = subject().open(BRIEF);
      expect(await claim('spanish')).toBe('none');
    });

    it('finds the only agent with a skill behind hundreds of others, in the order of the queue', async () => {
      const others = Array.from({ length: 600 }, (_, index) => `other-${index}`);
      await Promise.all(others.map((agentId, index) => ready(agentId, 'spanish:2', { idleMs: 5000 + index })));
      await ready('late', 'spanish:2 french:3', { idleMs: 10 });
      await ready('early', 'spanish:2 french:4.5', { idleMs: 20 });
      await ready('best', 'spanish:2 french:5', { score: 1, idleMs: 20 });
      expect(await claim('french:4.2 spanish')).toBe('early all 6.5');
      expect(await claim('french spanish', { evaluation: 'best' })).toBe('best best 7');
      expect(await claim('french spanish')).toBe('late all 5');
      expect(await claim('french spanish')).toBe('none');
      expect(await claim('spanish:2.5')).toBe('lacks skills');
      expect(await claim('spanish:2')).toBe('other-599 all 2');
    });

    it.each([
      { scores: 1, name: 'with one priority score' },
      { scores: 3, name: 'with several priority scores' },
    ])('gets matches behind hundreds of free agents in the order of the queue, $name', async ({ scores }) => {
      const agents = Array.from({ length: 450 }, (_, index) => {
        // Most are idle for minutes, some for the same time, and some for days.
        const idleMs = index < 220 ? 500_000_000 + index : Math.floor((index * 7919) % 997) * 600 + 5;
        const level = index % 4 === 0 ? 2.5 : 4.5;
        return { agentId: `a${index}`, isMatch: index >= 200, score: index % scores, idleMs, level };
      });
      const inOrder = agents
        .filter(({ isMatch }) => isMatch)
        .toSorted(
          (left, right) =>
            left.score - right.score || right.idleMs - left.idleMs || (left.agentId < right.agentId ? -1 : 1),
        );
      // The later in the order, the better.
      const rankOf = new Map(inOrder.map(({ agentId }, at) => [agentId, (at + 1) / 100]));
      await Promise.all(
        agents.map(({ agentId, score, idleMs, level }) => {
          const rank = rankOf.get(agentId);
          return ready(agentId, rank === undefined ? 'french:5' : `spanish:${level} rank:${rank}`, { score, idleMs });
        }),
      );
      const exact = inOrder.filter(({ level }) => level >= 4.25).slice(0, 40);
      for (const { agentId } of exact) expect(await claim('spanish:4.25')).toBe(`${agentId} all 4.5`);
      const [first, ...others] = inOrder.filter((agent) => !exact.includes(agent));
      expect(await claim('spanish:2')).toBe(`${first?.agentId} all ${first?.level}`);
      const last = others[99]?.agentId ?? '';
      expect(await claim('rank', { evaluation: 'best' })).toBe(`${last} best ${rankOf.get(last)}`);
    });

    it('gives every agent once to concurrent claims', async () => {
      const agents = Array.from({ length: 20 }, (_, index) => `a${index}`);
      for (const agentId of agents) await ready(agentId, 'spanish:3');
      const evaluations = ['all', 'best', 'disregard'] as const;
      const claims = Array.from({ length: 30 }, (_, index) =>
        claim('spanish', { evaluation: evaluations[index % 3] ?? 'all' }),
      );
      const got = (await Promise.all(claims)).filter((text) => text !== 'none');
      expect(got.map((text) => text.split(' ')[0]).toSorted()).toEqual(agents.toSorted());
    });
  });

  describe('skills of an agent', () => {
    it('are those of both sources, and a declared proficiency counts before a read one', async () => {
      expect(await store.readSkills(tenant, 'a')).toEqual(new Map());
      await setSkills('a', 'spanish:2 billing:1', { source: 'read' });
      await setSkills('a', 'spanish:4.25 french:0');
      const both = { spanish: 4.25, billing: 1, french: 0 };
      expect(Object.fromEntries(await store.readSkills(tenant, 'a'))).toEqual(both);
      await setSkills('a', '', { atMs: nowMs + 1 });
      expect(Object.fromEntries(await store.readSkills(tenant, 'a'))).toEqual({ spanish: 2, billing: 1 });
      await setSkills('a', '', { source: 'read', atMs: nowMs + 1 });
      expect(await store.readSkills(tenant, 'a')).toEqual(new Map());
    });

    it('are not replaced by an older change of the same source', async () => {
      expect(await setSkills('a', 'spanish:2', { atMs: nowMs })).toEqual({ outcome: 'applied', dropped: 0 });
      expect(await setSkills('a', 'french:2', { atMs: nowMs - 1 })).toEqual({ outcome: 'older', dropped: 0 });
      expect(await setSkills('a', 'spanish:2', { atMs: nowMs + 2 })).toEqual({ outcome: 'unchanged', dropped: 0 });
      expect(await setSkills('a', 'french:2', { atMs: nowMs + 1 })).toMatchObject({ outcome: 'older' });
      expect(await setSkills('a', 'french:2', { atMs: nowMs - 9, source: 'read' })).toMatchObject({
        outcome: 'applied',
      });
      expect(Object.fromEntries(await store.readSkills(tenant, 'a'))).toEqual({ spanish: 2, french: 2 });
    });

    it('of a time far ahead get the time of the store', async () => {
      await setSkills('a', 'spanish:2', { atMs: nowMs + 86_400_000 });
      await subject().pass(5);
      expect(await setSkills('a', 'french:2', { atMs: subject().nowMs() + 1000 })).toMatchObject({
        outcome: 'applied',
      });
    });

    it('decide the next claim after each change', async () => {
      await ready('a', 'spanish:3');
      await setSkills('a', 'spanish:2', { atMs: nowMs + 1 });
      expect(await claim('spanish:3')).toBe('lacks skills');
      await setSkills('a', 'spanish:5', { atMs: nowMs + 2 });
      expect(await numbers('spanish:5')).toEqual([1, 0, 0, 0, 1]);
      expect(await claim('spanish:5')).toBe('a all 5');
    });

    it('are limited per agent and per tenant: a declaration is refused, a reading keeps the first', async () => {
      const names = (from: number, count: number): string =>
        Array.from({ length: count }, (_, index) => `s${from + index}:1`).join(' ');
      const tooMany = names(0, MAX_SKILLS_PER_AGENT + 2);
      expect(await setSkills('a', tooMany)).toEqual({ outcome: 'too-many-skills', dropped: 0 });
      expect(await setSkills('a', tooMany, { source: 'read' })).toEqual({ outcome: 'applied', dropped: 2 });
      const agents = MAX_SKILLS_PER_TENANT / MAX_SKILLS_PER_AGENT;
      for (let index = 1; index < agents; index += 1)
        await setSkills(`a${index}`, names(index * MAX_SKILLS_PER_AGENT, MAX_SKILLS_PER_AGENT));
      expect(await setSkills('b', 's0:1 new:1')).toEqual({ outcome: 'too-many-skills', dropped: 0 });
      expect(await setSkills('b', 'new:1 s0:2', { source: 'read' })).toEqual({ outcome: 'applied', dropped: 1 });
      expect(Object.fromEntries(await store.readSkills(tenant, 'b'))).toEqual({ s0: 2 });
      await setSkills('a', '', { source: 'read', atMs: nowMs + 1 });
      expect(await setSkills('b', 'new:1 s0:2', { atMs: nowMs + 1 })).toEqual({ outcome: 'applied', dropped: 0 });
    });
  });

  describe('a membership of two sources', () => {
    it('stays while one source has it', async () => {
      expect(await join('a', 1)).toBe('joined');
      expect(await join('a', 5, 'read', nowMs)).toBe('joined');
      expect(await leave('a')).toBe('kept');
      expect(await leave('a')).toBe('none');
      expect(await leave('a', 'read', nowMs + 1)).toBe('left');
      expect(await leave('a', 'read', nowMs + 2)).toBe('none');
      await join('a', 5, 'read', nowMs + 3);
      await join('a', 1);
      expect(await leave('a', 'read', nowMs + 4)).toBe('kept');
      expect(await leave('a', 'read', nowMs + 5)).toBe('none');
      expect(await leave('a')).toBe('left');
    });

    it('has the declared priority score while it is declared', async () => {
      const scoreOf = async () => (await store.listMembers(tenant, 'q', 0, 1)).members[0]?.priorityScore;
      await report('a', 'free');
      await join('a', 5, 'read', nowMs);
      expect(await scoreOf()).toBe(5);
      await join('a', 1);
      await join('a', 7, 'read', nowMs + 1);
      expect(await scoreOf()).toBe(1);
      await leave('a');
      expect(await scoreOf()).toBe(7);
      await join('b', 6);
      await report('b', 'free');
      expect(await found(claimWith(undefined))).toMatch(/^b /);
      expect(await found(claimWith(undefined))).toMatch(/^a /);
      expect(await found(claimWith(undefined))).toBe('none');
    });

    it('ignores a read change that is older than the stored one, in any order', async () => {
      expect(await join('a', 0, 'read', nowMs)).toBe('joined');
      expect(await join('a', 0, 'read', nowMs + 2)).toBe('unchanged');
      expect(await leave('a', 'read', nowMs + 1)).toBe('older');
      expect(await leave('a', 'read', nowMs + 3)).toBe('left');
      expect(await join('a', 0, 'read', nowMs + 2)).toBe('older');
      expect(await join('a', 0, 'read', nowMs + 3)).toBe('joined');
      expect(await leave('b', 'read', nowMs + 5)).toBe('none');
      expect(await join('b', 0, 'read', nowMs + 4)).toBe('older');
      expect(await join('b', 0)).toBe('joined');
      expect(await join('b', 0, 'read', nowMs + 6)).toBe('joined');
    });

    it.each([
      { last: 'join', state: [['a'], { french: 2 }, 'AVAILABLE', 'a'] },
      { last: 'leave', state: [[], { french: 2 }, 'AVAILABLE', 'none'] },
    ])('is the same after each order of joins, leaves, skills and statuses; the last is a $last', async (expected) => {
      const change = { queueId: 'q', agentId: 'a' };
      const [first, last] = expected.last === 'join' ? (['leave', 'join'] as const) : (['join', 'leave'] as const);
      const changeAt = (kind: 'join' | 'leave', atMs: number) => (of: string) =>
        kind === 'join'
          ? store.join({ ...change, tenant: of }, 0, 'read', atMs)
          : store.leave({ ...change, tenant: of }, 'read', atMs);
      const skillsAt = (text: string, atMs: number) => (of: string) =>
        store.setSkills({ tenant: of, agentId: 'a', source: 'read', skills: skillsFrom(text), atMs });
      const reportAt = (availability: PartAvailability, atMs: number) => (of: string) =>
        store.applyReport({
          ...{ tenant: of, agentId: 'a', eventHash: undefined, platform: 'genesys', region: 'eu' },
          parts: wholeState(availability, atMs, availability),
        });
      const steps = [
        ...[changeAt(first, nowMs - 9), changeAt(last, nowMs - 5)],
        ...[skillsAt('spanish:3', nowMs - 8), skillsAt('french:2', nowMs - 4)],
        ...[reportAt('busy', nowMs - 7), reportAt('free', nowMs - 3)],
      ];
      const stateAfter = async (order: readonly number[]) => {
        const of = randomUUID();
        for (const index of order) await steps[index]?.(of);
        const { members } = await store.listMembers(of, 'q', 0, 9);
        const skills = Object.fromEntries(await store.readSkills(of, 'a'));
        const status = (await store.read(of, 'a'))?.status;
        const wanted = { evaluation: 'all' as const, requirements: requirementsFrom('french:2'), preferred: [] };
        const claimed = await store.claim({ tenant: of, queueId: 'q', call: undefined, token: randomUUID(), wanted });
        const got = claimed.kind === 'none' ? 'none' : claimed.claim.agentId;
        return [members.map(({ agentId }) => agentId), skills, status, got];
      };
      const orders = permutations(steps.map((_, index) => index));
      expect(orders.length).toBe(720);
      for (let from = 0; from < orders.length; from += 60) {
        const states = await Promise.all(orders.slice(from, from + 60).map(stateAfter));
        expect(states.filter((state) => JSON.stringify(state) !== JSON.stringify(expected.state))).toEqual([]);
      }
    });

    it('of a time far ahead gets the time of the store', async () => {
      await join('a', 0, 'read', nowMs + 86_400_000);
      await subject().pass(5);
      expect(await leave('a', 'read', subject().nowMs() + 1000)).toBe('left');
      await leave('a', 'read', nowMs + 86_400_000);
      await subject().pass(5);
      expect(await join('a', 0, 'read', subject().nowMs() + 2000)).toBe('joined');
    });

    it('is listed for readings if it is read', async () => {
      await join('declared');
      await join('read', 0, 'read', nowMs);
      await join('both', 0, 'read', nowMs);
      await join('both');
      await join('gone', 0, 'read', nowMs);
      await leave('gone', 'read', nowMs + 1);
      expect((await store.listReadMembers(tenant, 'q')).toSorted()).toEqual(['both', 'read']);
      expect(await store.listReadMembers(tenant, 'nowhere')).toEqual([]);
      await join('both', 0, 'declared', undefined, 'r');
      expect(await store.listReadQueues(tenant, 'both')).toEqual(['q']);
      expect(await store.listReadQueues(tenant, 'unknown')).toEqual([]);
    });
  });

  describe('availability', () => {
    it('counts each member once, and those with the skills among the available', async () => {
      expect(await numbers()).toEqual([0, 0, 0, 0, 0]);
      await join('unknown');
      await ready('a', 'spanish:3');
      await ready('b', 'spanish:2');
      await ready('busy', 'spanish:3');
      await report('busy', 'busy', 100);
      await ready('off', 'spanish:3');
      await report('off', 'off', 100);
      await report('elsewhere', 'free');
      expect(await numbers()).toEqual([2, 1, 2, 0, 2]);
      expect(await numbers('spanish:3')).toEqual([2, 1, 2, 0, 1]);
      expect(await numbers('french')).toEqual([2, 1, 2, 0, 0]);
      await claimWith(undefined);
      expect(await numbers()).toEqual([1, 2, 2, 0, 1]);
    });

    it('compares a minimum with decimals exactly', async () => {
      await ready('a', 'spanish:2');
      await ready('b', 'spanish:2.5');
      await ready('c', 'spanish:2.75 billing:1.5');
      expect(await numbers('spanish:2.5')).toEqual([3, 0, 0, 0, 2]);
      expect(await numbers('spanish:2.6 billing:1.5')).toEqual([3, 0, 0, 0, 1]);
      expect(await numbers('spanish:2.8')).toEqual([3, 0, 0, 0, 0]);
    });

    it('gives the remaining time of the first lock of a member', async () => {
      const first = async () => (await store.availability(tenant, 'q', [])).firstFreeInMs;
      expect(await first()).toBe(-1);
      await ready('a');
      await ready('b');
      const claimed = await claimWith(undefined);
      expect(await first()).toBeGreaterThan(LONG.claimTtlMs - 60_000);
      expect(await first()).toBeLessThanOrEqual(LONG.claimTtlMs);
      if (claimed.kind === 'none') return;
      await release(claimed.claim.agentId, claimed.claim.lockToken);
      expect(await first()).toBe(-1);
      expect(await numbers()).toEqual([2, 0, 0, 0, 2]);
    });

    it('counts an agent as available again when its lock has expired, without a sweep', async () => {
      await ready('a');
      store = subject().open({ ...LONG, claimTtlMs: 50 });
      await claimWith(undefined);
      await subject().pass(100);
      expect(await store.availability(tenant, 'q', [])).toMatchObject({ available: 1, busy: 0, firstFreeInMs: -1 });
    });

    it('counts an agent as stale without a sweep, and no more after a report', async () => {
      await ready('a');
      await ready('b');
      await subject().pass(BRIEF.agentTtlMs + 50);
      store = subject().open(BRIEF);
      expect(await numbers()).toEqual([0, 0, 0, 2, 0]);
      nowMs = subject().nowMs();
      await eventually(async () => {
        await report('b', 'busy', 0);
        expect(await numbers()).toEqual([0, 1, 0, 1, 0]);
      });
    });

    it('follows the memberships', async () => {
      await ready('a', 'spanish:1');
      await leave('a');
      expect(await numbers()).toEqual([0, 0, 0, 0, 0]);
      await ready('b');
      await join('a');
      expect(await numbers('spanish')).toEqual([2, 0, 0, 0, 1]);
    });
  });
}
