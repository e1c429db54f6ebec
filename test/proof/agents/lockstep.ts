import { expect } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { StatePart, Availability } from '../../../src/contracts/agent-report.js';
import type { AgentStore, ReleaseOutcome } from '../../../src/modules/agent-state/store/agent-store.js';
import type { Model } from './model.js';

/** An operation on both the store and the model. `back` counts earlier claims from the newest. */
export type Step =
  | {
      readonly do: 'report';
      readonly id: string;
      readonly parts: readonly StatePart[];
      readonly availability: Availability;
      readonly agoMs: number;
    }
  | { readonly do: 'join'; readonly id: string; readonly queue: string; readonly score: number }
  | { readonly do: 'leave'; readonly id: string; readonly queue: string }
  | { readonly do: 'claim'; readonly queue: string; readonly call: string | undefined }
  | { readonly do: 'confirm'; readonly back: number }
  | { readonly do: 'release'; readonly back: number; readonly outcome: ReleaseOutcome }
  | { readonly do: 'endCall'; readonly call: string }
  | { readonly do: 'sweep' }
  | { readonly do: 'pass'; readonly ms: number };

const id = fc.constantFrom('a', 'b', 'c', 'd');
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

/** @param passMs the longest step of time, in milliseconds; 0 means that time never passes */
export function steps(passMs: number): fc.Arbitrary<Step[]> {
  const report = fc.record({ do: fc.constant('report' as const), id, parts, availability, agoMs: fc.nat(50) });
  const join = fc.record({ do: fc.constant('join' as const), id, queue, score: fc.nat(2) });
  const claim = fc.record({ do: fc.constant('claim' as const), queue, call: fc.option(call, { nil: undefined }) });
  const confirm = fc.record({ do: fc.constant('confirm' as const), back });
  const outcome = fc.constantFrom<ReleaseOutcome>('rejected', 'failed', 'ended');
  const release = fc.record({ do: fc.constant('release' as const), back, outcome });
  const rareSteps = [
    fc.record({ do: fc.constant('leave' as const), id, queue }),
    fc.record({ do: fc.constant('endCall' as const), call }),
    fc.constant({ do: 'sweep' as const }),
    ...(passMs === 0 ? [] : [fc.record({ do: fc.constant('pass' as const), ms: fc.nat(passMs) })]),
  ];
  return fc.array(fc.oneof(report, report, join, join, claim, claim, claim, confirm, release, ...rareSteps), {
    maxLength: 60,
  });
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

  async runAll(stepList: readonly Step[]): Promise<void> {
    for (const step of stepList) await this.take(step);
    for (const agentId of ['a', 'b', 'c', 'd']) {
      const state = await this.store.read(this.tenant, agentId);
      expect(state?.status).toBe(this.model.statusOf(agentId));
      if (state !== undefined) expect(state.stale).toBe(this.model.isStale(agentId));
    }
  }

  private async take(step: Step): Promise<void> {
    const { store, model, tenant } = this;
    switch (step.do) {
      case 'report':
        return this.report(step);
      case 'join':
        model.join(step.id, step.queue, step.score);
        expect(await store.join({ tenant, queueId: step.queue, agentId: step.id }, step.score)).toBe('joined');
        return;
      case 'leave': {
        const left = await store.leave({ tenant, queueId: step.queue, agentId: step.id });
        expect(left).toBe(model.leave(step.id, step.queue) ? 'left' : 'none');
        return;
      }
      case 'claim':
        return this.claim(step.queue, step.call);
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

  private async report({ id: agentId, parts, availability, agoMs }: Extract<Step, { do: 'report' }>): Promise<void> {
    const atMs = this.parts.epochMs - agoMs;
    const findings = Object.fromEntries(parts.map((part) => [part, { atMs, availability, raw: availability }]));
    const origin = { eventHash: undefined, platform: 'genesys' as const, region: 'eu' };
    const { outcome } = await this.store.applyReport({ tenant: this.tenant, agentId, parts: findings, ...origin });
    expect(outcome).toBe(this.model.report(agentId, parts, availability, atMs));
  }

  private async claim(queueId: string, callId: string | undefined): Promise<void> {
    const token = randomUUID();
    const call = callId === undefined ? undefined : { callId, hash: callId, callerHash: 'caller' };
    const answer = await this.store.claim({ tenant: this.tenant, queueId, call, token });
    const expected = this.model.claim(queueId, callId, token);
    const claimed = answer.kind === 'none' ? undefined : { id: answer.claim.agentId, token: answer.claim.lockToken };
    expect(claimed).toEqual(expected);
    if (claimed !== undefined) this.claims.unshift(claimed);
  }

  private claimed(back: number): { readonly id: string; readonly token: string } {
    return this.claims[back] ?? { id: 'a', token: 'unknown token' };
  }
}
