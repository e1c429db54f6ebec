/** This file exceeds 220 lines because the steps and their application belong together. */

import { expect } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { StatePart, Availability } from '../../../src/contracts/agent-report.js';
import { EVALUATIONS, type SkillRequirement, type Wanted } from '../../../src/contracts/skills.js';
import type { RecordSource } from '../../../src/modules/agent-state/store/skill-claims.js';
import type { AgentStore, Claim, ReleaseOutcome } from '../../../src/modules/agent-state/store/agent-store.js';
import type { Model, ModelClaim } from './model.js';

/** Where a change comes from. A read one is `afterMs` later than the reference time. */
interface Origin {
  readonly source: RecordSource;
  readonly afterMs: number;
}

/** An operation on both the store and the model. `back` counts earlier claims from the newest. */
export type Step =
  | {
      readonly do: 'report';
      readonly id: string;
      readonly parts: readonly StatePart[];
      readonly availability: Availability;
      readonly agoMs: number;
    }
  | ({ readonly do: 'join'; readonly id: string; readonly queue: string; readonly score: number } & Origin)
  | ({ readonly do: 'leave'; readonly id: string; readonly queue: string } & Origin)
  | ({ readonly do: 'skills'; readonly id: string; readonly skills: readonly (readonly [string, number])[] } & Origin)
  | {
      readonly do: 'claim';
      readonly queue: string;
      readonly call: string | undefined;
      readonly wanted: Wanted | undefined;
    }
  | { readonly do: 'availability'; readonly queue: string; readonly requirements: readonly SkillRequirement[] }
  | { readonly do: 'confirm'; readonly back: number }
  | { readonly do: 'release'; readonly back: number; readonly outcome: ReleaseOutcome }
  | { readonly do: 'endCall'; readonly call: string }
  | { readonly do: 'sweep' }
  | { readonly do: 'pass'; readonly ms: number };

type QueueStep = Extract<Step, { do: 'join' | 'leave' | 'skills' | 'claim' | 'availability' }>;

function isInQueues(step: Step): step is QueueStep {
  return ['join', 'leave', 'skills', 'claim', 'availability'].includes(step.do);
}

const IDS = ['a', 'b', 'c', 'd'] as const;
const id = fc.constantFrom<string>(...IDS);
const queue = fc.constantFrom('one', 'two');
const call = fc.constantFrom('k', 'l');
const back = fc.nat(2);
const availability = fc.constantFrom<Availability>('free', 'free', 'free', 'busy', 'off');
const WHOLE: readonly StatePart[] = ['presence', 'routing', 'work'];
const parts = fc.oneof(
  fc.constant(WHOLE),
  fc.constant(WHOLE),
  fc.constantFrom(...WHOLE).map((part) => [part]),
);

const origin = {
  source: fc.constantFrom<RecordSource>('declared', 'read'),
  afterMs: fc.nat(6),
};
const skillName = fc.constantFrom('spanish', 'billing', 'french');
const level = fc.constantFrom(0, 1, 2.5, 3, 5);
const skillList = fc.uniqueArray(fc.tuple(skillName, level), { selector: ([name]) => name, maxLength: 3 });
const requirements = skillList.map((list) => list.map(([skill, minimum]) => ({ skill, minimum })));
const wanted: fc.Arbitrary<Wanted> = fc.record({
  evaluation: fc.constantFrom(...EVALUATIONS),
  requirements,
  preferred: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.uniqueArray(id, { maxLength: 2 })),
});

