import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PriorityConfig } from '../../../src/config/sections/agents.js';
import { wholeState } from '../../../src/contracts/agent-report.js';
import { StoreUnavailable } from '../../../src/kernel/errors.js';
import { AgentPriorities } from '../../../src/modules/agent-state/priority/agent-priorities.service.js';
import { MemoryAgentStore } from '../../../src/modules/agent-state/store/memory-agent-store.js';
import type { RuleRecord } from '../../../src/modules/agent-state/store/rule-scores.js';
import { regionAlone } from '../../support/agent-stores.js';
import { eventually } from '../../support/eventually.js';
import { ManualClock } from '../../support/manual-clock.js';

const NOON_MS = Date.UTC(2026, 10, 30, 12);
const HALF_DAY_MS = 43_200_000;
const OPTIONS = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 86_400_000 };

/** A store that fails on demand, and whose record changes while a score is computed. */
class StoreOfTest extends MemoryAgentStore {
  isDown = false;
  afterRead: (() => Promise<unknown>) | undefined;

  override async readRuleRecord(tenant: string, agentId: string, day: string): Promise<RuleRecord> {
    if (this.isDown) throw new StoreUnavailable('down');
    const record = await super.readRuleRecord(tenant, agentId, day);
    const change = this.afterRead;
    this.afterRead = undefined;
    await change?.();
    return record;
  }
}

