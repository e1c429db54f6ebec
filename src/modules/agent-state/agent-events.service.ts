import { Inject, Injectable } from '@nestjs/common';
import type { GenesysEvent, TopicTaker } from '../../contracts/genesys-event.js';
import { Refusal } from '../../kernel/errors.js';
import { Hmac } from '../../kernel/hmac.js';
import { WallClock } from '../../kernel/wall-clock.js';
import { GenesysTopics } from '../../platform/events/genesys-topics.js';
import { Metrics, type AgentEventSource } from '../../platform/metrics/metrics.js';
import type { AgentReport } from './agent-report.js';
import { AgentStore, type Reported } from './agent-store.js';
import { agentEvent, isAgentTopic } from './internal/genesys-topics.js';
import { ID } from './internal/ids.js';
import { callHash, eventHash } from './internal/marks.js';
import { REGION } from './internal/region.token.js';
import { SeenTenants } from './internal/seen-tenants.js';

/** Takes in what platforms say of agents, from wherever it comes, and counts what became of it. */
@Injectable()
export class AgentEvents implements TopicTaker {
  readonly scope = 'events';

  constructor(
    private readonly store: AgentStore,
    private readonly hmac: Hmac,
    private readonly clock: WallClock,
    private readonly metrics: Metrics,
    private readonly tenants: SeenTenants,
    @Inject(REGION) private readonly region: string,
    topics: GenesysTopics,
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

  takes(topic: string): boolean {
    return isAgentTopic(topic);
  }

  async take(event: GenesysEvent, tenant: string): Promise<{ readonly duplicate: boolean }> {
    const said = agentEvent(event, this.clock.nowMs());
    if (said === undefined) throw malformed();
    if (said.kind === 'call-over') {
      const ended = await this.store.endCall(tenant, callHash(this.hmac, said.callId));
      if (ended) this.metrics.agentClaim('ended');
      return { duplicate: false };
    }
    const { agentId, parts, call, leftCall } = said;
    if (!ID.test(agentId)) throw malformed();
    // The lock first: should the second step fail, the event is sent again, and must not be a duplicate then.
    if (leftCall !== undefined) await this.left(tenant, leftCall, agentId);
    const report = { tenant, agentId, platform: 'genesys' as const, region: this.region, parts };
    const { outcome } = await this.report('eventbridge', event.id, call === undefined ? report : { ...report, call });
    return { duplicate: outcome === 'duplicate' };
  }

  private async left(tenant: string, callId: string, agentId: string): Promise<void> {
    const ended = await this.store.endCall(tenant, callHash(this.hmac, callId), agentId);
    if (ended) this.metrics.agentClaim('ended');
  }
}

function malformed(): Refusal {
  return new Refusal('invalid_event', 400, 'not an event of this topic');
}
