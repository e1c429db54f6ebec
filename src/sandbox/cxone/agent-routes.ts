import type { AgentRegistry } from '../agents/agent-registry.js';
import { hireDate } from '../agents/hire-dates.js';
import { send, methodNotAllowed, type Answer, type Exchange, type Routes } from '../exchange.js';
import type { CallHandler } from '../call-handler.js';
import { agentState, changedMs } from './agent-states.js';
import { NOT_FOUND, parsePage } from './paging.js';

const AGENTS = 'agents';
const STATES = 'agents/states';
const STATE = 'agents/{id}/states';

/** The names of the routes in the counters, relative to `/inContactAPI/services/v<version>/`. */
export const AGENT_ROUTES: readonly string[] = [AGENTS, STATES, STATE];

const PATH = /^\/inContactAPI\/services\/v\d{1,3}\.\d{1,3}\/agents(?:\/(?:(\d{1,12})\/)?(states))?$/;

export function agentRoutes(agents: AgentRegistry, calls: CallHandler): Routes {
  return (exchange) => {
    const match = PATH.exec(exchange.path);
    if (match === null) return false;
    const [, n, isState] = match;
    if (exchange.method !== 'GET') send(exchange.response, methodNotAllowed(['GET']));
    else if (isState === undefined) calls.handle(exchange, AGENTS, () => agentsAnswer(agents, exchange));
    else if (n === undefined) calls.handle(exchange, STATES, () => changedStatesAnswer(agents, exchange));
    else calls.handle(exchange, STATE, () => stateAnswer(agents, Number(n)));
    return true;
  };
}

/**
 * The agents in the shape of `GET /agents`, as far as Datadip reads them
 * (calljacob/nice-cxone-api, src/services/admin/AdminAgentsService.ts @28a1bd4b).
 */
function agentsAnswer(agents: AgentRegistry, { query }: Exchange): Answer {
  const { top, skip } = parsePage(query);
  const isActive = query.get('isActive');
  const all = agents.all().filter(({ state }) => isActive === null || (state === 'active') === (isActive === 'true'));
  const page = all.slice(skip, skip + top).map(({ n, state }) => ({
    ...{ agentId: n, firstName: 'Agent', lastName: String(n), isActive: state === 'active' },
    hireDate: `${hireDate(n)}T00:00:00.000Z`,
  }));
  return { status: 200, body: { totalRecords: all.length, agents: page } };
}

function stateAnswer(agents: AgentRegistry, n: number): Answer {
  const agent = agents.byNumber(n);
  if (agent === undefined) return NOT_FOUND;
  return { status: 200, body: { agentStates: [agentState(agent)], lastPollTime: new Date().toISOString() } };
}

/**
 * Returns the agents whose state changed after `updatedSince`, the `lastPollTime` of a previous
 * answer. Without `updatedSince` the answer contains all agents.
 */
function changedStatesAnswer(agents: AgentRegistry, { query }: Exchange): Answer {
  const lastPollTime = new Date().toISOString();
  const sinceMs = Date.parse(query.get('updatedSince') ?? '') || 0;
  const { top, skip } = parsePage(query);
  const all = agents.all().filter((agent) => agent.state === 'active' && changedMs(agent) >= sinceMs);
  const agentStates = all.slice(skip, skip + top).map(agentState);
  return { status: 200, body: { totalRecords: all.length, lastPollTime, agentStates } };
}
