import type { Agent, AgentRegistry } from '../agents/agent-registry.js';
import { QUEUE_COUNT } from '../agents/routing-catalog.js';
import type { Answer } from '../exchange.js';
import { entityAnswer, type ApiRoute, type ApiRequest } from './api-routes.js';
import type { ApiSwitches } from './api-switches.js';
import { idOf, numberIn } from './ids.js';
import { listingAnswer, parsePage, listParameter } from './paging.js';
import { platformError } from './platform-error.js';
import { routingStatus, userEntity } from './users.js';

const QUEUES = '/api/v2/routing/queues';
const VIEW = 'routing:queue:view';
const MAX_QUEUES_PER_PAGE = 500;
const MAX_MEMBERS_PER_PAGE = 100;

type Switches = Pick<ApiSwitches, 'onQueue' | 'brokenList' | 'memberTotals'>;

interface Member {
  readonly agent: Agent;
  readonly joined: boolean;
}

/**
 * The queues and their members, in the shapes of `QueueEntityListing`, `QueueMember` and
 * `QueueMemberEntityListingV1` of MyPureCloud/platform-client-sdk-go @62dc270e. Inactive users are
 * no members.
 */
export function queueRoutes(agents: AgentRegistry, switches: () => Switches): ApiRoute[] {
  return [
    { path: QUEUES, permission: VIEW, answer: ({ query }) => queuesAnswer(agents, query, switches()) },
    {
      path: `${QUEUES}/{id}`,
      permission: VIEW,
      answer: ({ id }) => {
        const queue = queueNumber(id);
        return entityAnswer(queue === undefined ? undefined : queueEntity(queue, memberCounts(agents)));
      },
    },
    {
      path: `${QUEUES}/{id}/members`,
      permission: VIEW,
      answer: (request) => membersAnswer(agents, request, switches()),
    },
  ];
}

function queuesAnswer(agents: AgentRegistry, query: URLSearchParams, { brokenList }: Switches): Answer {
  const page = parsePage(query, MAX_QUEUES_PER_PAGE);
  if (typeof page === 'string') return platformError(400, 'bad.request', page);
  const ids = new Set(listParameter(query, 'id').map(queueNumber));
  const all = Array.from({ length: QUEUE_COUNT }, (_, at) => at + 1);
  const matching = all.filter((queue) => ids.size === 0 || ids.has(queue));
  const counts = memberCounts(agents);
  return listingAnswer(QUEUES, matching, page, (queue) => queueEntity(queue, counts), { brokenList, hasTotals: true });
}

function membersAnswer(agents: AgentRegistry, { id, query }: ApiRequest, switches: Switches): Answer {
  const queue = queueNumber(id);
  if (queue === undefined) return entityAnswer(undefined);
  const page = parsePage(query, MAX_MEMBERS_PER_PAGE);
  if (typeof page === 'string') return platformError(400, 'bad.request', page);
  const filter = { routing: listParameter(query, 'routingStatus'), presence: listParameter(query, 'presence') };
  const joined = query.get('joined');
  const matching = membersOf(agents, queue).filter(
    (member) =>
      matches(filter.routing, member.agent.routingStatus) &&
      matches(filter.presence, member.agent.presence) &&
      (joined === null || joined === String(member.joined)),
  );
  const view = { expand: listParameter(query, 'expand'), onQueue: switches.onQueue };
  const path = `${QUEUES}/${id}/members`;
  const listing = { brokenList: switches.brokenList, hasTotals: switches.memberTotals };
  return listingAnswer(path, matching, page, (member) => memberEntity(agents, member, view), listing);
}

/** @returns `undefined` if there is no such queue */
function queueNumber(id: string): number | undefined {
  const queue = numberIn('queue', id) ?? 0;
  return queue >= 1 && queue <= QUEUE_COUNT ? queue : undefined;
}

function membersOf(agents: AgentRegistry, queue: number): Member[] {
  return agents.all().flatMap((agent): Member[] => {
    const joined = agents.assignments.of(agent.n).queues.get(queue);
    return joined === undefined || agent.state !== 'active' ? [] : [{ agent, joined }];
  });
}

/** The numbers of members by queue, from one pass over all agents. */
function memberCounts(agents: AgentRegistry): (queue: number) => { readonly members: number; readonly joined: number } {
  const counts = new Map<number, { members: number; joined: number }>();
  for (const { n, state } of agents.all()) {
    if (state !== 'active') continue;
    for (const [queue, joined] of agents.assignments.of(n).queues) {
      const before = counts.get(queue) ?? { members: 0, joined: 0 };
      counts.set(queue, { members: before.members + 1, joined: before.joined + (joined ? 1 : 0) });
    }
  }
  return (queue) => counts.get(queue) ?? { members: 0, joined: 0 };
}

function queueEntity(queue: number, countsOf: ReturnType<typeof memberCounts>): object {
  const id = idOf('queue', queue);
  const { members, joined } = countsOf(queue);
  return {
    id,
    name: `Queue ${queue}`,
    memberCount: members,
    userMemberCount: members,
    joinedMemberCount: joined,
    skillEvaluationMethod: 'ALL',
    selfUri: `${QUEUES}/${id}`,
  };
}

function memberEntity(
  agents: AgentRegistry,
  { agent, joined }: Member,
  view: Parameters<typeof userEntity>[1],
): object {
  const id = idOf('user', agent.n);
  return {
    id,
    name: `Agent ${agent.n}`,
    user: userEntity({ agent, skills: agents.assignments.of(agent.n).skills }, view),
    ringNumber: 1,
    joined,
    memberBy: 'user',
    ...(view.expand.includes('routingStatus') ? { routingStatus: routingStatus(agent) } : {}),
    selfUri: `/api/v2/users/${id}`,
  };
}

function matches(wanted: readonly string[], value: string): boolean {
  return wanted.length === 0 || wanted.includes(value);
}
