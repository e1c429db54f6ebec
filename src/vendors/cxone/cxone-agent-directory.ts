import { z } from 'zod';
import type { Deadline } from '../../kernel/deadline.js';
import type { WallClock } from '../../kernel/wall-clock.js';
import { AgentDirectory, type Listing, type DirectoryAgent } from '../../contracts/agent-directory.js';
import { parseCxoneState } from './cxone-states.js';
import { AGENT_ID } from '../../contracts/agent-ids.js';
import type { PlatformApi } from '../platform-api.js';
import { wholeState } from '../../contracts/agent-report.js';

/** Larger pages are said to be refused. */
const PAGE = 100;
const MAX_PAGES = 500;
/** Who is gone, and who has merely not changed, is only seen when everybody is listed. */
const EVERYBODY_EVERY_MS = 600_000;

const moment = z
  .string()
  .transform((text) => Date.parse(text))
  .catch(Number.NaN)
  .optional();
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
const STATES = z.object({ agentStates: z.array(AGENT), lastPollTime: z.string().nullish() });

/** The agents of a CXone business unit: who has changed since the last list, and everybody now and then. */
export class CxoneAgentDirectory extends AgentDirectory {
  readonly platform = 'cxone';
  /** The platform's own word for when it was last read. */
  private since: string | undefined;
  private everybodyAtMs = -Infinity;

  /** @param everybodyEveryMs at the latest then everybody is listed: who is not heard of for long is stale */
  constructor(
    private readonly api: PlatformApi,
    private readonly clock: WallClock,
    private readonly everybodyEveryMs = EVERYBODY_EVERY_MS,
  ) {
    super();
  }

  async list(each: (page: readonly DirectoryAgent[]) => Promise<void>): Promise<Listing> {
    const begunMs = this.clock.nowMs();
    const changedOnly = begunMs - this.everybodyAtMs < Math.min(this.everybodyEveryMs, EVERYBODY_EVERY_MS);
    const since = changedOnly ? this.since : undefined;
    // The first page's: what changes while the others are read is in the next list.
    let polled: string | undefined;
    for (let page = 0; ; page += 1) {
      // Nobody is gone because we could not read so far.
      if (page === MAX_PAGES) return 'changed-agents';
      const readAtMs = this.clock.nowMs();
      const { agentStates, lastPollTime } = STATES.parse((await this.api.page(pathOf(page, since))) ?? NOBODY);
      polled ??= lastPollTime ?? undefined;
      await each(agentStates.flatMap((agent) => agentOf(agent, readAtMs)));
      if (agentStates.length < PAGE) break;
    }
    this.since = polled ?? this.since;
    if (since !== undefined) return 'changed-agents';
    this.everybodyAtMs = begunMs;
    return 'all-agents';
  }

  async find(agentId: string, deadline: Deadline): Promise<DirectoryAgent | undefined> {
    const readAtMs = this.clock.nowMs();
    const body = await this.api.get(`/agents/${encodeURIComponent(agentId)}/states`, deadline);
    if (body === undefined) return undefined;
    const states = STATES.parse(body).agentStates.filter((state) => state.agentId === agentId);
    const newest = states.toSorted((one, other) => timeOf(other, 0) - timeOf(one, 0))[0];
    return newest === undefined ? { agentId, parts: {} } : agentOf(newest, readAtMs)[0];
  }
}

/** An empty answer: nobody has changed. */
const NOBODY = { agentStates: [] };

function pathOf(page: number, since: string | undefined): string {
  const query = new URLSearchParams({ top: String(PAGE), skip: String(page * PAGE), orderBy: 'agentId' });
  if (since !== undefined) query.set('updatedSince', since);
  return `/agents/states?${query.toString()}`;
}

function agentOf(agent: CxoneAgent, readAtMs: number): DirectoryAgent[] {
  const { agentId, agentStateId, isACW } = agent;
  const state = parseCxoneState(agentStateId, isACW ?? false);
  if (!AGENT_ID.test(agentId) || state === undefined) return [];
  return [{ agentId, parts: wholeState(state.availability, timeOf(agent, readAtMs), state.raw) }];
}

/** Wrap-up begins within a state, so the later of the two is the one that counts. */
function timeOf({ startDate, lastUpdateTime }: CxoneAgent, readAtMs: number): number {
  const times = [startDate, lastUpdateTime].flatMap((atMs) => atMs ?? []).filter((atMs) => atMs > 0);
  return times.length > 0 ? Math.max(...times) : readAtMs;
}
