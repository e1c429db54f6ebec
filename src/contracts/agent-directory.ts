import type { Deadline } from '../kernel/deadline.js';
import type { AgentPlatform, AgentReport } from './agent-report.js';

/** What a platform says of one of its agents. */
export interface DirectoryAgent {
  readonly agentId: string;
  /** Empty: nothing we can use. */
  readonly parts: AgentReport['parts'];
}

/** Whether who was not listed is gone, or has merely not changed. */
export type Listed = 'everybody' | 'changed';

/**
 * The agents of one organisation, as the platform's API has them.
 *
 * Promised: times are the platform's own; what cannot be read, or is not what the platform's answers look like, throws, because what is
 * missing then says nothing of anybody.
 * Not promised: that the platform's API is up to date; events outrun it.
 */
export abstract class AgentDirectory {
  abstract readonly platform: Exclude<AgentPlatform, 'other'>;

  /** Everybody, or who has changed since the last list that was taken in wholly. Pages come one after another; so do their calls. */
  abstract list(each: (page: readonly DirectoryAgent[]) => Promise<void>): Promise<Listed>;

  /** Absent: the platform has no such agent. */
  abstract one(agentId: string, deadline: Deadline): Promise<DirectoryAgent | undefined>;
}
