import type { Agent, AgentBook } from '../agents/agent-book.js';
import type { Answer } from '../exchange.js';
import { found, type ApiRoute } from './api-routes.js';
import { idOf, numberIn } from './ids.js';
import { listing, pageAsked, valuesOf } from './paging.js';
import { platformError } from './platform-error.js';
import { presence, routingStatus, user, type OnQueue, type Shown } from './users.js';

const USERS = '/api/v2/users';
const VIEW = 'directory:user:view';
const MOST_PER_PAGE = 500;
const MOST_PRESENCES = 50;

export function userRoutes(agents: AgentBook, onQueue: () => OnQueue): ApiRoute[] {
  const byId = (id: string): Agent | undefined => agents.byNumber(numberIn('user', id) ?? 0);
  const shown = (query: URLSearchParams): Shown => ({ expand: valuesOf(query, 'expand'), onQueue: onQueue() });
  return [
    { path: USERS, permission: VIEW, answer: ({ query }) => list(agents, query, shown(query)) },
    {
      path: `${USERS}/{id}`,
      permission: VIEW,
      answer: ({ id, query }) => found(mapped(byId(id), (agent) => user(agent, shown(query)))),
    },
    {
      path: `${USERS}/{id}/routingstatus`,
      permission: VIEW,
      // Of nobody, too, the platform says that they are off queue.
      answer: ({ id }) => found(mapped(byId(id), routingStatus) ?? { userId: id, status: 'OFF_QUEUE' }),
    },
    {
      path: `${USERS}/presences/purecloud/bulk`,
      permission: VIEW,
      answer: ({ query }) => {
        const ids = valuesOf(query, 'id');
        if (ids.length > MOST_PRESENCES) return platformError(400, 'bad.request', `At most ${MOST_PRESENCES} ids.`);
        const known = ids.map(byId).filter((agent) => agent !== undefined);
        return {
          status: 200,
          body: known.map((agent) => ({ userId: idOf('user', agent.n), ...presence(agent, onQueue()) })),
        };
      },
    },
  ];
}

function list(agents: AgentBook, query: URLSearchParams, shown: Shown): Answer {
  const page = pageAsked(query, MOST_PER_PAGE);
  if (typeof page === 'string') return platformError(400, 'bad.request', page);
  const state = query.get('state') ?? 'active';
  const ids = new Set(valuesOf(query, 'id').map((id) => numberIn('user', id)));
  const asked = agents
    .all()
    .filter((agent) => (state === 'any' || agent.state === state) && (ids.size === 0 || ids.has(agent.n)));
  return { status: 200, body: listing(USERS, asked, page, (agent) => user(agent, shown)) };
}

function mapped(agent: Agent | undefined, view: (agent: Agent) => object): object | undefined {
  return agent === undefined ? undefined : view(agent);
}
