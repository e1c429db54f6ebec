import { Injectable } from '@nestjs/common';
import { SingleFlight } from '../../../kernel/single-flight.js';
import { TIMED_OUT, withTimeout, type Deadline } from '../../../kernel/deadline.js';
import { AgentMetrics } from '../agent.metrics.js';
import { AgentReader } from './agent-reader.js';
import { AgentStore, type AgentState } from '../store/agent-store.js';

/**
 * Tells how an agent is, and asks the platform where what is stored is stale.
 *
 * Promised: an answer inside the deadline; who asks at the same time about the same agent costs one call in this process; what the
 * platform says is stored, so that the next one need not ask.
 * Not promised: a fresh answer. Where no platform answers in time, what is stored is told as stale.
 */
@Injectable()
export class AgentReadThrough {
  private readonly flights = new SingleFlight<AgentState | undefined>();

  constructor(
    private readonly store: AgentStore,
    private readonly readings: AgentReader,
    private readonly metrics: AgentMetrics,
  ) {}

  async read(tenant: string, agentId: string, deadline: Deadline): Promise<AgentState | undefined> {
    const state = await this.store.read(tenant, agentId);
    if (state?.stale !== true || !this.readings.covers(tenant)) return state;
    const asking = this.flights.join(`${tenant} ${agentId}`, 0, () => this.ask(tenant, state, deadline));
    const said = await withTimeout(asking, deadline.remainingMs()).catch((): typeof TIMED_OUT => TIMED_OUT);
    return said === TIMED_OUT ? state : (said ?? state);
  }

  private async ask(tenant: string, state: AgentState, deadline: Deadline): Promise<AgentState | undefined> {
    const report = await this.readings.read({ tenant, state }, deadline);
    if (report === undefined) return undefined;
    const { outcome } = await this.store.applyReport(report);
    this.metrics.eventHandled('read-through', outcome);
    return this.store.read(tenant, state.agentId);
  }
}
