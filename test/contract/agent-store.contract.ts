/** This file exceeds 220 lines because all tests of the contract share their helpers. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type AgentReport, type Availability, type StatePart, wholeState } from '../../src/contracts/agent-report.js';
import type { AgentState, AgentStore, Claim } from '../../src/modules/agent-state/store/agent-store.js';
import { eventually } from '../support/eventually.js';
import { ruleScoresContract } from './rule-scores.contract.js';
import { skillClaimContract } from './skill-claim.contract.js';
import type { StoresUnderTest } from './stores-under-test.js';

/** Long enough that nothing expires on a slow machine. */
const LONG = { claimTtlMs: 600_000, holdMs: 600_000, agentTtlMs: 600_000 };
/** Short enough that a test can wait for the expiry. */
const SHORT_MS = 60;
/** Short enough to wait for, and long enough for a slow machine to act before the expiry. */
const REJECTED_CLAIM_MS = 1500;

/** The contract of every agent store, in one file because its tests share their helpers. */
export function agentStoreContract(name: string, open: () => Promise<StoresUnderTest>): void {
  describe(`agent store contract, ${name}`, () => {
    let subject: StoresUnderTest;
    let store: AgentStore;
    let agoMs: (ms: number) => number;
    beforeAll(async () => {
      subject = await open();
      store = subject.open(LONG);
      agoMs = (ms) => subject.nowMs() - ms;
    });
    afterAll(() => subject.close());

    /** Each test uses its own tenant. */
    const newTenant = (): string => randomUUID();
    const applyReport = (
      tenant: string,
      agentId: string,
      availability: Availability,
      atMs: number,
      more: Partial<AgentReport> = {},
    ) =>
      store.applyReport({
        ...{ tenant, agentId, eventHash: undefined, platform: 'genesys', region: 'eu' },
        ...{ parts: wholeState(availability, atMs, availability) },
        ...more,
      });
    const applyPart = (tenant: string, agentId: string, which: StatePart, availability: Availability, atMs: number) =>
      applyReport(tenant, agentId, availability, atMs, {
        parts: { [which]: { atMs, availability, raw: availability } },
      });
    const join = (tenant: string, agentId: string, queueId = 'q', score = 0) =>
      store.join({ tenant, queueId, agentId }, score);
    const ready = async (tenant: string, agentId: string, { queueId = 'q', score = 0, idleMs = 1000 } = {}) => {
      expect(await join(tenant, agentId, queueId, score)).toBe('joined');
      expect(await applyReport(tenant, agentId, 'free', agoMs(idleMs))).toMatchObject({ outcome: 'applied' });
    };
    const requestClaim = (tenant: string, queueId = 'q', callId?: string, from = store) =>
      from.claim({
        ...{ tenant, queueId, token: randomUUID() },
        call: callId === undefined ? undefined : { callId, hash: `mark-${callId}`, callerHash: 'mark-of-caller' },
      });
    const end = (tenant: string, callId: string, more: { eventHash?: string; agentId?: string } = {}) =>
      store.endCall({ tenant, callHash: `mark-${callId}`, eventHash: randomUUID(), ...more });
    const claim = async (tenant: string, queueId = 'q', callId?: string, from = store): Promise<Claim | undefined> => {
      const answer = await requestClaim(tenant, queueId, callId, from);
      return answer.kind === 'none' ? undefined : answer.claim;
    };
    const must = async (claiming: Promise<Claim | undefined>): Promise<Claim> => {
      const claimed = await claiming;
      if (claimed === undefined) throw new Error('no agent was claimed');
      return claimed;
    };
    const ownerOf = (tenant: string, { agentId, lockToken }: Claim) => ({ tenant, agentId, token: lockToken });
    const statusOf = async (tenant: string, agentId: string): Promise<AgentState['status'] | undefined> =>
      (await store.read(tenant, agentId))?.status;
    const claimAll = async (tenant: string, queueId = 'q'): Promise<string[]> => {
      const ids: string[] = [];
      for (let next = await claim(tenant, queueId); next !== undefined; next = await claim(tenant, queueId))
        ids.push(next.agentId);
      return ids;
    };

    it('claims no agent while claims of the tenant are closed, keeps locks, and gives greater fences after', async () => {
      const tenant = newTenant();
      expect(await store.closeClaims(tenant)).toBe(0);
      await store.openClaims(tenant);
      for (const agentId of ['a', 'b']) await ready(tenant, agentId);
      const first = await requestClaim(tenant, 'q', 'call');
      if (first.kind === 'none') throw new Error('no agent');
      expect(await store.closeClaims(tenant)).toBe(first.claim.fence);
      for (const callId of ['call', 'other', undefined])
        expect(await requestClaim(tenant, 'q', callId)).toMatchObject({ kind: 'none', isClosed: true });
      const { agentId, lockToken: token } = first.claim;
      expect(await store.confirm({ tenant, agentId, token })).toBeGreaterThan(0);
      await store.openClaims(tenant);
      const fenceAbove = first.claim.fence + 5_000_000;
      const next = await store.claim({ tenant, queueId: 'q', token: randomUUID(), call: undefined, fenceAbove });
      expect(next).toMatchObject({ kind: 'claimed', claim: { fence: fenceAbove + 1 } });
    });

    describe('a claim', () => {
      it('a claim finds no agent in an unknown queue', async () => {
        expect(await requestClaim(newTenant(), 'nowhere')).toEqual({ kind: 'none', expired: 0 });
      });

      it('a claim gets the lowest priority score first, and among equal scores the longest idle agent', async () => {
        const tenant = newTenant();
        await ready(tenant, 'late', { score: 1, idleMs: 10 });
        await ready(tenant, 'patient', { score: 1, idleMs: 5000 });
        await ready(tenant, 'last', { score: 20, idleMs: 90_000 });
        await ready(tenant, 'between', { score: 2.5, idleMs: 1 });
        await ready(tenant, 'first', { score: 0, idleMs: 1 });
        expect(await claimAll(tenant)).toEqual(['first', 'patient', 'late', 'between', 'last']);
      });

      it('concurrent claims get different agents, and each claim a greater fence', async () => {
        const tenant = newTenant();
        for (const id of ['a', 'b', 'c']) await ready(tenant, id);
        const claims = await Promise.all(Array.from({ length: 8 }, () => claim(tenant)));
        const granted = claims.filter((each) => each !== undefined);
        expect(granted.map(({ agentId }) => agentId).toSorted()).toEqual(['a', 'b', 'c']);
        const fences = granted.map(({ fence }) => fence);
        expect(new Set(fences).size).toBe(3);
        expect(fences).toEqual(fences.toSorted((a, b) => a - b));
        expect(String(fences.at(-1)).length).toBeLessThanOrEqual(15);
      });

      it('a claim locks an agent in all its queues', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a', { queueId: 'q1' });
        await join(tenant, 'a', 'q2', 7);
        const claimed = await must(claim(tenant, 'q1'));
        expect(await claim(tenant, 'q2')).toBeUndefined();
        expect(await store.release(ownerOf(tenant, claimed), 'failed')).toBe(true);
        expect(await claim(tenant, 'q2')).toMatchObject({ agentId: 'a', queueId: 'q2' });
      });

      it('a repeated claim of a call gets the same lock, even if it names another queue', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        await ready(tenant, 'b');
        const first = await requestClaim(tenant, 'q', 'call-1');
        const again = await requestClaim(tenant, 'other', 'call-1');
        if (first.kind !== 'claimed' || again.kind !== 'repeated') throw new Error('not repeated');
        const { lockExpiresInMs: _, ...same } = first.claim;
        expect(again.claim).toMatchObject(same);
        expect(again.claim.lockExpiresInMs).toBeLessThanOrEqual(LONG.claimTtlMs);
        expect((await must(claim(tenant, 'q', 'call-2'))).agentId).not.toBe(first.claim.agentId);
      });

      it('concurrent claims of one call get one lock', async () => {
        const tenant = newTenant();
        for (const id of ['a', 'b', 'c']) await ready(tenant, id);
        const answers = await Promise.all(Array.from({ length: 12 }, () => requestClaim(tenant, 'q', 'call')));
        expect(answers.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
        expect(answers.filter(({ kind }) => kind === 'repeated')).toHaveLength(11);
        expect(await claimAll(tenant)).toHaveLength(2);
      });

      it('the same call of another caller is another call', async () => {
        const tenant = newTenant();
        for (const id of ['a', 'b', 'c']) await ready(tenant, id);
        const claimFor = async (callerHash: string): Promise<Claim> => {
          const call = { callId: 'call', hash: 'mark-call', callerHash };
          const answer = await store.claim({ tenant, queueId: 'q', token: randomUUID(), call });
          if (answer.kind === 'none') throw new Error('no agent was claimed');
          return answer.claim;
        };
        const [mine, theirs] = [await claimFor('mine'), await claimFor('theirs')];
        expect(theirs.agentId).not.toBe(mine.agentId);
        expect(theirs.lockToken).not.toBe(mine.lockToken);
        expect(await claimFor('mine')).toMatchObject({ lockToken: mine.lockToken, agentId: mine.agentId });
        expect(await claimFor('theirs')).toMatchObject({ lockToken: theirs.lockToken, agentId: theirs.agentId });
        expect(await store.release(ownerOf(tenant, mine), 'ended')).toBe(true);
        expect(await claimFor('theirs')).toMatchObject({ lockToken: theirs.lockToken });
        expect((await claimFor('mine')).lockToken).not.toBe(mine.lockToken);
      });

      it('the end of a call ends the confirmed locks of all its callers', async () => {
        const tenant = newTenant();
        for (const id of ['a', 'b', 'c']) await ready(tenant, id);
        for (const callerHash of ['one', 'two', 'three']) {
          const call = { callId: 'call', hash: 'mark-call', callerHash };
          const answer = await store.claim({ tenant, queueId: 'q', token: randomUUID(), call });
          if (answer.kind !== 'claimed') throw new Error('no agent was claimed');
          if (callerHash !== 'three') await store.confirm(ownerOf(tenant, answer.claim));
        }
        expect(await end(tenant, 'call', { eventHash: 'over' })).toBe('ended');
        expect(await end(tenant, 'call', { eventHash: 'over' })).toBe('duplicate');
        expect(await claimAll(tenant)).toHaveLength(2);
      });

      it('a claim skips an agent that another queue has claimed, and a release brings the agent back', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a', { queueId: 'q1', idleMs: 9000 });
        await ready(tenant, 'b', { queueId: 'q1', idleMs: 1000 });
        for (const id of ['a', 'b']) await join(tenant, id, 'q2');
        const first = await must(claim(tenant, 'q1'));
        expect(first.agentId).toBe('a');
        expect(await claimAll(tenant, 'q2')).toEqual(['b']);
        await store.release(ownerOf(tenant, first), 'failed');
        expect(await claim(tenant, 'q2')).toMatchObject({ agentId: 'a' });
      });

      it('a claim gets no agent of another tenant', async () => {
        const [tenant, other] = [newTenant(), newTenant()];
        await ready(tenant, 'a');
        expect(await claim(other)).toBeUndefined();
        expect(await store.read(other, 'a')).toBeUndefined();
      });

      it('a claim gets no agent without a report', async () => {
        const tenant = newTenant();
        await join(tenant, 'a');
        expect(await claim(tenant)).toBeUndefined();
      });

      it.each(['busy', 'off'] as const)('a claim gets no agent that has become %s', async (availability) => {
        const tenant = newTenant();
        await ready(tenant, 'a', { idleMs: 1000 });
        await applyReport(tenant, 'a', availability, agoMs(500));
        expect(await claim(tenant)).toBeUndefined();
        await applyReport(tenant, 'a', 'free', agoMs(100));
        expect(await claim(tenant)).toMatchObject({ agentId: 'a' });
      });

      it('a claim skips a stale agent until its next report', async () => {
        const tenant = newTenant();
        const strict = subject.open({ ...LONG, agentTtlMs: SHORT_MS });
        const ids = Array.from({ length: 150 }, (_, index) => `a${index}`);
        for (const id of ids) await ready(tenant, id, { idleMs: 90_000 });
        await subject.pass(SHORT_MS + 5);
        expect(await claim(tenant, 'q', undefined, strict)).toBeUndefined();
        expect(await strict.read(tenant, 'a0')).toMatchObject({ status: 'AVAILABLE', stale: true });
        await ready(tenant, 'fresh', { score: 9 });
        expect(await claim(tenant)).toMatchObject({ agentId: 'fresh' });
        await applyReport(tenant, 'a7', 'free', agoMs(0));
        expect(await claim(tenant)).toMatchObject({ agentId: 'a7' });
      });

      it('a repeated report of the same state keeps an agent from being stale', async () => {
        const tenant = newTenant();
        const strict = subject.open({ ...LONG, agentTtlMs: SHORT_MS });
        await join(tenant, 'a');
        const atMs = agoMs(1000);
        await applyReport(tenant, 'a', 'free', atMs);
        await subject.pass(SHORT_MS + 5);
        expect(await strict.read(tenant, 'a')).toMatchObject({ stale: true });
        await applyReport(tenant, 'a', 'free', atMs);
        expect(await store.read(tenant, 'a')).toMatchObject({ stale: false, lastUpdated: atMs });
      });
    });

    describe('a lock', () => {
      it('a lock expires, and its agent moves behind the free agents', async () => {
        const tenant = newTenant();
        const quick = subject.open({ ...LONG, claimTtlMs: SHORT_MS });
        await ready(tenant, 'a', { idleMs: 9000 });
        await ready(tenant, 'b', { idleMs: 1000 });
        const lost = await must(claim(tenant, 'q', 'call', quick));
        expect(lost).toMatchObject({ agentId: 'a' });
        await subject.pass(SHORT_MS + 5);
        expect(await store.confirm(ownerOf(tenant, lost))).toBeUndefined();
        expect(await store.release(ownerOf(tenant, lost), 'ended')).toBe(false);
        const next = await requestClaim(tenant);
        expect(next).toMatchObject({ kind: 'claimed', expired: 1, claim: { agentId: 'b' } });
        expect(await claim(tenant, 'q', 'call')).toMatchObject({ agentId: 'a' });
      });

      it('a confirmed lock is held and shows its call', async () => {
        const tenant = newTenant();
        const quick = subject.open({ ...LONG, claimTtlMs: SHORT_MS });
        await ready(tenant, 'a');
        const claimed = await must(claim(tenant, 'q', 'call', subject.open({ ...LONG, claimTtlMs: 5000 })));
        expect(await quick.confirm(ownerOf(tenant, claimed))).toBe(LONG.holdMs);
        expect(await quick.confirm(ownerOf(tenant, claimed))).toBeLessThanOrEqual(LONG.holdMs);
        expect(await store.read(tenant, 'a')).toMatchObject({ currentCallId: 'call', locked: true });
        expect(await claim(tenant)).toBeUndefined();
        expect(await requestClaim(tenant, 'q', 'call')).toMatchObject({ kind: 'repeated', claim: { agentId: 'a' } });
      });

      it('a held lock expires after the hold time, even without a claim', async () => {
        const tenant = newTenant();
        const brief = subject.open({ ...LONG, holdMs: SHORT_MS });
        await ready(tenant, 'a');
        expect(await brief.confirm(ownerOf(tenant, await must(claim(tenant))))).toBe(SHORT_MS);
        await subject.pass(SHORT_MS + 5);
        expect(await store.sweep(tenant)).toMatchObject({ expired: 1 });
        expect(await store.sweep(tenant)).toMatchObject({ expired: 0 });
        expect(await claim(tenant)).toMatchObject({ agentId: 'a' });
      });

      it('a lock outlasts every report of its agent', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const claimed = await must(claim(tenant));
        await store.confirm(ownerOf(tenant, claimed));
        for (const availability of ['busy', 'free', 'off', 'free'] as const)
          await applyReport(tenant, 'a', availability, agoMs(0));
        expect(await claim(tenant)).toBeUndefined();
        expect(await store.release(ownerOf(tenant, claimed), 'ended')).toBe(true);
      });

      it('a lock obeys only its own token, and ends once', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const claimed = await must(claim(tenant));
        const owner = ownerOf(tenant, claimed);
        for (const stranger of [
          { ...owner, token: 'other' },
          { ...owner, agentId: 'b' },
          { ...owner, tenant: newTenant() },
        ]) {
          expect(await store.confirm(stranger)).toBeUndefined();
          expect(await store.release(stranger, 'ended')).toBe(false);
        }
        expect(await store.release(owner, 'rejected')).toBe(true);
        expect(await store.release(owner, 'rejected')).toBe(false);
        expect(await store.confirm(owner)).toBeUndefined();
      });

      it('an old token does not release a later lock', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const first = ownerOf(tenant, await must(claim(tenant)));
        await store.release(first, 'failed');
        const second = ownerOf(tenant, await must(claim(tenant)));
        expect(await store.release(first, 'ended')).toBe(false);
        expect(await store.release(second, 'ended')).toBe(true);
      });

      it.each([
        ['failed', 'a'],
        ['rejected', 'b'],
        ['ended', 'b'],
      ] as const)('after a release as %s the next claim gets agent %s', async (outcome, next) => {
        const tenant = newTenant();
        await ready(tenant, 'a', { idleMs: 9000 });
        await ready(tenant, 'b', { idleMs: 1000 });
        const claimed = await must(claim(tenant, 'q', 'call'));
        await store.release(ownerOf(tenant, claimed), outcome);
        expect(await claim(tenant, 'q', 'call')).toMatchObject({ agentId: next });
      });

      it('a released busy agent is not claimed', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const claimed = await must(claim(tenant));
        await applyReport(tenant, 'a', 'busy', agoMs(0));
        await store.release(ownerOf(tenant, claimed), 'ended');
        expect(await claim(tenant)).toBeUndefined();
      });

      it('a held lock ends with its conversation', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const claimed = await must(claim(tenant, 'q', 'call'));
        expect(await end(tenant, 'call')).toBe('none');
        await store.confirm(ownerOf(tenant, claimed));
        expect(await end(tenant, 'other')).toBe('none');
        expect(await end(tenant, 'call', { agentId: 'b' })).toBe('none');
        expect(await end(tenant, 'call', { agentId: 'a' })).toBe('ended');
        expect(await end(tenant, 'call')).toBe('none');
        expect(await claim(tenant)).toMatchObject({ agentId: 'a' });
      });

      it('a repeated end of call event does not end a later lock of the same call', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const claimAndConfirm = async (): Promise<void> => {
          const token = (await claim(tenant, 'q', 'call'))?.lockToken ?? '';
          expect(await store.confirm({ tenant, agentId: 'a', token })).toBeGreaterThan(0);
        };
        await claimAndConfirm();
        expect(await end(tenant, 'call', { eventHash: 'event', agentId: 'a' })).toBe('ended');
        await claimAndConfirm();
        expect(await end(tenant, 'call', { eventHash: 'event', agentId: 'a' })).toBe('duplicate');
        expect(await claim(tenant)).toBeUndefined();
        expect(await end(tenant, 'call', { eventHash: 'another' })).toBe('ended');
      });
    });

    describe('a pending claim', () => {
      const requestPending = async (tenant: string, callId: string | undefined, from = store) => {
        const call =
          callId === undefined ? undefined : { callId, hash: `mark-${callId}`, callerHash: 'mark-of-caller' };
        const answer = await from.claim({ tenant, queueId: 'q', token: randomUUID(), call, pending: true });
        if (answer.kind === 'none') throw new Error('no agent was claimed');
        return { ...answer, owner: ownerOf(tenant, answer.claim) };
      };

      it('a pending claim locks its agent until it is resolved', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const { owner, pending } = await requestPending(tenant, 'call');
        expect(pending).toBe(true);
        expect(await claim(tenant)).toBeUndefined();
        expect(await requestPending(tenant, 'call')).toMatchObject({ kind: 'repeated', pending: true, owner });
      });

      it('a pending claim is resolved once, and only with its own token', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const { owner } = await requestPending(tenant, 'call');
        expect(await store.resolve({ ...owner, token: 'other' }, 'rejected')).toBe(false);
        expect(await store.resolve(owner, 'verified')).toBe(true);
        expect(await store.resolve(owner, 'rejected')).toBe(false);
        expect(await requestPending(tenant, 'call')).toMatchObject({ kind: 'repeated', pending: false, owner });
        expect(await store.confirm(owner)).toBe(LONG.holdMs);
      });

      it('a claim is not pending unless the request says so', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const answer = await requestClaim(tenant);
        if (answer.kind === 'none') throw new Error('no agent was claimed');
        expect(answer.pending).toBe(false);
        expect(await store.resolve(ownerOf(tenant, answer.claim), 'rejected')).toBe(false);
      });

      it('a rejected claim leaves its call to another agent', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a', { idleMs: 9000 });
        await ready(tenant, 'b', { idleMs: 1000 });
        const { owner } = await requestPending(tenant, 'call');
        await applyReport(tenant, 'a', 'busy', agoMs(0));
        expect(await store.resolve(owner, 'rejected')).toBe(true);
        expect(await store.release(owner, 'failed')).toBe(false);
        expect(await requestPending(tenant, 'call')).toMatchObject({ kind: 'claimed', claim: { agentId: 'b' } });
        expect(await claim(tenant)).toBeUndefined();
        await applyReport(tenant, 'a', 'free', agoMs(-5));
        expect(await claim(tenant)).toMatchObject({ agentId: 'a' });
      });

      it('a rejected claim keeps its lock until it expires if the stored state still says available', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const { owner } = await requestPending(tenant, 'call');
        expect(await store.resolve(owner, 'rejected')).toBe(true);
        expect(await claim(tenant, 'q', 'call')).toBeUndefined();
        expect(await store.read(tenant, 'a')).toMatchObject({ status: 'AVAILABLE', currentCallId: '' });
      });

      it('a rejected claim releases the agent when its lock expires', async () => {
        const tenant = newTenant();
        const quick = subject.open({ ...LONG, claimTtlMs: REJECTED_CLAIM_MS });
        await ready(tenant, 'a');
        const { owner } = await requestPending(tenant, 'call', quick);
        expect(await store.resolve(owner, 'rejected')).toBe(true);
        await subject.pass(REJECTED_CLAIM_MS + 5);
        expect(await claim(tenant, 'q', 'call')).toMatchObject({ agentId: 'a' });
      });
    });

    describe('a report from the agent directory', () => {
      const applyDirectoryReport = (tenant: string, agentId: string, availability: Availability, atMs: number) =>
        applyReport(tenant, agentId, availability, atMs, { fromDirectory: true });
      const stale = async (tenant: string, availability: Availability, ago: number) => {
        await applyReport(tenant, 'a', availability, agoMs(ago));
        await subject.pass(SHORT_MS + 5);
        return subject.open({ ...LONG, agentTtlMs: SHORT_MS });
      };

      it('a directory report refreshes the agent, however old its time is', async () => {
        const tenant = newTenant();
        const strict = await stale(tenant, 'free', 500);
        expect(await strict.read(tenant, 'a')).toMatchObject({ stale: true });
        expect(await applyDirectoryReport(tenant, 'a', 'free', agoMs(9000))).toMatchObject({ outcome: 'older' });
        expect(await store.read(tenant, 'a')).toMatchObject({ status: 'AVAILABLE', stale: false });
      });

      it('a directory report does not overwrite a newer state', async () => {
        const tenant = newTenant();
        await applyReport(tenant, 'a', 'free', agoMs(100));
        expect(await applyDirectoryReport(tenant, 'a', 'busy', agoMs(5000))).toMatchObject({
          outcome: 'older',
          changed: false,
        });
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
      });

      it('a directory report replaces the state of a stale agent, whatever its time', async () => {
        const tenant = newTenant();
        const strict = await stale(tenant, 'free', 100);
        const report = { tenant, agentId: 'a', eventHash: undefined, platform: 'genesys', region: 'eu' } as const;
        const parts = wholeState('busy', agoMs(90_000), 'INTERACTING');
        expect(await strict.applyReport({ ...report, parts, fromDirectory: true })).toMatchObject({ changed: true });
        expect(await store.read(tenant, 'a')).toMatchObject({ status: 'BUSY', stale: false });
        await applyReport(tenant, 'a', 'free', agoMs(10));
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
      });
    });

    describe('an agent that the platform does not list', () => {
      const readNow = async (tenant: string): Promise<number> => {
        await subject.pass(2);
        return (await store.listNotReportedSince(tenant, undefined, 0, 1)).nowMs;
      };
      const miss = async (tenant: string) => store.markAbsent(tenant, 'a', await readNow(tenant));

      it('an agent stays available after one complete reading without the agent', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        expect(await miss(tenant)).toBe(false);
        expect(await claim(tenant)).toMatchObject({ agentId: 'a' });
      });

      it('an agent is offline and gone after two complete readings in a row without the agent', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        expect([await miss(tenant), await miss(tenant), await miss(tenant)]).toEqual([false, true, false]);
        expect(await store.read(tenant, 'a')).toMatchObject({
          status: 'OFFLINE',
          platformStatus: 'GONE',
          stale: false,
        });
        expect(await claim(tenant)).toBeUndefined();
        expect((await store.sweep(tenant)).counts).toEqual({ AVAILABLE: 0, BUSY: 0, OFFLINE: 1 });
      });

      it('two readings at the same time count as one', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        const readFromMs = await readNow(tenant);
        await subject.pass(2);
        expect(await store.markAbsent(tenant, 'a', readFromMs)).toBe(false);
        expect(await store.markAbsent(tenant, 'a', readFromMs)).toBe(false);
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
      });

      it('a reading that lists the agent in between starts the count again', async () => {
        const tenant = newTenant();
        const atMs = agoMs(5000);
        await applyReport(tenant, 'a', 'free', atMs);
        await miss(tenant);
        await applyReport(tenant, 'a', 'free', atMs, { fromDirectory: true });
        expect(await miss(tenant)).toBe(false);
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
      });

      it('a report during the reading prevents the mark', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        await miss(tenant);
        const readFromMs = await readNow(tenant);
        await subject.pass(2);
        await applyReport(tenant, 'a', 'free', agoMs(500));
        expect(await store.markAbsent(tenant, 'a', readFromMs)).toBe(false);
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
      });

      it.each<[string, Partial<AgentReport>]>([
        ['the next reading that lists the agent', { fromDirectory: true }],
        ['a reading that lists the agent without a usable state', { fromDirectory: true, parts: {} }],
      ])('%s brings back the platform’s own state of its old date', async (_what, more) => {
        const tenant = newTenant();
        const atMs = agoMs(5000);
        await join(tenant, 'a');
        await applyReport(tenant, 'a', 'free', atMs);
        await miss(tenant);
        await miss(tenant);
        expect(await applyReport(tenant, 'a', 'free', atMs, more)).toMatchObject({ changed: true });
        expect(await store.read(tenant, 'a')).toMatchObject({ status: 'AVAILABLE', lastUpdated: atMs });
        expect(await claim(tenant)).toMatchObject({ agentId: 'a' });
      });

      it('a late event that is newer than the last report brings the agent back', async () => {
        const tenant = newTenant();
        await applyReport(tenant, 'a', 'busy', agoMs(5000));
        await miss(tenant);
        await miss(tenant);
        await applyPart(tenant, 'a', 'routing', 'free', agoMs(4000));
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
      });

      it('a repeated old event does not bring the agent back', async () => {
        const tenant = newTenant();
        const atMs = agoMs(5000);
        await applyReport(tenant, 'a', 'free', atMs);
        await miss(tenant);
        await miss(tenant);
        await applyReport(tenant, 'a', 'free', atMs);
        expect(await statusOf(tenant, 'a')).toBe('OFFLINE');
      });

      it('an agent is gone at once if the platform was asked for the agent and has none', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        expect(await applyReport(tenant, 'a', 'off', 0, { gone: true, parts: {} })).toMatchObject({ changed: true });
        expect(await store.read(tenant, 'a')).toMatchObject({ status: 'OFFLINE', platformStatus: 'GONE' });
      });

      it('an unknown agent stays unknown', async () => {
        const tenant = newTenant();
        expect(await miss(tenant)).toBe(false);
        expect(await store.read(tenant, 'a')).toBeUndefined();
      });
    });

    describe('an agent whose region is silent', () => {
      afterEach(() => subject.regions.silence([]));
      beforeEach(() => subject.regions.silence([]));

      /** Restores until no agent is left. */
      const restore = async (tenant: string): Promise<void> => {
        while (await store.restore(tenant));
      };
      const readyIn = async (region: string, tenant: string, agentId: string, idleMs: number, queueId = 'q') => {
        await join(tenant, agentId, queueId);
        await applyReport(tenant, agentId, 'free', agoMs(idleMs), { region });
      };

      it('is stale in reads and pages until the region is heard again', async () => {
        const tenant = newTenant();
        await readyIn('eu', tenant, 'a', 2000);
        await readyIn('us', tenant, 'b', 1000);
        subject.regions.silence(['eu', 'ap']);
        expect(await store.read(tenant, 'a')).toMatchObject({ stale: true, status: 'AVAILABLE' });
        const { members } = await store.listMembers(tenant, 'q', 0, 10);
        expect(members.map(({ state }) => state?.stale)).toEqual([true, false]);
        subject.regions.silence([]);
        expect(await store.read(tenant, 'a')).toMatchObject({ stale: false });
      });

      it('is passed over by a claim, and counts as before', async () => {
        const tenant = newTenant();
        await readyIn('eu', tenant, 'a', 2000);
        await readyIn('us', tenant, 'b', 1000);
        subject.regions.silence(['eu']);
        expect(await claimAll(tenant)).toEqual(['b']);
        expect(await store.sweep(tenant)).toMatchObject({ counts: { AVAILABLE: 2, BUSY: 0, OFFLINE: 0 } });
      });

      it('gets its place in each queue again when the region is heard again', async () => {
        const tenant = newTenant();
        for (const [index, agentId] of ['a', 'b', 'c'].entries()) {
          await readyIn(index === 1 ? 'us' : 'eu', tenant, agentId, 9000 - index * 1000);
          await join(tenant, agentId, 'other', 3 - index);
        }
        subject.regions.silence(['eu']);
        expect(await claimAll(tenant, 'other')).toEqual(['b']);
        expect(await claim(tenant)).toBeUndefined();
        await restore(tenant);
        expect(await claim(tenant)).toBeUndefined();
        subject.regions.silence([]);
        await restore(tenant);
        expect(await claimAll(tenant, 'other')).toEqual(['c', 'a']);
      });

      it('stays out while its region is silent and another region is heard again', async () => {
        const tenant = newTenant();
        await readyIn('eu', tenant, 'a', 3000);
        await readyIn('ap', tenant, 'b', 2000);
        await readyIn('us', tenant, 'c', 1000);
        subject.regions.silence(['ap', 'eu', 'us']);
        expect(await claim(tenant)).toBeUndefined();
        subject.regions.silence(['ap']);
        await restore(tenant);
        expect(await claimAll(tenant)).toEqual(['a', 'c']);
      });

      it('is claimed if the claim is pending, unless the claim skips such agents', async () => {
        const tenant = newTenant();
        await readyIn('eu', tenant, 'a', 1000);
        subject.regions.silence(['eu']);
        const request = { tenant, queueId: 'q', call: undefined, pending: true as const };
        expect(await store.claim({ ...request, token: randomUUID(), skipsSilent: true })).toMatchObject({
          kind: 'none',
        });
        subject.regions.silence([]);
        await restore(tenant);
        subject.regions.silence(['eu']);
        expect(await store.claim({ ...request, token: randomUUID() })).toMatchObject({
          ...{ kind: 'claimed', pending: true },
          claim: { agentId: 'a' },
        });
      });

      it('is claimed while its last report is recent, also a report of the platform’s current state', async () => {
        const tenant = newTenant();
        await readyIn('eu', tenant, 'a', 1000);
        subject.regions.silence(['eu'], 600_000);
        expect(await store.read(tenant, 'a')).toMatchObject({ stale: false });
        subject.regions.silence(['eu'], SHORT_MS);
        await subject.pass(2 * SHORT_MS);
        expect(await store.read(tenant, 'a')).toMatchObject({ stale: true });
        expect(await claim(tenant)).toBeUndefined();
        subject.regions.silence(['eu'], 600_000);
        await applyReport(tenant, 'a', 'free', agoMs(5000), { region: 'here', fromDirectory: true });
        expect(await claimAll(tenant)).toEqual(['a']);
      });

      it('is free again at once when this region reports it', async () => {
        const tenant = newTenant();
        await readyIn('eu', tenant, 'a', 1000);
        subject.regions.silence(['eu']);
        expect(await claim(tenant)).toBeUndefined();
        await applyReport(tenant, 'a', 'free', agoMs(500), { region: 'here' });
        expect(await store.read(tenant, 'a')).toMatchObject({ stale: false, region: 'here' });
        expect(await claimAll(tenant)).toEqual(['a']);
      });

      it('takes over the platform’s current state, however old the time of that state is', async () => {
        const tenant = newTenant();
        await readyIn('eu', tenant, 'a', 1000);
        subject.regions.silence(['eu']);
        await applyReport(tenant, 'a', 'busy', agoMs(60_000), { region: 'here', fromDirectory: true });
        expect(await store.read(tenant, 'a')).toMatchObject({ status: 'BUSY', stale: false });
      });

      it('keeps the lock of its call, and stays out when the lock ends', async () => {
        const tenant = newTenant();
        await readyIn('eu', tenant, 'a', 1000);
        const before = await must(claim(tenant, 'q', 'call'));
        subject.regions.silence(['eu']);
        expect((await must(claim(tenant, 'q', 'call'))).lockToken).toBe(before.lockToken);
        await store.release(ownerOf(tenant, before), 'failed');
        expect(await claim(tenant)).toBeUndefined();
        subject.regions.silence([]);
        await restore(tenant);
        expect(await claimAll(tenant)).toEqual(['a']);
      });

      it('of this region is never silent', async () => {
        const tenant = newTenant();
        await readyIn('here', tenant, 'a', 1000);
        subject.regions.silence(['here', 'eu']);
        expect(await store.read(tenant, 'a')).toMatchObject({ stale: false });
        expect(await claimAll(tenant)).toEqual(['a']);
      });

      it('is passed over with 600 others of its region in one claim', async () => {
        const tenant = newTenant();
        const ids = Array.from({ length: 600 }, (_, index) => `a${index}`);
        for (let at = 0; at < ids.length; at += 100)
          await Promise.all(ids.slice(at, at + 100).map((id, index) => readyIn('eu', tenant, id, 90_000 - index)));
        await readyIn('us', tenant, 'last', 10);
        subject.regions.silence(['eu']);
        expect(await claimAll(tenant)).toEqual(['last']);
        subject.regions.silence([]);
        await restore(tenant);
        expect(await must(claim(tenant))).toMatchObject({ queueId: 'q' });
      });
    });

    describe('the state of an agent', () => {
      it('an agent is unknown before its first report', async () => {
        expect(await store.read(newTenant(), 'a')).toBeUndefined();
      });

      it('a read returns platform, region and the platform’s own status word', async () => {
        const tenant = newTenant();
        const atMs = agoMs(1234);
        await applyReport(tenant, 'a', 'free', atMs, { region: 'us-east-1' });
        expect(await store.read(tenant, 'a')).toEqual({
          ...{ agentId: 'a', status: 'AVAILABLE', stale: false, currentCallId: '', locked: false },
          ...{ lastUpdated: atMs, platform: 'genesys', platformStatus: 'free', region: 'us-east-1' },
        });
      });

      it('an agent is available only when presence and routing status are known and free', async () => {
        const tenant = newTenant();
        await applyPart(tenant, 'a', 'routing', 'free', agoMs(50));
        expect(await statusOf(tenant, 'a')).toBe('BUSY');
        await applyPart(tenant, 'a', 'presence', 'free', agoMs(60));
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
        await applyPart(tenant, 'a', 'work', 'busy', agoMs(40));
        expect(await statusOf(tenant, 'a')).toBe('BUSY');
        await applyPart(tenant, 'a', 'work', 'free', agoMs(30));
        await applyPart(tenant, 'a', 'presence', 'off', agoMs(20));
        expect(await statusOf(tenant, 'a')).toBe('OFFLINE');
      });

      it('an agent off queue is offline without a presence, and busy with a busy presence', async () => {
        const tenant = newTenant();
        await applyPart(tenant, 'a', 'routing', 'off', agoMs(50));
        expect(await statusOf(tenant, 'a')).toBe('OFFLINE');
        await applyPart(tenant, 'a', 'presence', 'busy', agoMs(60));
        expect(await statusOf(tenant, 'a')).toBe('BUSY');
      });

      it('an older report does not change the state of an agent', async () => {
        const [tenant, atMs] = [newTenant(), agoMs(100)];
        await applyReport(tenant, 'a', 'busy', atMs);
        expect(await applyReport(tenant, 'a', 'free', atMs - 100)).toEqual({
          outcome: 'older',
          clamped: false,
          changed: false,
        });
        expect(await statusOf(tenant, 'a')).toBe('BUSY');
      });

      it('the more cautious of two reports of the same time wins, in either order', async () => {
        const tenant = newTenant();
        const atMs = agoMs(100);
        for (const availability of ['free', 'off', 'busy'] as const) await applyReport(tenant, 'a', availability, atMs);
        for (const availability of ['busy', 'off', 'free'] as const) await applyReport(tenant, 'b', availability, atMs);
        const [a, b] = [await store.read(tenant, 'a'), await store.read(tenant, 'b')];
        expect(a).toMatchObject({ status: 'OFFLINE' });
        expect({ ...b, agentId: 'a' }).toEqual(a);
      });

      it('an event is applied once', async () => {
        const tenant = newTenant();
        const event = { eventHash: randomUUID() };
        expect(await applyReport(tenant, 'a', 'free', agoMs(100), event)).toMatchObject({ outcome: 'applied' });
        expect(await applyReport(tenant, 'a', 'off', agoMs(10), event)).toMatchObject({ outcome: 'duplicate' });
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
        expect(await applyReport(newTenant(), 'a', 'free', agoMs(100), event)).toMatchObject({ outcome: 'applied' });
      });

      it('a time far ahead is replaced by the store’s time, and a time slightly ahead is kept', async () => {
        const tenant = newTenant();
        expect(await applyReport(tenant, 'a', 'busy', agoMs(-3_600_000))).toMatchObject({ clamped: true });
        expect((await store.read(tenant, 'a'))?.lastUpdated).toBeLessThanOrEqual(subject.nowMs() + 1000);
        await applyReport(tenant, 'a', 'free', agoMs(-10_000));
        expect(await statusOf(tenant, 'a')).toBe('AVAILABLE');
        expect(await applyReport(tenant, 'b', 'busy', agoMs(-30_000))).toMatchObject({ clamped: false });
      });

      it('the current call of an agent is the conversation of its newest event', async () => {
        const [tenant, atMs] = [newTenant(), agoMs(500)];
        const call = (callId: string, laterMs: number) =>
          applyReport(tenant, 'a', 'free', atMs, { parts: {}, call: { callId, atMs: atMs + laterMs } });
        await call('first', 0);
        expect(await store.read(tenant, 'a')).toMatchObject({ currentCallId: 'first', status: 'BUSY' });
        await call('', 100);
        await call('first', 50);
        expect(await store.read(tenant, 'a')).toMatchObject({ currentCallId: '' });
      });
    });

    describe('membership', () => {
      it('members of a queue are listed page by page, lowest score first, with their states', async () => {
        const tenant = newTenant();
        for (const [id, score] of [
          ['a', 3],
          ['b', 1],
          ['c', 2],
        ] as const)
          await join(tenant, id, 'q', score);
        await applyReport(tenant, 'c', 'free', agoMs(5));
        const page = await store.listMembers(tenant, 'q', 0, 2);
        expect(page).toMatchObject({ total: 3 });
        expect(page.members).toMatchObject([
          { agentId: 'b', priorityScore: 1 },
          { agentId: 'c', priorityScore: 2, state: { status: 'AVAILABLE' } },
        ]);
        expect(page.members[0]?.state).toBeUndefined();
        expect((await store.listMembers(tenant, 'q', 2, 2)).members).toMatchObject([{ agentId: 'a' }]);
        expect(await store.listMembers(tenant, 'nowhere', 0, 2)).toEqual({ total: 0, members: [] });
      });

      it('a new priority score applies at once to a free agent', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a', { score: 5 });
        await ready(tenant, 'b', { score: 4 });
        await join(tenant, 'a', 'q', 3);
        expect(await claimAll(tenant)).toEqual(['a', 'b']);
      });

      it('a removed member is not claimed, and its lock stays', async () => {
        const tenant = newTenant();
        await ready(tenant, 'a');
        await ready(tenant, 'b');
        const held = await must(claim(tenant));
        const ids = { tenant, queueId: 'q' };
        for (const agentId of ['a', 'b']) expect(await store.leave({ ...ids, agentId })).toBe('left');
        expect(await store.leave({ ...ids, agentId: 'a' })).toBe('none');
        expect(await claim(tenant)).toBeUndefined();
        expect(await store.release(ownerOf(tenant, held), 'ended')).toBe(true);
        expect(await claim(tenant)).toBeUndefined();
      });

      it('concurrent membership and status changes do not overwrite each other', async () => {
        const tenant = newTenant();
        const changes = [
          ...Array.from({ length: 10 }, (_, at) => () => join(tenant, 'a', `q${at}`, at)),
          ...Array.from(
            { length: 10 },
            (_, at) => () => applyReport(tenant, 'a', at === 9 ? 'free' : 'busy', agoMs(100 - at)),
          ),
        ];
        await Promise.all(changes.map((change) => change()));
        for (let at = 0; at < 10; at += 1) {
          const claimed = await must(claim(tenant, `q${at}`));
          await store.release(ownerOf(tenant, claimed), 'failed');
        }
      });

      it('the number of queues per agent is limited', async () => {
        const tenant = newTenant();
        const joined = await Promise.all(Array.from({ length: 201 }, (_, at) => join(tenant, 'a', `q${at}`)));
        expect(joined.filter((result) => result === 'too-many-queues')).toHaveLength(1);
        expect(await join(tenant, 'a', 'q0', 3)).toBe('joined');
      });
    });

    skillClaimContract(() => subject);
    ruleScoresContract(() => subject);

    it('a report result says whether the status of a known agent changed', async () => {
      const [tenant, nowMs] = [newTenant(), agoMs(0)];
      expect(await applyReport(tenant, 'a', 'busy', nowMs - 50)).toMatchObject({ changed: false });
      expect(await applyReport(tenant, 'a', 'busy', nowMs - 40)).toMatchObject({ changed: false });
      expect(await applyReport(tenant, 'a', 'free', nowMs - 30)).toMatchObject({ changed: true });
      expect(await applyReport(tenant, 'a', 'busy', nowMs - 35)).toMatchObject({ changed: false });
    });

    it('agents without a recent report are listed, oldest report first', async () => {
      const tenant = newTenant();
      for (const id of ['a', 'b', 'c']) {
        await applyReport(tenant, id, 'free', agoMs(10));
        await subject.pass(3);
      }
      const { nowMs, agentIds } = await store.listNotReportedSince(tenant, undefined, 0, 10);
      expect(agentIds).toEqual(['a', 'b', 'c']);
      await subject.pass(3);
      await applyReport(tenant, 'b', 'free', agoMs(0));
      expect((await store.listNotReportedSince(tenant, nowMs, 0, 10)).agentIds).toEqual(['a', 'c']);
      expect((await store.listNotReportedSince(tenant, nowMs, 1, 10)).agentIds).toEqual(['c']);
    });

    it('a sweep counts agents by status', async () => {
      const tenant = newTenant();
      for (const [id, availability] of [
        ['a', 'free'],
        ['b', 'busy'],
        ['c', 'busy'],
        ['d', 'off'],
      ] as const)
        await applyReport(tenant, id, availability, agoMs(10));
      await applyReport(tenant, 'b', 'free', agoMs(5));
      await eventually(async () =>
        expect((await store.sweep(tenant)).counts).toEqual({ AVAILABLE: 2, BUSY: 1, OFFLINE: 1 }),
      );
    });
  });
}
