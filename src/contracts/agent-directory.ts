import type { Deadline } from '../kernel/deadline.js';
import type { AgentPlatform, AgentReport } from './agent-report.js';

/** An agent as the platform's API returns it. */
export interface DirectoryAgent {
  readonly agentId: string;
  /** An empty object means the platform returned no state that Datadip can use. */
  readonly parts: AgentReport['parts'];
  /**
   * The skills and languages of the agent. An empty list means that the agent has none. `undefined`
   * means that the platform did not list them here, so nothing is known about them.
   */
  readonly skills?: readonly DirectorySkill[];
  /**
   * The date of hire, `YYYY-MM-DD`. The empty string means that the platform has none. `undefined`
   * means that the platform did not list it here.
   */
  readonly hiredOn?: string;
}

/** Dates of hire by agent, as in `DirectoryAgent`. */
export type HireDates = ReadonlyMap<string, string>;

/** A skill or a language of an agent. */
export interface DirectorySkill {
  /** The platform's own spelling. */
  readonly name: string;
  /** 0 to 5, where 5 is best, with two decimals. */
  readonly proficiency: number;
}

/** The assignments that a reading contains. */
export interface WantedAssignments {
  /**
   * The queues whose members are read: all queues of the platform, or those with these ids, at most
   * 1,000. An empty list reads no members.
   */
  readonly queues: 'all' | readonly string[];
  /** Queues of earlier readings. With `all`, they are read even if they are no longer listed. */
  readonly knownQueues: Iterable<string>;
  readonly skills: boolean;
}

/**
 * Whether an agent that the reading lacks has no assignment.
 *
 * - `confirmed`: the reading has as many entries as the platform counts, and every page counts the
 *   same. The agent has no assignment.
 * - `unconfirmed`: the platform gave no usable count, or an empty list. Only a second reading
 *   without the agent shows that the agent has no assignment.
 * - `partial`: the reading has fewer or more entries than the platform counts. It shows nothing
 *   about agents that it lacks.
 */
export type Completeness = 'confirmed' | 'unconfirmed' | 'partial';

/** The members of one queue. */
export interface QueueReading {
  readonly queueId: string;
  /** When the reading began, by the clock of Datadip, Unix milliseconds. */
  readonly startedMs: number;
  /** By agent: whether the agent has joined. A member that has not joined gets no calls. */
  readonly members: ReadonlyMap<string, boolean>;
  readonly completeness: Completeness;
}

/** The skills of all agents, of a platform that lists them apart from the agents. */
export interface SkillsReading {
  readonly startedMs: number;
  readonly agents: ReadonlyMap<string, readonly DirectorySkill[]>;
  readonly completeness: Completeness;
}

/**
 * Receives assignments while they are read. Datadip makes the next call to the platform only after
 * the returned promise has resolved.
 */
export interface AssignmentReceiver {
  queue(reading: QueueReading): Promise<void>;
  /** The members of this queue could not be read. The reading goes on with the next queue. */
  queueFailed(queueId: string, error: unknown): void;
  skills(reading: SkillsReading): Promise<void>;
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
 *   answer therefore never counts as gone. A missing field never ends an assignment.
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

  /**
   * Reads the members of queues, and the skills that `list` does not contain.
   *
   * @throws {Error} if the list of queues or the list of all assignments cannot be read
   */
  abstract readAssignments(wanted: WantedAssignments, receiver: AssignmentReceiver): Promise<void>;

  /**
   * Reads the dates of hire that `list` does not contain, at most once an hour.
   *
   * @param onPage called for one page after the other
   * @throws {Error} if they cannot be read
   */
  abstract readHireDates(onPage: (page: HireDates) => Promise<void>): Promise<void>;

  /** @returns `undefined` if the platform has no such agent */
  abstract find(agentId: string, deadline: Deadline): Promise<DirectoryAgent | undefined>;
}
