/**
 * Numbers of the agents that have a queue or skills. A number is used again after its agent has
 * neither. Of free agents with the same score and idle time, the number decides.
 */
export class MemoryOrdinals {
  private readonly agents: (string | undefined)[] = [];
  private readonly byAgent = new Map<string, string>();
  /** No smaller number is unused. */
  private unused = 0;

  /** The agent's number as text. An agent without a number gets the smallest unused one. */
  of(agentId: string): string {
    const known = this.byAgent.get(agentId);
    if (known !== undefined) return known;
    while (this.agents[this.unused] !== undefined) this.unused += 1;
    this.agents[this.unused] = agentId;
    const ordinal = String(this.unused);
    this.byAgent.set(agentId, ordinal);
    return ordinal;
  }

  agent(ordinal: string): string {
    return this.agents[Number(ordinal)] ?? '';
  }

  release(agentId: string): void {
    const ordinal = this.byAgent.get(agentId);
    if (ordinal === undefined) return;
    this.byAgent.delete(agentId);
    this.agents[Number(ordinal)] = undefined;
    this.unused = Math.min(this.unused, Number(ordinal));
  }
}
