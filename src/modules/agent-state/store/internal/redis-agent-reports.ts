import type { AgentReport } from '../../../../contracts/agent-report.js';
import { StoreUnavailable } from '../../../../kernel/errors.js';
import { outboxFull, type OutboxEntry } from '../../../../messaging/outbox/outbox.js';
import type { RedisConnection } from '../../../../platform/redis/redis-connection.js';
import type { AgentRecords } from '../agent-records.js';
import {
  EVENT_DEDUPLICATION_MS,
  goneResult,
  MAX_AGENTS_PER_TENANT,
  MAX_CLOCK_AHEAD_MS,
  MAX_LOG_CLOCK_AHEAD_MS,
  type EventOrigin,
  type ReportResult,
} from '../agent-store.js';
import { AgentKeys } from './agent-keys.js';
import type { AgentRegions } from '../agent-regions.js';
import { atTimes, registerWrites } from './agent-registers.js';
import type { AgentChange, AgentRunner } from './agent-runner.js';
import * as scripts from './agent-scripts.js';
import type { CallIdCipher } from './call-id-cipher.js';
import type { LostData } from './lost-data.js';

/**
 * How often a report is applied again when the script returns corrected times. The state may change
 * in between.
 */
const MAX_REPORT_ATTEMPTS = 4;
/** The value of the mark of an event that other regions do not get. */
const NOT_SENT = '0';

const OUTCOMES = ['older', 'applied', 'too-many-agents', 'store-full'] as const;

/** As described in the header of `apply-report.lua`. */
type ReportReply = readonly [outcome: number, clamped: 0 | 1, changed: 0 | 1, id: string, ...times: number[]];

interface RedisAgentReportsOptions {
  readonly connection: RedisConnection;
  readonly runner: AgentRunner;
  readonly callIds: CallIdCipher;
  readonly lostData: LostData;
  readonly records: AgentRecords;
  readonly regions: AgentRegions;
}

/**
 * Applies reports of agents in Redis, and puts them into the outbox together with what they change.
 *
 * Guarantees: the other regions get every report of this region that changed something here, and
 * every event with an id. The other regions get the times that this region has stored.
 */
export class RedisAgentReports {
  constructor(private readonly options: RedisAgentReportsOptions) {}

  async apply(report: AgentReport, origin: EventOrigin): Promise<ReportResult> {
    const { tenant, eventHash, gone } = report;
    const keys = AgentKeys.of(tenant);
    const mark = eventHash === undefined ? undefined : keys.event(eventHash);
    const before = mark === undefined ? null : await this.readMark(mark);
    if (before !== null) return this.duplicate(eventHash, before);
    return gone === true ? this.applyGone(keys, report, origin) : this.applyState(keys, report, origin);
  }

  private async applyState(keys: AgentKeys, report: AgentReport, origin: EventOrigin): Promise<ReportResult> {
    const { eventHash } = report;
    const sealed = origin === 'log' ? report : this.sealCall(keys, report);
    const [outcome, clamped, changed, id] = await this.changeByReport(keys, sealed, origin);
    if (outcome === 4) throw outboxFull();
    if (id !== '') this.options.records.stored(keys.tenant);
    const isSent = id !== '' || !this.options.records.isSent(origin);
    // The mark follows the report: an event that was not applied is no duplicate when it is sent
    // again. An event without its mark is applied again, which changes no register.
    if (eventHash !== undefined && outcome < 2) await this.remember(keys.event(eventHash), isSent ? '1' : NOT_SENT);
    const result = { outcome: OUTCOMES[outcome as 0 | 1 | 2 | 3], clamped: clamped === 1, changed: changed === 1 };
    return id !== '' && eventHash !== undefined ? { ...result, mark: eventHash } : result;
  }

  async markAbsent(tenant: string, agentId: string, readFromMs: number | undefined): Promise<boolean> {
    const outbox = await this.options.records.ofAbsence(tenant, agentId, 'local');
    return this.changeByAbsence(AgentKeys.of(tenant), agentId, readFromMs, outbox);
  }

