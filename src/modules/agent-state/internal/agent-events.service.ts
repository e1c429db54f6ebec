import { Inject, Injectable } from '@nestjs/common';
import { hash } from 'node:crypto';
import { REGION } from '../../../config/sections/server.js';
import { AGENT_ID } from '../../../contracts/agent-ids.js';
import type { AgentReport } from '../../../contracts/agent-report.js';
import { HttpProblem } from '../../../kernel/errors.js';
import { Hmac } from '../../../kernel/hmac.js';
import { WallClock } from '../../../kernel/clock.js';
import { inSpan } from '../../../platform/tracing/spans.js';
import { AgentMetrics, type AgentEventSource } from '../agent.metrics.js';
import { isAgentTopic, parseAgentEvent, type AgentTopicEvent } from '../../../vendors/genesys/agent-topics.js';
import { EventTopics } from '../../../vendors/genesys/event-topics.js';
import type { GenesysEvent, HandledEvent, TopicHandler } from '../../../vendors/genesys/genesys-event.js';
import { ReportingRegions } from '../../../regions/reporting-regions.js';
import { AgentStore, type ReportResult } from '../store/agent-store.js';
import { QueueEvents } from '../assignments/queue-events.service.js';
import { ActiveTenants } from './active-tenants.js';
import { AgentLimits } from './agent-limits.js';
import { callHash, eventHash } from './id-hashes.js';

/** The id of an event, and the name of its sender. */
interface SentEvent {
  readonly id: string;
  readonly caller: string;
}

/** Applies agent events from every source to the store, and counts each outcome. */
@Injectable()
export class AgentEvents implements TopicHandler {
  readonly scope = 'events';

  constructor(
    private readonly store: AgentStore,
    private readonly hmac: Hmac,
    private readonly clock: WallClock,
    private readonly metrics: AgentMetrics,
    private readonly tenants: ActiveTenants,
    private readonly limits: AgentLimits,
    @Inject(REGION) private readonly region: string,
    private readonly regions: ReportingRegions,
    private readonly queues: QueueEvents,
    topics: EventTopics,
  ) {
    topics.add(this);
  }

  /** @param sent `undefined` means the store does not check for a duplicate */
  async applyReport(
    source: AgentEventSource,
    sent: SentEvent | undefined,
    report: Omit<AgentReport, 'eventHash'>,
  ): Promise<ReportResult> {
    this.tenants.record(report.tenant);
    const mark = sent === undefined ? undefined : this.hashOf(source, sent, `${report.region} ${report.agentId}`);
    const region = this.regions.ofEvent(report.region);
    if (region !== report.region) this.metrics.eventHandled(source, 'unknown_region');
    const result = await inSpan(
      { name: 'store report', kind: 'client' },
      () => this.store.applyReport({ ...report, region, eventHash: mark }),
      ({ outcome }) => ({ 'datadip.outcome': outcome }),
    );
    this.metrics.eventHandled(source, result.outcome);
    const { outcome } = result;
    if (outcome === 'too-many-agents' || outcome === 'store-full') throw this.limits.refuse(report.tenant, outcome);
    if (result.clamped) this.metrics.eventHandled(source, 'clamped');
    return result;
  }

  handles(topic: string): boolean {
    return isAgentTopic(topic);
  }

  check(event: GenesysEvent): void {
    this.parse(event);
  }

  async handle(event: GenesysEvent, tenant: string, caller: string): Promise<HandledEvent> {
    const parsed = this.parse(event);
    const sent = event.id === undefined ? undefined : { id: event.id, caller };
    const ending: SentEvent = sent ?? { id: contentOf(event), caller };
    if (parsed.kind === 'call-over') return this.endCall(tenant, parsed.callId, ending);
    const { agentId, parts, call, leftCall, active } = parsed;
    const state = { tenant, agentId, platform: 'genesys' as const, region: this.region, parts };
    const report = call === undefined ? state : { ...state, call };
    if (leftCall === undefined) {
      const { outcome, mark } = await this.applyReport('eventbridge', sent, report);
      if (active !== undefined) await this.queues.applyActive(report, active, event.atMs ?? this.clock.nowMs());
      return { duplicate: outcome === 'duplicate', ...(mark === undefined ? {} : { mark }) };
    }
    // The first step detects a duplicate. The second step may run twice, and must run again if it
    // failed before.
    const ended = await this.endCall(tenant, leftCall, ending, agentId);
    await this.applyReport('eventbridge', undefined, report);
    return ended;
  }

  /** @throws {HttpProblem} if the event is malformed */
  private parse(event: GenesysEvent): AgentTopicEvent {
    const parsed = parseAgentEvent(event, this.clock.nowMs());
    if (parsed === undefined || (parsed.kind === 'report' && !AGENT_ID.test(parsed.agentId))) throw malformed();
    return parsed;
  }

  /**
   * @param agentId the agent that left the call; `undefined` means the call is over for every agent
   */
  private async endCall(tenant: string, callId: string, sent: SentEvent, agentId?: string): Promise<HandledEvent> {
    const ended = callHash(this.hmac, callId);
    const subject = agentId === undefined ? ended : `${agentId} ${ended}`;
    const call = { tenant, callHash: ended, eventHash: this.hashOf('eventbridge', sent, subject) };
    const result = await this.store.endCall(agentId === undefined ? call : { ...call, agentId });
    if (result === 'ended') this.metrics.countClaim('ended');
    if (result === 'duplicate') this.metrics.eventHandled('eventbridge', 'duplicate');
    return { duplicate: result === 'duplicate', mark: call.eventHash };
  }

  private hashOf(source: AgentEventSource, { id: eventId, caller }: SentEvent, subject: string): string {
    return eventHash(this.hmac, { caller, source, eventId, subject });
  }
}

/** Names the end of a call whose event has no id: a conversation ends once. */
function contentOf({ topic, body }: GenesysEvent): string {
  return hash('sha256', JSON.stringify([topic, body]), 'hex');
}

function malformed(): HttpProblem {
  return new HttpProblem('invalid_event', 400, 'the event body does not match its topic');
}
