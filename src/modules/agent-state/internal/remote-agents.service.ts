import { Injectable } from '@nestjs/common';
import type { AgentReport } from '../../../contracts/agent-report.js';
import { HttpProblem } from '../../../kernel/errors.js';
import { Hmac } from '../../../kernel/hmac.js';
import type { CallEnded, QueuesChanged } from '../../../messaging/log/log-values.js';
import { validationPipe } from '../../../platform/http/validation-pipe.js';
import {
  RegionHandlers,
  type RecordOutcome,
  type RemoteAgents,
  type UncheckedStatusChange,
} from '../../../regions/region-handlers.js';
import { ReportingRegions } from '../../../regions/reporting-regions.js';
import { AgentMetrics } from '../agent.metrics.js';
import { QueueEvents } from '../assignments/queue-events.service.js';
import { AgentStore, type ReportResult } from '../store/agent-store.js';
import { ActiveTenants } from './active-tenants.js';
import { AgentStatusDto } from './agent-dtos.js';
import { eventHash } from './id-hashes.js';
import { remoteReport } from './remote-report.js';
import { statusParts } from './status-event.js';

const PIPE = validationPipe('invalid_event');

/**
 * Applies what other regions and other programs report about agents. The registers merge by the
 * platform's time, so the end state does not depend on the order.
 */
@Injectable()
export class RemoteAgentEvents implements RemoteAgents {
  constructor(
    private readonly store: AgentStore,
    private readonly hmac: Hmac,
    private readonly metrics: AgentMetrics,
    private readonly tenants: ActiveTenants,
    private readonly regions: ReportingRegions,
    private readonly queues: QueueEvents,
    handlers: RegionHandlers,
  ) {
    handlers.agents = this;
  }

  async reported(change: UncheckedStatusChange, again: boolean): Promise<RecordOutcome> {
    const tenant = change.tenant_id;
    const report =
      change.datadip === undefined ? await this.foreignReport(change, tenant) : remoteReport(change, tenant);
    if (report === undefined) return 'malformed';
    this.tenants.record(tenant);
    if (again) await this.store.applyReport({ ...report, eventHash: undefined }, 'log');
    const { outcome, clamped } = await this.store.applyReport(report, 'log');
    this.metrics.eventHandled('log', outcome);
    if (clamped) this.metrics.eventHandled('log', 'clamped');
    return outcomeOf(outcome);
  }

  async ended({ tenant, callHash, id, agentId }: CallEnded, _again: boolean): Promise<RecordOutcome> {
    const call = { tenant, callHash, eventHash: id };
    const result = await this.store.endCall(agentId === undefined ? call : { ...call, agentId }, 'log');
    if (result === 'ended') this.metrics.countClaim('ended');
    return result === 'duplicate' ? 'duplicate' : 'applied';
  }

  async queuesChanged(change: QueuesChanged): Promise<RecordOutcome> {
    return (await this.queues.applyRemote(change)) ? 'applied' : 'ignored';
  }

  /** The value of another program, as `POST /events/agent-status` takes it. */
  private async foreignReport(change: UncheckedStatusChange, tenant: string): Promise<AgentReport | undefined> {
    const event = await statusIn(change);
    if (event === undefined) return undefined;
    const { agent_id: agentId, status, platform = 'other', is_acw: isAcw = false, timestamp } = event;
    const parts = statusParts({ status, platform, isAcw, timestamp });
    if (parts === undefined) return undefined;
    const { region_source: named, event_id: eventId } = event;
    const region = this.regions.ofRecord(named, tenant);
    if (region !== named) this.metrics.eventHandled('log', 'unknown_region');
    const sent = { caller: '', source: 'log', eventId, subject: `${named} ${agentId}` } as const;
    return { tenant, agentId, platform, region, parts, eventHash: eventHash(this.hmac, sent) };
  }
}

async function statusIn(change: UncheckedStatusChange): Promise<AgentStatusDto | undefined> {
  try {
    return (await PIPE.transform({ ...change }, { type: 'body', metatype: AgentStatusDto })) as AgentStatusDto;
  } catch (error) {
    if (error instanceof HttpProblem) return undefined;
    throw error;
  }
}

/** An agent that the limits refuse is unknown here. Its next report is tried again. */
function outcomeOf(outcome: ReportResult['outcome']): RecordOutcome {
  if (outcome === 'duplicate') return 'duplicate';
  return outcome === 'too-many-agents' || outcome === 'store-full' ? 'ignored' : 'applied';
}
