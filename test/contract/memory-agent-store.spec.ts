import { describe, expect, it } from '@jest/globals';
import { MemoryAgentStore } from '../../src/modules/agent-state/store/memory-agent-store.js';
import {
  EVENT_DEDUPLICATION_MS,
  DELETED_AFTER_MS,
  HOLD_MS,
  CLAIM_TTL_MS,
  type AgentStoreOptions,
} from '../../src/modules/agent-state/store/agent-store.js';
import { wholeState } from '../../src/contracts/agent-report.js';
import { regionAlone, TestRegions } from '../support/agent-stores.js';
import { ManualClock } from '../support/manual-clock.js';
import { agentStoreContract } from './agent-store.contract.js';

const START_MS = Date.UTC(2026, 10, 21);

/** All stores share one MemoryAgentStore; each call sets the options of its store first. */
agentStoreContract('in process', () => {
  const clock = new ManualClock(START_MS);
  const current = { claimTtlMs: 0, holdMs: 0, agentTtlMs: 0 };
  const regions = new TestRegions();
  const store = new MemoryAgentStore(clock, current, regions);
  const open = (options: AgentStoreOptions): MemoryAgentStore =>
    new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          Object.assign(current, options);
          return member.apply(target, args) as unknown;
        };
      },
    });
  const pass = (ms: number): Promise<void> => {
    clock.advance(ms);
    return Promise.resolve();
  };
  return Promise.resolve({ open, pass, regions, nowMs: () => clock.nowMs(), close: () => Promise.resolve() });
});

describe('MemoryAgentStore', () => {
  const options = { claimTtlMs: CLAIM_TTL_MS, holdMs: HOLD_MS, agentTtlMs: 300_000 };
  const newStore = () => {
    const clock = new ManualClock(START_MS);
    return { clock, store: new MemoryAgentStore(clock, options, regionAlone()) };
  };
  const reportAt = (atMs: number, eventHash?: string) => ({
    ...{ tenant: 't', agentId: 'a', eventHash, platform: 'other' as const, region: 'local' },
    parts: wholeState('free', atMs, 'AVAILABLE'),
  });

  it('leases a claimed agent for ten seconds, including the last millisecond', async () => {
    const { clock, store } = newStore();
    await store.join({ tenant: 't', queueId: 'q', agentId: 'a' }, 0);
    await store.applyReport(reportAt(START_MS));
    await store.claim({ tenant: 't', queueId: 'q', call: undefined, token: 'token' });
    clock.advance(CLAIM_TTL_MS - 1);
    expect(await store.confirm({ tenant: 't', agentId: 'a', token: 'token' })).toBe(HOLD_MS);
    clock.advance(HOLD_MS);
    expect(await store.release({ tenant: 't', agentId: 'a', token: 'token' }, 'ended')).toBe(false);
  });

  it('marks an agent as stale exactly when its TTL has passed', async () => {
    const { clock, store } = newStore();
    await store.applyReport(reportAt(START_MS));
    clock.advance(299_999);
    expect(await store.read('t', 'a')).toMatchObject({ stale: false });
    clock.advance(1);
    expect(await store.read('t', 'a')).toMatchObject({ stale: true });
  });

  it('detects a duplicate event for a day', async () => {
    const { clock, store } = newStore();
    await store.applyReport(reportAt(START_MS, 'e'));
    clock.advance(EVENT_DEDUPLICATION_MS - 1);
    expect(await store.applyReport(reportAt(START_MS, 'e'))).toMatchObject({ outcome: 'duplicate' });
    clock.advance(1);
    expect(await store.applyReport(reportAt(START_MS, 'e'))).toMatchObject({ outcome: 'applied' });
  });

  it('deletes an agent without a report for a week, and keeps its queue memberships', async () => {
    const { clock, store } = newStore();
    await store.join({ tenant: 't', queueId: 'q', agentId: 'a' }, 4);
    await store.applyReport(reportAt(START_MS));
    await store.setHireDate('t', 'a', '2020-01-01');
    clock.advance(DELETED_AFTER_MS);
    expect(await store.sweep('t')).toMatchObject({ counts: { AVAILABLE: 0 } });
    expect(await store.read('t', 'a')).toBeUndefined();
    expect((await store.readRuleRecord('t', 'a', '2026-11-30')).hiredOn).toBeUndefined();
    await store.applyReport(reportAt(clock.nowMs()));
    const claimed = await store.claim({ tenant: 't', queueId: 'q', call: undefined, token: 'token' });
    expect(claimed).toMatchObject({ kind: 'claimed' });
  });
});
