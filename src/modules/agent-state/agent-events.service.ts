import { Inject, Injectable } from '@nestjs/common';
import type { GenesysEvent, TopicHandler } from '../../vendors/genesys/genesys-event.js';
import { HttpProblem } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import { WallClock } from '../../kernel/wall-clock.js';
import { EventTopics } from '../../vendors/genesys/event-topics.js';
import { Metrics, type AgentEventSource } from '../../platform/metrics/metrics.js';
import { REGION } from '../../config/tokens.js';
import type { AgentReport } from '../../contracts/agent-report.js';
import { AgentStore, type Reported } from './store/agent-store.js';
import { agentEvent, isAgentTopic } from '../../vendors/genesys/agent-topics.js';
import { AGENT_ID } from '../../contracts/agent-ids.js';
import { callHash, eventHash } from './internal/id-hashes.js';
import { ActiveTenants } from './internal/active-tenants.js';

/** Takes in what platforms say of agents, from wherever it comes, and counts what became of it. */
@Injectable()
export class AgentEvents implements TopicHandler {
  readonly scope = 'events';

  constructor(
    private readonly store: AgentStore,
    private readonly hmac: Hmac,
    private readonly clock: WallClock,
    private readonly metrics: Metrics,
    private readonly tenants: ActiveTenants,
    @Inject(REGION) private readonly region: string,
    topics: EventTopics,
  ) {
    topics.add(this);
  }

  /** @param eventId absent: it is never a duplicate */
  async report(
    source: AgentEventSource,
    eventId: string | undefined,
    report: Omit<AgentReport, 'eventHash'>,
  ): Promise<Reported> {
    this.tenants.add(report.tenant);
    const mark = eventId === undefined ? undefined : eventHash(this.hmac, eventId);
    const reported = await this.store.report({ ...report, eventHash: mark });
    this.metrics.agentEvent(source, reported.outcome);
    if (reported.clamped) this.metrics.agentEvent(source, 'clamped');
    return reported;
  }

  handles(topic: string): boolean {
    return isAgentTopic(topic);
  }

  async handle(event: GenesysEvent, tenant: string): Promise<{ readonly duplicate: boolean }> {
    const said = agentEvent(event, this.clock.nowMs());
    if (said === undefined) throw malformed();
    if (said.kind === 'call-over') return this.callOver(tenant, said.callId, event.id);
    const { agentId, parts, call, leftCall } = said;
    if (!AGENT_ID.test(agentId)) throw malformed();
    const known = { tenant, agentId, platform: 'genesys' as const, region: this.region, parts };
    const report = call === undefined ? known : { ...known, call };
    if (leftCall === undefined) {
      const { outcome } = await this.report('eventbridge', event.id, report);
      return { duplicate: outcome === 'duplicate' };
    }
    // Of the two steps the first tells repetitions apart. The second may be done again, and must be where it failed.
    const ended = await this.callOver(tenant, leftCall, event.id, agentId);
    await this.report('eventbridge', undefined, report);
    return ended;
  }

  /** @param agentId the one who left; absent: everybody did */
  private async callOver(
    tenant: string,
    callId: string,
    eventId: string,
    agentId?: string,
  ): Promise<{ readonly duplicate: boolean }> {
    const over = { tenant, callHash: callHash(this.hmac, callId), eventHash: eventHash(this.hmac, eventId) };
    const end = await this.store.endCall(agentId === undefined ? over : { ...over, agentId });
    if (end === 'ended') this.metrics.agentClaim('ended');
    if (end === 'duplicate') this.metrics.agentEvent('eventbridge', 'duplicate');
    return { duplicate: end === 'duplicate' };
  }
}

function malformed(): HttpProblem {
  return new HttpProblem('invalid_event', 400, 'not an event of this topic');
}