  /** All regions must keep the same times, so the script may ask for the report with others. */
  private async changeByReport(keys: AgentKeys, report: AgentReport, origin: EventOrigin): Promise<ReportReply> {
    let sent = report;
    let wasClamped: 0 | 1 = 0;
    for (let attempt = 0; attempt < MAX_REPORT_ATTEMPTS; attempt += 1) {
      const outbox = await this.options.records.ofReport(sent, origin);
      const reply = (await this.options.runner.change(
        keys,
        this.reportChange(keys, sent, origin, outbox),
      )) as ReportReply;
      const [outcome, clamped, changed, id, ...times] = reply;
      if (clamped === 1) wasClamped = 1;
      if (outcome !== 5) return [outcome, wasClamped, changed, id];
      sent = atTimes(sent, times);
    }
    throw new StoreUnavailable('the agent changed at every attempt');
  }

  private reportChange(keys: AgentKeys, report: AgentReport, origin: EventOrigin, outbox: OutboxEntry): AgentChange {
    const writes = registerWrites(report);
    const registers = writes.flatMap(({ name, atMs, rank, payload }) => [name, atMs, rank, payload]);
    const [aheadMs, fromDirectory] = origin === 'log' ? [MAX_LOG_CLOCK_AHEAD_MS, 2] : [MAX_CLOCK_AHEAD_MS, 1];
    const isEvent = origin === 'local' && report.eventHash !== undefined;
    const kind = report.fromDirectory === true ? fromDirectory : isEvent ? 3 : 0;
    const staleMs = this.options.lostData.staleAfterMs(keys);
    const { own, silent, silentAfterMs } = this.options.regions;
    const terms = [staleMs, aheadMs, kind, MAX_AGENTS_PER_TENANT, writes.length];
    return {
      script: scripts.APPLY_REPORT,
      agentId: report.agentId,
      keys: [keys.counts, ...(own === '' ? [] : [keys.regions]), ...outbox.keys],
      args: [...terms, own, silent, silent === '' ? '' : silentAfterMs, ...registers, ...outbox.args],
    };
  }

  private async applyGone(keys: AgentKeys, report: AgentReport, origin: EventOrigin): Promise<ReportResult> {
    const { agentId, eventHash } = report;
    const changed = await this.changeByAbsence(
      keys,
      agentId,
      undefined,
      await this.options.records.ofReport(report, origin),
    );
    if (eventHash !== undefined) await this.remember(keys.event(eventHash), '1');
    return goneResult(changed);
  }

  private async changeByAbsence(
    keys: AgentKeys,
    agentId: string,
    readFromMs: number | undefined,
    outbox: OutboxEntry,
  ): Promise<boolean> {
    const args = [readFromMs ?? '', ...outbox.args];
    const change = { script: scripts.MARK_ABSENT, agentId, keys: [keys.counts, ...outbox.keys], args };
    const [changed, id] = (await this.options.runner.change(keys, change)) as [changed: 0 | 1 | 2, id: string];
    if (changed === 2) throw outboxFull();
    if (id !== '') this.options.records.stored(keys.tenant);
    return changed === 1;
  }

  private duplicate(eventHash: string | undefined, mark: string): ReportResult {
    const result = { outcome: 'duplicate', clamped: false, changed: false } as const;
    const isSent = eventHash !== undefined && this.options.records.isSent('local') && mark !== NOT_SENT;
    return isSent ? { ...result, mark: eventHash } : result;
  }

  private sealCall(keys: AgentKeys, report: AgentReport): AgentReport {
    const { agentId, call } = report;
    if (call === undefined) return report;
    return { ...report, call: { ...call, callId: this.options.callIds.seal(keys.agent(agentId), call.callId) } };
  }

  /** `null` means that the event was not applied. */
  private readMark(mark: string): Promise<string | null> {
    return this.options.connection.run((client) => client.get(mark), mark);
  }

  /** Without its mark, an event is applied again. That changes no register. */
  private async remember(mark: string, value: '1' | typeof NOT_SENT): Promise<void> {
    await this.options.connection
      .run((client) => client.set(mark, value, 'PX', EVENT_DEDUPLICATION_MS, 'NX'), mark)
      .catch(() => undefined);
  }
}
