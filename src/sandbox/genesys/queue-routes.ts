import type { Agent, AgentBook } from '../agents/agent-book.js';
import type { Answer } from '../exchange.js';
import { found, type ApiRoute, type Asked } from './api-routes.js';
import { idOf, numberIn } from './ids.js';
import { listing, pageAsked, valuesOf } from './paging.js';
import { platformError } from './platform-error.js';
import { routingStatus, user, type OnQueue } from './users.js';

const MOST_PER_PAGE = 100;

/** Queues 1 to 20; agent n is a member of the queue their number leaves when divided by 20 (20 for no rest). */
const QUEUES = 20;

export function queueRoutes(agents: AgentBook, onQueue: () => OnQueue): ApiRoute[] {
  return [
    {
      path: '/api/v2/routing/queues/{id}/members',
      permission: 'routing:queue:view',
      answer: (asked) => members(agents, asked, onQueue()),
    },
  ];
}

function members(agents: AgentBook, { id, query }: Asked, onQueue: OnQueue): Answer {
  const queue = numberIn('queue', id) ?? 0;
  if (queue < 1 || queue > QUEUES) return found(undefined);
  const page = pageAsked(query, MOST_PER_PAGE);
  if (typeof page === 'string') return platformError(400, 'bad.request', page);
  const wanted = { routing: valuesOf(query, 'routingStatus'), presence: valuesOf(query, 'presence') };
  const asked = agents.all().filter((agent) => {
    const isMember = agent.n % QUEUES === queue % QUEUES && agent.state === 'active';
    return isMember && within(wanted.routing, agent.routingStatus) && within(wanted.presence, agent.presence);
  });
  const shown = { expand: valuesOf(query, 'expand'), onQueue };
  return {
    status: 200,
    body: listing(`/api/v2/routing/queues/${id}/members`, asked, page, (agent) => member(agent, shown)),
  };
}

function member(agent: Agent, shown: Parameters<typeof user>[1]): object {
  const id = idOf('user', agent.n);
  return {
    id,
    name: `Agent ${agent.n}`,
    user: user(agent, shown),
    ringNumber: 1,
    joined: agent.routingStatus !== 'OFF_QUEUE',
    memberBy: 'user',
    ...(shown.expand.includes('routingStatus') ? { routingStatus: routingStatus(agent) } : {}),
    selfUri: `/api/v2/users/${id}`,
  };
}

function within(wanted: readonly string[], value: string): boolean {
  return wanted.length === 0 || wanted.includes(value);
}
