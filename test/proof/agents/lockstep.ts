import { expect } from '@jest/globals';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { StatePart, Availability } from '../../../src/contracts/agent-report.js';
import type { AgentStore, ReleaseOutcome } from '../../../src/modules/agent-state/store/agent-store.js';
import type { Model } from './model.js';

/** Something that is done to the store and to the model. Which earlier claim is meant is counted from the newest. */
export type Step =
  | {
      readonly do: 'tell';
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

/** @param passMs how much time may go by at once; 0: none does */
export function steps(passMs: number): fc.Arbitrary<Step[]> {
  const tell = fc.record({ do: fc.constant('tell' as const), id, parts, availability, agoMs: fc.nat(50) });
  const join = fc.record({ do: fc.constant('join' as const), id, queue, score: fc.nat(2) });
  const claim = fc.record({ do: fc.constant('claim' as const), queue, call: fc.option(call, { nil: undefined }) });
  const confirm = fc.record({ do: fc.constant('confirm' as const), back });
  const outcome = fc.constantFrom<ReleaseOutcome>('rejected', 'failed', 'ended');
  const release = fc.record({ do: fc.constant('release' as const), back, outcome });
  const others = [
    fc.record({ do: fc.constant('leave' as const), id, queue }),
    fc.record({ do: fc.constant('endCall' as const), call }),
    fc.constant({ do: 'sweep' as const }),
    ...(passMs === 0 ? [] : [fc.record({ do: fc.constant('pass' as const), ms: fc.nat(passMs) })]),
  ];
  return fc.array(fc.oneof(tell, tell, join, join, claim, claim, claim, confirm, release, ...others), {
    maxLength: 60,
  });
}

/** Does the same to both, and compares what they say. */
export class Lockstep {
  private readonly tenant = randomUUID();
  private readonly claims: { readonly id: string; readonly token: string }[] = [];

  constructor(
    private readonly store: AgentStore,
    private readonly model: Model,
    private readonly parts: {
      readonly pass: (ms: number) => Promise<void>;
      /** To which both count the platform's times back. */
      readonly epochMs: number;
    },
  ) {}

  async all(todo: readonly Step[]): Promise<void> {
    for (const step of todo) await this.take(step);
    for (const one of ['a', 'b', 'c', 'd']) {
      const state = await this.store.read(this.tenant, one);
      expect(state?.status).toBe(this.model.statusOf(one));
      if (state !== undefined) expect(state.stale).toBe(this.model.isStale(one));
    }
  }

  private async take(step: Step): Promise<void> {
    const { store, model, tenant } = this;
    switch (step.do) {
      case 'tell':
        return this.tell(step);
      case 'join':
        model.join(step.id, step.queue, step.score);
        expect(await store.join({ tenant, queueId: step.queue, agentId: step.id }, step.score)).toBe(true);
        return;
      case 'leave': {
        const left = await store.leave({ tenant, queueId: step.queue, agentId: step.id });
        expect(left).toBe(model.leave(step.id, step.queue));
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

  private async tell({
    id: agentId,
    parts: told,
    availability: said,
    agoMs,
  }: Extract<Step, { do: 'tell' }>): Promise<void> {
    const atMs = this.parts.epochMs - agoMs;
    const findings = Object.fromEntries(told.map((part) => [part, { atMs, availability: said, raw: said }]));
    const rest = { eventHash: undefined, platform: 'genesys' as const, region: 'eu' };
    const { outcome } = await this.store.applyReport({ tenant: this.tenant, agentId, parts: findings, ...rest });
    expect(outcome).toBe(this.model.tell(agentId, told, said, atMs));
  }

  private async claim(queueId: string, named: string | undefined): Promise<void> {
    const token = randomUUID();
    const asked = named === undefined ? undefined : { callId: named, hash: named };
    const answer = await this.store.claim({ tenant: this.tenant, queueId, call: asked, token });
    const wanted = this.model.claim(queueId, named, token);
    const got = answer.kind === 'none' ? undefined : { id: answer.claim.agentId, token: answer.claim.lockToken };
    expect(got).toEqual(wanted);
    if (got !== undefined) this.claims.unshift(got);
  }

  private claimed(at: number): { readonly id: string; readonly token: string } {
    return this.claims[at] ?? { id: 'a', token: 'never given' };
  }
}