describe('AgentPriorities', () => {
  let clock: ManualClock;
  let store: StoreOfTest;
  let outcomes: string[];
  let lines: unknown[];
  let isHome: boolean;
  beforeEach(() => {
    clock = new ManualClock(NOON_MS);
    store = new StoreOfTest(clock, OPTIONS, regionAlone());
    [outcomes, lines, isHome] = [[], [], true];
  });

  const open = (rule: Partial<PriorityConfig>): AgentPriorities => {
    const config = { agentTtlMs: 0, verifyOnClaim: false, verifyWithinMs: 0, reconcile: [] };
    const metrics = { priorityComputed: (outcome: string) => outcomes.push(outcome) };
    const log = { warn: (fields: unknown) => lines.push(fields) };
    const priority = { timeZone: 'UTC', ...rule };
    return new AgentPriorities({ ...config, priority }, store, { isHome: () => isHome }, clock, clock, metrics, log);
  };
  const ada = { tenant: 't', queueId: 'q', agentId: 'ada' };
  const join = (priorities: AgentPriorities, agentId = 'ada', queueId = 'q') =>
    store.join({ ...ada, agentId, queueId }, priorities.firstScore, priorities.sourceFor('read'));
  const score = async (agentId = 'ada', queueId = 'q') =>
    (await store.listMembers('t', queueId, 0, 1000)).members.find((member) => member.agentId === agentId)
      ?.priorityScore;
  const setSkill = (proficiency: number) =>
    store.setSkills({
      ...{ tenant: 't', agentId: 'ada', source: 'read', atMs: clock.nowMs() },
      skills: new Map([['billing', proficiency]]),
    });
  const takeCall = async (priorities: AgentPriorities): Promise<void> => {
    const token = 'token';
    await store.claim({ tenant: 't', queueId: 'q', call: undefined, token });
    await store.confirm({ tenant: 't', agentId: 'ada', token }, priorities.today());
    await store.release({ tenant: 't', agentId: 'ada', token }, 'failed');
    priorities.changed(ada);
  };
  const report = () =>
    store.applyReport({
      ...{ tenant: 't', agentId: 'ada', eventHash: undefined, platform: 'cxone', region: 'local' },
      parts: wholeState('free', clock.nowMs(), 'free'),
    });

  it('computes a changed agent in all its queues', async () => {
    const priorities = open({ skillMatch: 10 });
    for (const queueId of ['q', 'r']) await join(priorities, 'ada', queueId);
    await setSkill(4);
    priorities.changed(ada);
    await eventually(async () => expect([await score(), await score('ada', 'r')]).toEqual([460, 460]));
    priorities.changed(ada);
    await eventually(() => expect(outcomes).toEqual(['changed', 'unchanged']));
  });

  it('computes again if the record changes during the computation', async () => {
    const priorities = open({ skillMatch: 10 });
    await join(priorities);
    await setSkill(1);
    store.afterRead = () => setSkill(5);
    priorities.changed(ada);
    await eventually(async () => expect(await score()).toBe(450));
    expect(outcomes).toEqual(['changed']);
  });

  it('counts the calls of a day from 0 at the start of the next day', async () => {
    const priorities = open({ fairness: 10 });
    await join(priorities);
    await report();
    await takeCall(priorities);
    await takeCall(priorities);
    await eventually(async () => expect(await score()).toBe(520));
    await priorities.walk('t');
    expect(await score()).toBe(520);
    clock.advance(HALF_DAY_MS);
    await priorities.walk('t');
    expect(await score()).toBe(500);
  });

  it('begins the day in the time zone of the rule', () => {
    // Noon in UTC is the last hour of the day in Auckland.
    const priorities = open({ fairness: 10, timeZone: 'Pacific/Auckland' });
    expect(priorities.today()).toBe('2026-12-01');
    clock.advance(-HALF_DAY_MS);
    expect(priorities.today()).toBe('2026-11-30');
  });

  it('adds a year of tenure on the day', async () => {
    const priorities = open({ tenure: 3 });
    await join(priorities);
    await priorities.setHireDate(ada, '2020-12-01');
    await eventually(async () => expect(await score()).toBe(485));
    clock.advance(HALF_DAY_MS);
    await priorities.walk('t');
    expect(await score()).toBe(482);
  });

  it('walks through all agents in parts, once a day', async () => {
    const priorities = open({ tenure: 1 });
    for (let n = 0; n < 700; n += 1) await join(priorities, `agent-${n}`);
    await priorities.walk('t');
    expect(outcomes).toHaveLength(500);
    await priorities.walk('t');
    await priorities.walk('t');
    expect(outcomes).toHaveLength(700);
  });

  it('repeats what the store refused', async () => {
    const priorities = open({ skillMatch: 10 });
    await join(priorities);
    await priorities.walk('t');
    await setSkill(4);
    store.isDown = true;
    priorities.changed(ada);
    await eventually(() => expect(outcomes).toContain('failed'));
    store.isDown = false;
    await eventually(async () => {
      await priorities.walk('t');
      expect(await score()).toBe(460);
    });
  });

  it('keeps the former score and logs once a minute if the expression yields no number', async () => {
    const priorities = open({ expression: 'skills.billing * 10' });
    await join(priorities);
    await setSkill(4);
    priorities.changed(ada);
    await eventually(async () => expect(await score()).toBe(40));
    await store.setSkills({ tenant: 't', agentId: 'ada', source: 'read', atMs: clock.nowMs(), skills: new Map() });
    for (let count = 1; count <= 3; count += 1) {
      priorities.changed(ada);
      await eventually(() => expect(outcomes.filter((outcome) => outcome === 'no_number')).toHaveLength(count));
    }
    expect(await score()).toBe(40);
    expect(lines).toEqual([{ tenant: 't' }]);
    clock.advance(60_000);
    priorities.changed(ada);
    await eventually(() => expect(lines).toHaveLength(2));
  });

  it('gives an expression the platform, and a score for each queue', async () => {
    const priorities = open({ expression: 'platform = "cxone" and queueId = "r" ? 1 : 2' });
    for (const queueId of ['q', 'r']) await join(priorities, 'ada', queueId);
    await report();
    priorities.changed(ada);
    await eventually(async () => expect([await score(), await score('ada', 'r')]).toEqual([2, 1]));
    expect(await priorities.scoreOf({ ...ada, queueId: 's' })).toBe(2);
  });

  it('does nothing in a region that is not the home', async () => {
    const priorities = open({ skillMatch: 10 });
    await join(priorities);
    await setSkill(4);
    isHome = false;
    priorities.changed(ada);
    await priorities.walk('t');
    expect(outcomes).toEqual([]);
    isHome = true;
    await priorities.walk('t');
    expect(await score()).toBe(460);
  });
});