/** @param passMs the longest step of time, in milliseconds; 0 means that time never passes */
export function steps(passMs: number): fc.Arbitrary<Step[]> {
  const report = fc.record({ do: fc.constant('report' as const), id, parts, availability, agoMs: fc.nat(50) });
  const join = fc.record({ do: fc.constant('join' as const), id, queue, score: fc.nat(2), ...origin });
  const skills = fc.record({ do: fc.constant('skills' as const), id, skills: skillList, ...origin });
  const claim = fc.record({
    ...{ do: fc.constant('claim' as const), queue },
    call: fc.option(call, { nil: undefined }),
    wanted: fc.option(wanted, { nil: undefined, freq: 3 }),
  });
  const confirm = fc.record({ do: fc.constant('confirm' as const), back });
  const outcome = fc.constantFrom<ReleaseOutcome>('rejected', 'failed', 'ended');
  const release = fc.record({ do: fc.constant('release' as const), back, outcome });
  const rareSteps = [
    fc.record({ do: fc.constant('leave' as const), id, queue, ...origin }),
    fc.record({ do: fc.constant('availability' as const), queue, requirements }),
    fc.record({ do: fc.constant('endCall' as const), call }),
    fc.constant({ do: 'sweep' as const }),
    ...(passMs === 0 ? [] : [fc.record({ do: fc.constant('pass' as const), ms: fc.nat(passMs) })]),
  ];
  const common = [report, report, join, join, skills, skills, claim, claim, claim, confirm, release];
  // Without a beginning, hardly any agent is free in a queue and has the skills that a claim asks
  // for.
  const beginnings = IDS.map((each) =>
    fc.tuple(
      ...['one', 'two'].map((name) => join.map((step) => ({ ...step, id: each, queue: name }))),
      report.map((step) => ({ ...step, id: each, parts: WHOLE, availability: 'free' as const })),
      skills.map((step) => ({ ...step, id: each })),
    ),
  );
  const begun = fc.oneof({ weight: 4, arbitrary: fc.tuple(...beginnings) }, fc.constant([]));
  return fc
    .tuple(begun, fc.array(fc.oneof(...common, ...rareSteps), { maxLength: 60, size: 'max' }))
    .map(([beginning, rest]): Step[] => [...beginning.flat(), ...rest]);
}

/** Applies each step to the store and to the model, and compares their results. */
export class Lockstep {
  private readonly tenant = randomUUID();
  private readonly claims: { readonly id: string; readonly token: string }[] = [];

  constructor(
    private readonly store: AgentStore,
    private readonly model: Model,
    private readonly parts: {
      readonly pass: (ms: number) => Promise<void>;
      /** Reference time of the reports: a report is `agoMs` older. Milliseconds since 1970. */
      readonly epochMs: number;
    },
  ) {}

  /**
   * @param fillers agents that are free in both queues, before all others and without skills. If
   *   they are many, a claim by skill asks the index
   */
  async runAll(stepList: readonly Step[], fillers = 0): Promise<void> {
    for (let index = 0; index < fillers; index += 1) await this.addFiller(`filler-${index}`);
    for (const step of stepList) await this.take(step);
    for (const agentId of IDS) {
      const state = await this.store.read(this.tenant, agentId);
      expect(state?.status).toBe(this.model.statusOf(agentId));
      if (state !== undefined) expect(state.stale).toBe(this.model.isStale(agentId));
    }
  }

  private async addFiller(id: string): Promise<void> {
    for (const queue of ['one', 'two'])
      await this.take({ do: 'join', id, queue, score: 0, source: 'declared', afterMs: 0 });
    await this.take({ do: 'report', id, parts: WHOLE, availability: 'free', agoMs: 60 });
  }

  private take(step: Step): Promise<void> {
    return isInQueues(step) ? this.takeInQueues(step) : this.takeOther(step);
  }

  private async takeOther(step: Exclude<Step, QueueStep>): Promise<void> {
    const { store, model, tenant } = this;
    switch (step.do) {
      case 'report':
        return this.report(step);
      case 'confirm': {
        const { id: agentId, token } = this.claimed(step.back);
        expect((await store.confirm({ tenant, agentId, token })) !== undefined).toBe(model.confirm(agentId, token));
        return;
      }
      case 'release': {
        const { id: agentId, token } = this.claimed(step.back);
        const released = await store.release({ tenant, agentId, token }, step.outcome);
        expect(released).toBe(model.release(agentId, token, step.outcome));
        return this.parts.pass(2);
      }
      case 'endCall':
        expect(await store.endCall({ tenant, callHash: step.call, eventHash: randomUUID() })).toBe(
          model.endCall(step.call) ? 'ended' : 'none',
        );
        return this.parts.pass(2);
      case 'sweep':
        model.sweep();
        await store.sweep(tenant);
        return;
      case 'pass':
        return this.parts.pass(step.ms);
    }
  }

