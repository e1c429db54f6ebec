import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending, LockRecord, SplitCall } from '../agents/claim-history.js';
import { eventually } from '../../support/eventually.js';
import type { Callers, Reply } from '../callers.js';
import { randomItem } from '../random-item.js';
import { randomRunningService, type Service } from '../service.js';
import { CLAIM_TENANTS } from './stage.js';

const QUEUE = 'all-agents';
const OUTCOMES = ['rejected', 'failed', 'ended'] as const;
const SETS_UP_WITHIN = 32;

interface Claimed {
  readonly agentId: string;
  readonly lockToken: string;
  readonly fence: number;
}

/**
 * Claims agents over HTTP in any region, whichever region is their home. Claimers repeat, confirm,
 * release and die at random, while regions report the agents.
 */
export class RemoteClaims {
  readonly locks: LockRecord[] = [];
  /** Calls that got two locks although their requests were sent at the same time, by tenant. */
  readonly splits: (SplitCall & { readonly tenant: string })[] = [];
  /** The number of answers by their error. */
  readonly refused = new Map<string, number>();
  private readonly tenants = Object.keys(CLAIM_TENANTS);

  constructor(
    private readonly callers: Callers,
    private readonly services: readonly Service[],
    /** Agents of each tenant. */
    private readonly agents: number,
  ) {}

  /** Makes all agents members of their queue, and available. */
  async addAgents(): Promise<void> {
    const agents = this.tenants.flatMap((tenant) =>
      Array.from({ length: this.agents }, (_, at) => ({ tenant, agentId: `claimed-${at}` })),
    );
    const waiting = agents.values();
    const worker = async (): Promise<void> => {
      for (const { tenant, agentId } of waiting) await this.addAgent(tenant, agentId);
    };
    await Promise.all(Array.from({ length: SETS_UP_WITHIN }, worker));
  }

  async claimOnce(): Promise<void> {
    const [service, other] = [randomRunningService(this.services), randomRunningService(this.services)];
    if (service === undefined || other === undefined) return sleep(20);
    const tenant = randomItem(this.tenants);
    const call = Math.random() < 0.5 ? `&callId=${randomUUID()}` : '';
    const path = `/agents/available?queueId=${QUEUE}&tenantId=${tenant}${call}`;
    const requestedMs = performance.now();
    // A platform without an answer repeats its request, here in another region at the same time.
    const repeats = call !== '' && Math.random() < 0.2;
    const replies = await Promise.all(
      (repeats ? [service, other] : [service]).map(({ port }) => this.callers.get(port, path).catch(() => undefined)),
    );
    const answeredMs = performance.now();
    const [first, second] = replies.map((reply) => this.claimedIn(reply));
    if (isSplit(first, second)) this.splits.push({ tenant, requestedMs, answeredMs });
    if (second !== undefined && second.lockToken !== first?.lockToken)
      this.record(tenant, second, { requestedMs, answeredMs, ending: { kind: 'abandoned' } });
    if (first === undefined) return sleep(5);
    this.record(tenant, first, { requestedMs, answeredMs, ...(await this.endLock(tenant, first)) });
  }

  /** Reports a random agent in a random region, so that agents are busy and free in all of them. */
  async reportOne(): Promise<void> {
    const agentId = `claimed-${Math.floor(Math.random() * this.agents)}`;
    await this.report(randomItem(this.tenants), agentId, Math.random() < 0.8 ? 'AVAILABLE' : 'BUSY');
  }

  private async addAgent(tenant: string, agentId: string): Promise<void> {
    const path = `/queues/${QUEUE}/agents/${agentId}?tenantId=${tenant}`;
    // A region that has just started may not reach the home of the tenant for a moment.
    await eventually(async () => {
      const { status, json } = await this.callers.put(randomItem(this.services).port, path, { priorityScore: 0 });
      if (status > 299) throw new Error(`PUT ${path} answers ${status} ${String(json.error)}`);
    });
    await eventually(async () => {
      if (!(await this.report(tenant, agentId, 'AVAILABLE')))
        throw new Error(`no report about ${agentId} was accepted`);
    });
  }

  private async report(tenant: string, agentId: string, status: string): Promise<boolean> {
    const service = randomRunningService(this.services);
    if (service === undefined) return false;
    const event = { event_id: randomUUID(), timestamp: Date.now(), agent_id: agentId, status, tenant_id: tenant };
    const reply = await this.callers
      .post(service.port, '/events/agent-status', { ...event, region_source: service.name })
      .catch(() => undefined);
    return reply?.status === 202;
  }

  private claimedIn(reply: Reply | undefined): Claimed | undefined {
    if (reply?.status === 200 && reply.json.agentFound === true) return reply.json as unknown as Claimed;
    const { error = 'no answer' } = reply?.json ?? {};
    this.refused.set(String(error), (this.refused.get(String(error)) ?? 0) + 1);
    return undefined;
  }

  /** Ends a lock at random: some claimers die at once, some after their confirmation. */
  private async endLock(tenant: string, claim: Claimed): Promise<Pick<LockRecord, 'ending' | 'heldSinceMs'>> {
    const random = Math.random();
    if (random < 0.05) return { ending: { kind: 'abandoned' } };
    if (random < 0.6) return { ending: await this.release(tenant, claim) };
    const sentMs = performance.now();
    const status = await this.post(tenant, claim, 'confirm', {});
    if (status === 409) return { ending: { kind: 'refused', ackMs: performance.now() } };
    // The lock may be confirmed or not, so only its first time is sure.
    if (status !== 200) return { ending: { kind: 'abandoned' } };
    return { ending: await this.release(tenant, claim), heldSinceMs: sentMs };
  }

  private async release(tenant: string, claim: Claimed): Promise<Ending> {
    const sentMs = performance.now();
    const status = await this.post(tenant, claim, 'release', { outcome: randomItem(OUTCOMES) });
    const ackMs = performance.now();
    // The lock may have ended as soon as the release was sent.
    return status === 409 ? { kind: 'refused', ackMs } : { kind: 'released', sentMs, ackMs };
  }

  /** @returns 0 if there is no answer */
  private async post(tenant: string, { agentId, lockToken }: Claimed, action: string, more: object): Promise<number> {
    const service = randomRunningService(this.services);
    if (service === undefined) return 0;
    const path = `/agents/${agentId}/${action}?tenantId=${tenant}`;
    const body = { lockToken, tenantId: tenant, ...more };
    return (await this.callers.post(service.port, path, body).catch(() => undefined))?.status ?? 0;
  }

  private record(tenant: string, { agentId, lockToken: token, fence }: Claimed, times: LockTimes): void {
    this.locks.push({ agentId: `${tenant}/${agentId}`, token, fence, ...times });
  }
}

type LockTimes = Omit<LockRecord, 'agentId' | 'token' | 'fence'>;

/** Whether two requests of one call got two locks. */
function isSplit(first: Claimed | undefined, second: Claimed | undefined): boolean {
  return first !== undefined && second !== undefined && first.lockToken !== second.lockToken;
}
