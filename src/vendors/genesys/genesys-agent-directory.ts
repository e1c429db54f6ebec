import { z } from 'zod';
import { parseDecimal } from '../../kernel/parse-number.js';
import type { Deadline } from '../../kernel/deadline.js';
import type { WallClock } from '../../kernel/clock.js';
import {
  AgentDirectory,
  type AssignmentReceiver,
  type DirectoryAgent,
  type Listing,
  type WantedAssignments,
} from '../../contracts/agent-directory.js';
import { activityParts, summaryParts } from './agent-topics.js';
import { AGENT_ID } from '../../contracts/agent-ids.js';
import { parseHireDate } from '../hire-date.js';
import type { PlatformApi } from '../platform-api.js';
import { GenesysQueues } from './genesys-queues.js';
import { userSkills } from './genesys-skills.js';

const PAGE = 100;
/** 50,000 users. A larger organization is listed only up to here. */
const MAX_PAGES = 500;
/** After this many queues in a row that cannot be read, the platform does not work. */
const MAX_FAILURES = 3;
const EXPAND = 'expand=routingStatus,presence,conversationSummary';

const USER = z.looseObject({ id: z.string(), state: z.string().optional() });
const PAGE_OF_USERS = z.object({ entities: z.array(USER), pageCount: z.unknown().optional().transform(parseDecimal) });

/** Parts of a user that the list of agents contains only on request. Default `false`. */
export interface Contained {
  /** Skills and languages. */
  readonly skills?: boolean;
  readonly hireDates?: boolean;
}

/**
 * The employment of a user, as `EmployerInfo` of the platform's API
 * (purecloud-platform-client-v2, index.d.ts). The platform expands with its best effort, and may
 * leave it out.
 */
const EMPLOYER_INFO = z.looseObject({ dateHire: z.string().nullish() }).nullish().catch(undefined);

/**
 * The active users of a Genesys Cloud organization. A call returns 100 users; the platform allows
 * 300 calls a minute.
 */
export class GenesysAgentDirectory extends AgentDirectory {
  readonly platform = 'genesys';
  private readonly queues: GenesysQueues;

  /** @param contained what the list of agents also contains */
  constructor(
    private readonly api: PlatformApi,
    private readonly clock: WallClock,
    private readonly contained: Contained = {},
  ) {
    super();
    this.queues = new GenesysQueues(api, clock);
  }

  async list(onPage: (page: readonly DirectoryAgent[]) => Promise<void>): Promise<Listing> {
    const { skills = false, hireDates = false } = this.contained;
    const expand = [EXPAND, ...(skills ? ['skills', 'languages'] : []), ...(hireDates ? ['employerInfo'] : [])].join(
      ',',
    );
    for (let number = 1; number <= MAX_PAGES; number += 1) {
      const readAtMs = this.clock.nowMs();
      const path = `/api/v2/users?state=active&${expand}&pageSize=${PAGE}&pageNumber=${number}`;
      const { entities, pageCount } = PAGE_OF_USERS.parse(await this.api.getPage(path));
      await onPage(entities.flatMap((user) => agentOf(user, readAtMs)));
      const last = pageCount ?? (entities.length < PAGE ? number : MAX_PAGES);
      if (entities.length === 0 || number >= last) return 'all-agents';
    }
    // The list is not complete, so an agent that is not in it may still exist.
    return 'changed-agents';
  }

  /** The queues are read one after the other. The list of agents contains the skills. */
  async readAssignments({ queues, knownQueues }: WantedAssignments, receiver: AssignmentReceiver): Promise<void> {
    const listed = queues.length === 0 ? [] : await this.queues.list(queues);
    const ids = new Set(listed.map(({ queueId }) => queueId));
    const vanished = queues === 'all' ? [...knownQueues].filter((queueId) => !ids.has(queueId)) : [];
    let failures = 0;
    for (const queue of [...listed, ...vanished.map((queueId) => ({ queueId, memberCount: undefined }))]) {
      const reading = await this.queues.members(queue).catch((error: unknown) => ({ error }));
      if ('error' in reading) {
        failures += 1;
        if (failures === MAX_FAILURES) throw reading.error;
        receiver.queueFailed(queue.queueId, reading.error);
      } else {
        failures = 0;
        await receiver.queue(reading);
      }
    }
  }

  /** The list of agents contains the dates of hire. */
  readHireDates(): Promise<void> {
    return Promise.resolve();
  }

  async find(agentId: string, deadline: Deadline): Promise<DirectoryAgent | undefined> {
    const readAtMs = this.clock.nowMs();
    const body = await this.api.get(`/api/v2/users/${encodeURIComponent(agentId)}?${EXPAND}`, deadline);
    if (body === undefined) return undefined;
    const user = USER.parse(body);
    return (user.state ?? 'active') === 'active' ? agentOf({ ...user, id: agentId }, readAtMs)[0] : undefined;
  }
}

function agentOf(
  user: Readonly<Record<string, unknown>> & { readonly id: string },
  readAtMs: number,
): DirectoryAgent[] {
  const { id: agentId, conversationSummary } = user;
  if (!AGENT_ID.test(agentId)) return [];
  const work =
    typeof conversationSummary === 'object' && conversationSummary !== null
      ? summaryParts(conversationSummary as Record<string, unknown>, readAtMs)
      : {};
  const skills = userSkills(user);
  const parts = { ...activityParts(user, readAtMs), ...work };
  const employment = EMPLOYER_INFO.parse(user.employerInfo);
  const hired = employment ? { hiredOn: parseHireDate(employment.dateHire) } : {};
  return [{ agentId, parts, ...(skills && { skills }), ...hired }];
}
