import type { Deadline } from '../kernel/deadline.js';
import type { AgentPlatform, AgentReport } from './agent-report.js';

/** An agent as the platform's API returns it. */
export interface DirectoryAgent {
  readonly agentId: string;
  /** An empty object means the platform returned no state that Datadip can use. */
  readonly parts: AgentReport['parts'];
}

/**
 * Which agents a listing covers. `all-agents`: an agent that is not listed has left the platform.
 * `changed-agents`: an agent that is not listed has not changed, or was not read.
 */
export type Listing = 'all-agents' | 'changed-agents';

/**
 * Reads the agents of one organization from the platform's API.
 *
 * Guarantees:
 * - A list of all agents contains each active agent once, also an agent without a usable state.
 * - All times are the platform's own. A reading without a time has the time when it was requested.
 * - An answer that fails, cannot be read or has another shape throws. A missing agent in a broken
 *   answer therefore never counts as gone.
 *
 * Does not guarantee: that the platform's API is up to date. Events are faster.
 */
export abstract class AgentDirectory {
  abstract readonly platform: Exclude<AgentPlatform, 'other'>;

  /**
   * Lists all agents, or the agents that changed since the last listing that was read to its end.
   *
   * @param onPage called for one page after the other; the next page is requested when the promise
   *   resolves
   */
  abstract list(onPage: (page: readonly DirectoryAgent[]) => Promise<void>): Promise<Listing>;

  /** @returns `undefined` if the platform has no such agent */
  abstract find(agentId: string, deadline: Deadline): Promise<DirectoryAgent | undefined>;
}
