import { randomBytes } from 'node:crypto';
import type { AgentReport } from '../../../contracts/agent-report.js';
import type { RecordToAppend } from '../../../messaging/log/event-log.js';
import { VALUE_VERSION, type AgentStatusChange, type CallEnded } from '../../../messaging/log/log-values.js';
import { NO_ENTRY, type Outbox, type OutboxEntry } from '../../../messaging/outbox/outbox.js';
import type { EndedCall, EventOrigin } from './agent-store.js';

/** The length of a mark, in bytes: that of the mark of an event with an id. */
const ID_BYTES = 12;
/**
 * How long the outbox may take a record, in milliseconds: as long as a change of an agent waits for
 * a server that executes nothing.
 */
export const PUT_WITHIN_MS = 500;

/** Writes the records that other regions get about agents. */
export class AgentRecords {
  constructor(
    private readonly outbox: Outbox,
    private readonly region: string,
  ) {}

  /** @param report with the call id in its stored form */
  async ofReport(report: AgentReport, origin: EventOrigin): Promise<OutboxEntry> {
    return this.isSent(origin) ? this.outbox.entryFor(report.tenant, [this.reportRecord(report)]) : NO_ENTRY;
  }

  async ofAbsence(tenant: string, agentId: string, origin: EventOrigin): Promise<OutboxEntry> {
    const { region } = this;
    const gone = { platform: 'other', region, parts: {}, gone: true, eventHash: undefined } as const;
    return this.ofReport({ tenant, agentId, ...gone }, origin);
  }

  /**
   * Puts the end of a call into the outbox.
   *
   * @throws {StoreUnavailable}
   * @throws {HttpProblem} 503 `outbox_full`
   */
  async putCallEnd(call: EndedCall): Promise<void> {
    await this.outbox.put(call.tenant, [this.callRecord(call)], PUT_WITHIN_MS);
  }

  /** Tells the sender that a script has stored a record. */
  stored(tenant: string): void {
    this.outbox.stored(tenant);
  }

  /** True if the other regions get the events that this region accepts. */
  isSent(origin: EventOrigin): boolean {
    return this.outbox.isOn && origin === 'local';
  }

  private reportRecord({ tenant, agentId, eventHash, ...report }: AgentReport): RecordToAppend {
    const id = eventHash ?? randomBytes(ID_BYTES).toString('hex');
    const value: AgentStatusChange = {
      event_id: id,
      timestamp: latestMs(report),
      agent_id: agentId,
      status: wordOf(report),
      region_source: report.region,
      tenant_id: tenant,
      datadip: { schema: VALUE_VERSION, id, region: this.region, report },
    };
    return { topic: 'agent.status.change', key: `${tenant}:${agentId}`, value: JSON.stringify(value) };
  }

  private callRecord({ tenant, callHash, eventHash, agentId }: EndedCall): RecordToAppend {
    const about = { schema: VALUE_VERSION, type: 'call.ended', id: eventHash, region: this.region } as const;
    const value: CallEnded = { ...about, tenant, callHash, ...(agentId === undefined ? {} : { agentId }) };
    return { topic: 'agent.status.change', key: `${tenant}:call`, value: JSON.stringify(value) };
  }
}

type Report = Pick<AgentReport, 'parts' | 'call' | 'gone'>;

function latestMs({ parts, call }: Report): number {
  const readings = [parts.presence, parts.routing, parts.work, call];
  return Math.max(0, ...readings.map((reading) => reading?.atMs ?? 0));
}

/** The platform's word for a program that reads no other part of the record. */
function wordOf({ parts, gone }: Report): string {
  if (gone === true) return 'OFFLINE';
  return (parts.presence ?? parts.routing ?? parts.work)?.raw ?? '';
}
