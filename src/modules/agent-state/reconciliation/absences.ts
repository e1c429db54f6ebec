import type { Completeness } from '../../../contracts/agent-directory.js';

/**
 * Decides whether an agent that a reading lacks has left. Remembers the agents that the last
 * unconfirmed reading lacked, by list, in this process.
 */
export class Absences {
  private readonly before = new Map<string, ReadonlySet<string>>();

  /**
   * @param list names the list that was read
   * @param missing the stored agents that the reading lacks
   * @returns those that have left
   */
  ended(list: string, missing: readonly string[], completeness: Completeness): readonly string[] {
    switch (completeness) {
      case 'partial':
        return [];
      case 'confirmed':
        this.before.delete(list);
        return missing;
      case 'unconfirmed': {
        const before = this.before.get(list);
        const first = missing.filter((agentId) => before?.has(agentId) !== true);
        if (first.length > 0) this.before.set(list, new Set(first));
        else this.before.delete(list);
        return missing.filter((agentId) => before?.has(agentId));
      }
    }
  }
}
