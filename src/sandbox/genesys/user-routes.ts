import type { Agent, AgentRegistry } from '../agents/agent-registry.js';
import type { Answer } from '../exchange.js';
import { entityAnswer, type ApiRoute } from './api-routes.js';
import { idOf, numberIn } from './ids.js';
import { listingAnswer, parsePage, listParameter } from './paging.js';
import { platformError } from './platform-error.js';
import {
  presence,
  routingSkills,
  routingStatus,
  userEntity,
  type OnQueue,
  type RoutingSkillKind,
  type User,
  type UserView,
} from './users.js';

const USERS = '/api/v2/users';
const VIEW = 'directory:user:view';
const MAX_PER_PAGE = 500;
const MAX_PRESENCES = 50;

/** `GET /api/v2/users/me` returns the user of the token. */
export function meRoute(agents: AgentRegistry, onQueue: () => OnQueue): ApiRoute {
  return {
    path: `${USERS}/me`,
    permission: undefined,
    answer: ({ query, user }) => {
      const agent = user && agents.byNumber(user.agent);
      if (user === undefined || agent === undefined)
        return platformError(400, 'bad.request', 'This request requires a user context.');
      const expand = listParameter(query, 'expand');
      const entity = userEntity(userOf(agents, agent), { expand, onQueue: onQueue() });
      const organization = { id: idOf('organization', user.organization), name: `Sandbox ${user.organization}` };
      return { status: 200, body: { ...entity, ...(expand.includes('organization') ? { organization } : {}) } };
    },
  };
}

export function userRoutes(agents: AgentRegistry, onQueue: () => OnQueue): ApiRoute[] {
  const byId = (id: string): Agent | undefined => agents.byNumber(numberIn('user', id) ?? 0);
  const viewFrom = (query: URLSearchParams): UserView => ({
    expand: listParameter(query, 'expand'),
    onQueue: onQueue(),
  });
  return [
    { path: USERS, permission: VIEW, answer: ({ query }) => listAnswer(agents, query, viewFrom(query)) },
    {
      path: `${USERS}/{id}`,
      permission: VIEW,
      answer: ({ id, query }) =>
        entityAnswer(viewOf(byId(id), (agent) => userEntity(userOf(agents, agent), viewFrom(query)))),
    },
    {
      path: `${USERS}/{id}/routingstatus`,
      permission: VIEW,
      // The platform reports an unknown user as off queue.
      answer: ({ id }) => entityAnswer(viewOf(byId(id), routingStatus) ?? { userId: id, status: 'OFF_QUEUE' }),
    },
    routingSkillsRoute(agents, 'skills'),
    routingSkillsRoute(agents, 'languages'),
    {
      path: `${USERS}/presences/purecloud/bulk`,
      permission: VIEW,
      answer: ({ query }) => {
        const ids = listParameter(query, 'id');
        if (ids.length > MAX_PRESENCES) return platformError(400, 'bad.request', `At most ${MAX_PRESENCES} ids.`);
        const known = ids.map(byId).filter((agent) => agent !== undefined);
        return {
          status: 200,
          body: known.map((agent) => ({ userId: idOf('user', agent.n), ...presence(agent, onQueue()) })),
        };
      },
    },
  ];
}

function listAnswer(agents: AgentRegistry, query: URLSearchParams, view: UserView): Answer {
  const page = parsePage(query, MAX_PER_PAGE);
  if (typeof page === 'string') return platformError(400, 'bad.request', page);
  const state = query.get('state') ?? 'active';
  const ids = new Set(listParameter(query, 'id').map((id) => numberIn('user', id)));
  const matching = agents
    .all()
    .filter((agent) => (state === 'any' || agent.state === state) && (ids.size === 0 || ids.has(agent.n)));
  return listingAnswer(USERS, matching, page, (agent) => userEntity(userOf(agents, agent), view));
}

function routingSkillsRoute(agents: AgentRegistry, kind: RoutingSkillKind): ApiRoute {
  return {
    path: `${USERS}/{id}/routing${kind}`,
    permission: VIEW,
    answer: ({ id, query }) => {
      const agent = agents.byNumber(numberIn('user', id) ?? 0);
      if (agent === undefined) return entityAnswer(undefined);
      const page = parsePage(query, MAX_PER_PAGE);
      if (typeof page === 'string') return platformError(400, 'bad.request', page);
      const all = routingSkills(agent.n, agents.assignments.of(agent.n).skills, kind);
      return listingAnswer(`${USERS}/${id}/routing${kind}`, all, page, (skill) => skill);
    },
  };
}

function userOf(agents: AgentRegistry, agent: Agent): User {
  return { agent, skills: agents.assignments.of(agent.n).skills };
}

function viewOf(agent: Agent | undefined, view: (agent: Agent) => object): object | undefined {
  return agent === undefined ? undefined : view(agent);
}
