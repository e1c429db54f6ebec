import { Injectable } from '@nestjs/common';
import { SingleFlight } from '../../../kernel/single-flight.js';
import { TIMED_OUT, withTimeout, type Deadline } from '../../../kernel/deadline.js';
import { AgentMetrics } from '../agent.metrics.js';
import { AgentReader } from './agent-reader.js';
import { AgentStore, type AgentState } from '../store/agent-store.js';

/**
 * Reads an agent's state, and reads a stale agent through from its platform.
 *
 * Guarantees: an answer within the deadline. Concurrent reads of one agent make one platform call
 * per process. The platform's answer is stored, so the next read needs no call.
 * Does not guarantee: a fresh state. If no platform answers in time, the stored state is returned
 * as stale.
 */
@Injectable()
export class AgentReadThrough {
  private readonly flights = new SingleFlight<AgentState | undefined>();

  constructor(
    private readonly store: AgentStore,
    private readonly reader: AgentReader,
    private readonly metrics: AgentMetrics,
  ) {}

  async read(tenant: string, agentId: string, deadline: Deadline): Promise<AgentState | undefined> {
    const state = await this.store.read(tenant, agentId);
    if (state?.stale !== true || !this.reader.covers(tenant)) return state;
    const reading = this.flights.join(`${tenant} ${agentId}`, 0, () => this.readThrough(tenant, state, deadline));
    const fresh = await withTimeout(reading, deadline.remainingMs()).catch((): typeof TIMED_OUT => TIMED_OUT);
    return fresh === TIMED_OUT ? state : (fresh ?? state);
  }

  private async readThrough(tenant: string, state: AgentState, deadline: Deadline): Promise<AgentState | undefined> {
    const report = await this.reader.read({ tenant, state }, deadline);
    if (report === undefined) return undefined;
    const { outcome } = await this.store.applyReport(report);
    this.metrics.eventHandled('read-through', outcome);
    return this.store.read(tenant, state.agentId);
  }
}
