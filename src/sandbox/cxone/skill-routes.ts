import type { AgentRegistry } from '../agents/agent-registry.js';
import { listedPage, type BrokenList } from '../agents/broken-list.js';
import type { CallHandler } from '../call-handler.js';
import { methodNotAllowed, send, type Answer, type Exchange, type Routes } from '../exchange.js';
import { allAssignments, assignmentEntity, assignmentsOf, type Assignment } from './assignments.js';
import { NOT_FOUND, parsePage } from './paging.js';

const ALL = 'agents/skills';
const OF_AGENT = 'agents/{id}/skills';
const OF_SKILL = 'skills/{id}/agents';

/** The names of the routes in the counters, relative to `/inContactAPI/services/v<version>/`. */
export const SKILL_ROUTES: readonly string[] = [ALL, OF_AGENT, OF_SKILL];

const BASE = String.raw`^\/inContactAPI\/services\/v\d{1,3}\.\d{1,3}\/`;
const ALL_PATH = new RegExp(String.raw`${BASE}agents\/skills$`);
const AGENT_PATH = new RegExp(String.raw`${BASE}agents\/(\d{1,12})\/skills$`);
const SKILL_PATH = new RegExp(String.raw`${BASE}skills\/(\d{1,12})\/agents$`);

interface Skills {
  readonly agents: AgentRegistry;
  readonly calls: CallHandler;
  readonly brokenList: () => BrokenList;
}

/** The skills of agents. In CXone a queue is a skill, so these are also the members of queues. */
export function skillRoutes(skills: Skills): Routes {
  return (exchange) => {
    const found = routeOf(exchange.path);
    if (found === undefined) return false;
    if (exchange.method !== 'GET') send(exchange.response, methodNotAllowed(['GET']));
    else skills.calls.handle(exchange, found.route, () => answerOf(skills, found, exchange));
    return true;
  };
}

interface Found {
  readonly route: string;
  readonly id: number;
}

function routeOf(path: string): Found | undefined {
  if (ALL_PATH.test(path)) return { route: ALL, id: 0 };
  const agent = AGENT_PATH.exec(path)?.[1];
  if (agent !== undefined) return { route: OF_AGENT, id: Number(agent) };
  const skill = SKILL_PATH.exec(path)?.[1];
  return skill === undefined ? undefined : { route: OF_SKILL, id: Number(skill) };
}

function answerOf({ agents, brokenList }: Skills, { route, id }: Found, { query }: Exchange): Answer {
  const assignments = route === OF_AGENT ? assignmentsOf(agents, id) : allAssignments(agents);
  if (assignments === undefined) return NOT_FOUND;
  const chosen = route === OF_SKILL ? assignments.filter(({ skillId }) => skillId === id) : assignments;
  if (route === OF_SKILL && chosen.length === 0) return NOT_FOUND;
  return listAnswer(chosen.filter(wantedBy(query)), query, brokenList());
}

function wantedBy(query: URLSearchParams): (assignment: Assignment) => boolean {
  const [active, agentActive] = [query.get('isActive'), query.get('isAgentActive')];
  const sinceMs = Date.parse(query.get('updatedSince') ?? '') || 0;
  return ({ agent, isActive, changedMs }) =>
    changedMs >= sinceMs &&
    (active === null || active === String(isActive)) &&
    (agentActive === null || agentActive === String(agent.state === 'active'));
}

function listAnswer(all: readonly Assignment[], query: URLSearchParams, brokenList: BrokenList): Answer {
  const { top, skip } = parsePage(query);
  const page = listedPage(all, { at: top === 0 ? 0 : Math.floor(skip / top), skip, size: top }, brokenList);
  if (page === undefined) return NOT_FOUND;
  return {
    status: 200,
    body: {
      businessUnitId: 7,
      lastPollTime: new Date().toISOString(),
      totalRecords: page.total,
      agentSkillAssignments: page.items.map(assignmentEntity),
    },
  };
}
