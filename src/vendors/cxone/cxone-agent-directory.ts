import { z } from 'zod';
import { parseDecimal } from '../../kernel/parse-number.js';
import { parseMomentMs } from '../../kernel/parse-time.js';
import type { Deadline } from '../../kernel/deadline.js';
import type { WallClock } from '../../kernel/clock.js';
import {
  AgentDirectory,
  type AssignmentReceiver,
  type DirectoryAgent,
  type HireDates,
  type Listing,
  type WantedAssignments,
} from '../../contracts/agent-directory.js';
import { queueReadings, readAssignments, skillsReading } from './cxone-assignments.js';
import { readHireDates } from './cxone-hire-dates.js';
import { parseCxoneState } from './cxone-states.js';
import { AGENT_ID } from '../../contracts/agent-ids.js';
import type { PlatformApi } from '../platform-api.js';
import { wholeState } from '../../contracts/agent-report.js';

/** CXone is said to refuse larger pages. */
const PAGE = 100;
const MAX_PAGES = 500;
/** Only a list of all agents shows which agents have left. */
const MAX_FULL_LIST_INTERVAL_MS = 600_000;
const HIRE_DATES_INTERVAL_MS = 3_600_000;

const moment = z.unknown().optional().transform(parseMomentMs);
const AGENT = z.object({
  agentId: z.union([z.number(), z.string()]).transform(String),
  agentStateId: z.union([z.number(), z.string()]).transform(String),
  isACW: z
    .union([z.boolean(), z.string().transform((text) => text.toLowerCase() === 'true')])
    .nullish()
    .catch(false),
  startDate: moment,
  lastUpdateTime: moment,
});
type CxoneAgent = z.infer<typeof AGENT>;
const STATES = z.object({
  agentStates: z.array(AGENT),
  lastPollTime: z.string().nullish(),
  /** Number of agents on all pages. */
  totalRecords: z.unknown().optional().transform(parseDecimal),
});

/**
 * The agents of a CXone business unit. Lists the agents that changed since the last list, and
 * regularly all agents.
 */
export class CxoneAgentDirectory extends AgentDirectory {
  readonly platform = 'cxone';
  /** The `lastPollTime` of the last list, by the platform's clock. */
  private since: string | undefined;
  private fullListAtMs = -Infinity;
  private hireDatesAtMs = -Infinity;

  /**
   * @param fullListIntervalMs longest time between lists of all agents, so that unchanged agents do
   *   not become stale; at most 10 min
   * @param withHireDates `false` means that `readHireDates` reads nothing
   */
  constructor(
    private readonly api: PlatformApi,
    private readonly clock: WallClock,
    private readonly fullListIntervalMs = MAX_FULL_LIST_INTERVAL_MS,
    private readonly withHireDates = false,
  ) {
    super();
  }

  async list(onPage: (page: readonly DirectoryAgent[]) => Promise<void>): Promise<Listing> {
    const startedMs = this.clock.nowMs();
    const changedOnly = startedMs - this.fullListAtMs < Math.min(this.fullListIntervalMs, MAX_FULL_LIST_INTERVAL_MS);
    const since = changedOnly ? this.since : undefined;
    // The time of the first page. A change during the other pages is in the next list.
    let polled: string | undefined;
    let total = 0;
    for (let page = 0; ; page += 1) {
      // The list is not complete, so an agent that is not in it may still exist.
      if (page === MAX_PAGES) return 'changed-agents';
      const readAtMs = this.clock.nowMs();
      const { agentStates, lastPollTime, totalRecords } = await this.readPage(page, since, total);
      polled ??= lastPollTime ?? undefined;
      total = totalRecords ?? total;
      await onPage(agentStates.flatMap((agent) => agentOf(agent, readAtMs)));
      if (agentStates.length < PAGE) break;
    }
    this.since = polled ?? this.since;
    if (since !== undefined) return 'changed-agents';
    this.fullListAtMs = startedMs;
    return 'all-agents';
  }

  /**
   * @param total number of agents that the pages so far announced
   * @throws {Error} if the page is missing although more agents were announced
   */
  private async readPage(page: number, since: string | undefined, total: number): Promise<z.infer<typeof STATES>> {
    const body = await this.api.getPage(pathOf(page, since));
    if (body === undefined && page * PAGE < total) throw new Error(`page ${page} of the agent list is missing`);
    return STATES.parse(body === undefined ? NO_CHANGES : body);
  }

  /** A single list contains the members of all queues and the skills of all agents. */
  async readAssignments(wanted: WantedAssignments, receiver: AssignmentReceiver): Promise<void> {
    const { queues, knownQueues, skills } = wanted;
    if (queues.length === 0 && !skills) return;
    const assignments = await readAssignments(this.api, this.clock);
    for (const reading of queueReadings(assignments, queues, knownQueues)) await receiver.queue(reading);
    if (skills) await receiver.skills(skillsReading(assignments));
  }

  async readHireDates(onPage: (page: HireDates) => Promise<void>): Promise<void> {
    const startedMs = this.clock.nowMs();
    if (!this.withHireDates || startedMs - this.hireDatesAtMs < HIRE_DATES_INTERVAL_MS) return;
    await readHireDates(this.api, onPage);
    this.hireDatesAtMs = startedMs;
  }

  async find(agentId: string, deadline: Deadline): Promise<DirectoryAgent | undefined> {
    const readAtMs = this.clock.nowMs();
    const body = await this.api.get(`/agents/${encodeURIComponent(agentId)}/states`, deadline);
    if (body === undefined) return undefined;
    const states = STATES.parse(body).agentStates.filter((state) => state.agentId === agentId);
    const newest = states.toSorted((first, second) => timeOf(second, 0) - timeOf(first, 0))[0];
    return newest === undefined ? { agentId, parts: {} } : agentOf(newest, readAtMs)[0];
  }
}

/** An empty response body: no agent has changed. */
const NO_CHANGES = { agentStates: [] };

function pathOf(page: number, since: string | undefined): string {
  const query = new URLSearchParams({ top: String(PAGE), skip: String(page * PAGE), orderBy: 'agentId' });
  if (since !== undefined) query.set('updatedSince', since);
  return `/agents/states?${query.toString()}`;
}

function agentOf(agent: CxoneAgent, readAtMs: number): DirectoryAgent[] {
  const { agentId, agentStateId, isACW } = agent;
  if (!AGENT_ID.test(agentId)) return [];
  const state = parseCxoneState(agentStateId, isACW ?? false);
  // The agent exists, so it stays in the list. Otherwise it would count as gone.
  if (state === undefined) return [{ agentId, parts: {} }];
  return [{ agentId, parts: wholeState(state.availability, timeOf(agent, readAtMs), state.raw) }];
}

/** Wrap-up begins within a state, so the later of the two times counts. */
function timeOf({ startDate, lastUpdateTime }: CxoneAgent, readAtMs: number): number {
  const times = [startDate, lastUpdateTime].flatMap((atMs) => atMs ?? []).filter((atMs) => atMs > 0);
  return times.length > 0 ? Math.max(...times) : readAtMs;
}