  private takeInQueues(step: QueueStep): Promise<void> {
    switch (step.do) {
      case 'join':
      case 'leave':
        return this.changeMembership(step);
      case 'skills':
        return this.setSkills(step);
      case 'claim':
        return this.claim(step.queue, step.call, step.wanted);
      case 'availability':
        return this.countMembers(step.queue, step.requirements);
    }
  }

  private async report({ id: agentId, parts, availability, agoMs }: Extract<Step, { do: 'report' }>): Promise<void> {
    const atMs = this.parts.epochMs - agoMs;
    const findings = Object.fromEntries(parts.map((part) => [part, { atMs, availability, raw: availability }]));
    const origin = { eventHash: undefined, platform: 'genesys' as const, region: 'eu' };
    const { outcome } = await this.store.applyReport({ tenant: this.tenant, agentId, parts: findings, ...origin });
    expect(outcome).toBe(this.model.report(agentId, parts, availability, atMs));
  }

  private async claim(queueId: string, callId: string | undefined, wanted: Wanted | undefined): Promise<void> {
    const token = randomUUID();
    const call = callId === undefined ? undefined : { callId, hash: callId, callerHash: 'caller' };
    const answer = await this.store.claim({ tenant: this.tenant, queueId, call, token, wanted });
    const claimed = answer.kind === 'none' ? reasonOf(answer) : toModel(answer.claim);
    expect(claimed).toEqual(this.model.claim(queueId, callId, token, wanted));
    if (typeof claimed !== 'string') this.claims.unshift(claimed);
  }

  private async changeMembership(step: Extract<Step, { do: 'join' | 'leave' }>): Promise<void> {
    const { id: agentId, queue: queueId, source } = step;
    const [membership, atMs] = [{ tenant: this.tenant, queueId, agentId }, this.changeMs(step)];
    if (step.do === 'leave') {
      const left = await this.store.leave(membership, source, atMs);
      expect(left).toBe(this.model.leave(agentId, queueId, source, atMs));
      return;
    }
    const joined = await this.store.join(membership, step.score, source, atMs);
    expect(joined).toBe(this.model.join(agentId, queueId, step.score, source, atMs));
  }

  private async setSkills(step: Extract<Step, { do: 'skills' }>): Promise<void> {
    const { id: agentId, source } = step;
    const [skills, atMs] = [new Map(step.skills), this.changeMs(step)];
    const { outcome } = await this.store.setSkills({ tenant: this.tenant, agentId, source, skills, atMs });
    expect(outcome === 'older' ? 'older' : 'set').toBe(this.model.setSkills(agentId, source, skills, atMs));
    expect(await this.store.readSkills(this.tenant, agentId)).toEqual(this.model.skillsOf(agentId));
  }

  private async countMembers(queueId: string, required: readonly SkillRequirement[]): Promise<void> {
    // A count ends expired locks.
    this.model.sweep();
    const { firstFreeInMs, expired: _, ...counted } = await this.store.availability(this.tenant, queueId, required);
    const expected = this.model.availability(queueId, required);
    expect(counted).toEqual(expected);
    if (expected.busy === 0) expect(firstFreeInMs).toBe(-1);
  }

  private changeMs({ afterMs }: Origin): number {
    return this.parts.epochMs + afterMs;
  }

  private claimed(back: number): { readonly id: string; readonly token: string } {
    return this.claims[back] ?? { id: 'a', token: 'unknown token' };
  }
}

function reasonOf({ lacksSkills }: { readonly lacksSkills?: true }): 'none' | 'lacks skills' {
  return lacksSkills === true ? 'lacks skills' : 'none';
}

function toModel({ agentId: id, lockToken: token, matchedBy, score }: Claim): ModelClaim {
  return { id, token, match: matchedBy === undefined ? undefined : { matchedBy, score: score ?? NaN } };
}
