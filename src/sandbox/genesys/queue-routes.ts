import type { Agent, AgentRegistry } from '../agents/agent-registry.js';
import type { Answer } from '../exchange.js';
import { entityAnswer, type ApiRoute, type ApiRequest } from './api-routes.js';
import { idOf, numberIn } from './ids.js';
import { entityListing, parsePage, listParameter } from './paging.js';
import { platformError } from './platform-error.js';
import { routingStatus, userEntity, type OnQueue } from './users.js';

const MAX_PER_PAGE = 100;

/**
 * Queues 1 to 20. Agent n is a member of queue n modulo 20; queue 20 stands for the remainder 0.
 */
const QUEUE_COUNT = 20;

export function queueRoutes(agents: AgentRegistry, onQueue: () => OnQueue): ApiRoute[] {
  return [
    {
      path: '/api/v2/routing/queues/{id}/members',
      permission: 'routing:queue:view',
      answer: (request) => membersAnswer(agents, request, onQueue()),
    },
  ];
}

function membersAnswer(agents: AgentRegistry, { id, query }: ApiRequest, onQueue: OnQueue): Answer {
  const queue = numberIn('queue', id) ?? 0;
  if (queue < 1 || queue > QUEUE_COUNT) return entityAnswer(undefined);
  const page = parsePage(query, MAX_PER_PAGE);
  if (typeof page === 'string') return platformError(400, 'bad.request', page);
  const filter = { routing: listParameter(query, 'routingStatus'), presence: listParameter(query, 'presence') };
  const matching = agents.all().filter((agent) => {
    const isMember = agent.n % QUEUE_COUNT === queue % QUEUE_COUNT && agent.state === 'active';
    return isMember && matches(filter.routing, agent.routingStatus) && matches(filter.presence, agent.presence);
  });
  const view = { expand: listParameter(query, 'expand'), onQueue };
  return {
    status: 200,
    body: entityListing(`/api/v2/routing/queues/${id}/members`, matching, page, (agent) => memberEntity(agent, view)),
  };
}

function memberEntity(agent: Agent, view: Parameters<typeof userEntity>[1]): object {
  const id = idOf('user', agent.n);
  return {
    id,
    name: `Agent ${agent.n}`,
    user: userEntity(agent, view),
    ringNumber: 1,
    joined: agent.routingStatus !== 'OFF_QUEUE',
    memberBy: 'user',
    ...(view.expand.includes('routingStatus') ? { routingStatus: routingStatus(agent) } : {}),
    selfUri: `/api/v2/users/${id}`,
  };
}

function matches(wanted: readonly string[], value: string): boolean {
  return wanted.length === 0 || wanted.includes(value);
}
