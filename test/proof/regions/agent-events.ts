import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Callers } from '../callers.js';
import { randomItem } from '../random-item.js';
import { randomRunningService, type Service } from '../service.js';
import { TENANT } from './stage.js';

const STATUSES = ['AVAILABLE', 'BUSY', 'OFFLINE'] as const;
const AGENTS = 120;
/** The state of an agent that no region knows. A lookup shows such an agent as OFFLINE. */
export const UNKNOWN = 'unknown';
/** Events of a platform arrive in any order, and some of them twice. */
const LATE_BY_MS = 2000;
const REPEATED_SHARE = 0.1;

interface SentEvent {
  readonly timestamp: number;
  readonly status: string;
  readonly accepted: boolean;
}

/** Sends events about agents to random regions, and knows which end states they allow. */
export class AgentEvents {
  /** The number of accepted events. */
  accepted = 0;
  /** The number of events that were not accepted at the first attempt. */
  refused = 0;
  private readonly sent = new Map<string, Map<number, SentEvent>>();

  constructor(
    private readonly callers: Callers,
    private readonly services: readonly Service[],
  ) {}

  get agents(): readonly string[] {
    return [...this.sent.keys()];
  }

  /** The number of agents about whom no event was accepted. */
  get unheard(): number {
    return this.agents.filter((agentId) => this.allowedStates(agentId).has(UNKNOWN)).length;
  }

  async sendOne(): Promise<void> {
    const service = randomRunningService(this.services);
    if (service === undefined) return sleep(20);
    const agentId = `agent-${Math.floor(Math.random() * AGENTS)}`;
    const events = this.sent.get(agentId) ?? new Map<number, SentEvent>();
    this.sent.set(agentId, events);
    let timestamp = Date.now() - Math.floor(Math.random() * LATE_BY_MS);
    // Two different events of one moment would leave the end state open.
    while (events.has(timestamp)) timestamp -= 1;
    const status = randomItem(STATUSES);
    events.set(timestamp, { timestamp, status, accepted: false });
    const event = { event_id: randomUUID(), timestamp, agent_id: agentId, status, tenant_id: TENANT };
    const accepted = await this.send(service.port, { ...event, region_source: service.name });
    if (accepted) {
      events.set(timestamp, { timestamp, status, accepted });
      this.accepted += 1;
    } else {
      this.refused += 1;
    }
    const other = randomRunningService(this.services);
    if (other !== undefined && Math.random() < REPEATED_SHARE)
      await this.send(other.port, { ...event, region_source: service.name });
  }

  /**
   * The states that an agent may have at the end: of the last accepted event or a later one. If no
   * event about the agent was accepted, the agent may be unknown. A refused event proves nothing.
   */
  allowedStates(agentId: string): ReadonlySet<string> {
    const events = [...(this.sent.get(agentId)?.values() ?? [])];
    const acceptedMs = events.filter(({ accepted }) => accepted).map(({ timestamp }) => timestamp);
    const lastMs = Math.max(...acceptedMs);
    const allowed = events.filter(({ timestamp }) => timestamp >= lastMs).map(({ status }) => status);
    return new Set(acceptedMs.length === 0 ? [...allowed, UNKNOWN] : allowed);
  }

  /** The events about an agent, in the order of their times. */
  describe(agentId: string): string {
    const events = [...(this.sent.get(agentId)?.values() ?? [])].sort((a, b) => a.timestamp - b.timestamp);
    return events
      .map(({ timestamp, status, accepted }) => `${timestamp} ${status}${accepted ? '' : ' not accepted'}`)
      .join(', ');
  }

  private async send(port: number, event: unknown): Promise<boolean> {
    const reply = await this.callers.post(port, '/events/agent-status', event).catch(() => undefined);
    return reply?.status === 202;
  }
}
