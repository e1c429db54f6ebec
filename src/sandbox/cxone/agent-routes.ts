import type { AgentBook } from '../agents/agent-book.js';
import { send, wrongMethod, type Answer, type Exchange, type Routes } from '../exchange.js';
import type { FrontDesk } from '../front-desk.js';
import { agentState, changedMs } from './agent-states.js';

const STATES = 'agents/states';
const STATE = 'agents/{id}/states';

/** As the counters name them: below `/inContactAPI/services/v<version>/`. */
export const AGENT_ROUTES: readonly string[] = [STATES, STATE];

const PATH = /^\/inContactAPI\/services\/v\d{1,3}\.\d{1,3}\/agents\/(?:(\d{1,12})\/)?states$/;
const MOST_PER_PAGE = 100;

export function agentRoutes(agents: AgentBook, desk: FrontDesk): Routes {
  return (exchange) => {
    const match = PATH.exec(exchange.path);
    if (match === null) return false;
    const n = match[1];
    if (exchange.method !== 'GET') send(exchange.response, wrongMethod(['GET']));
    else if (n === undefined) desk.take(exchange, STATES, () => changed(agents, exchange));
    else desk.take(exchange, STATE, () => one(agents, Number(n)));
    return true;
  };
}

function one(agents: AgentBook, n: number): Answer {
  const agent = agents.byNumber(n);
  if (agent === undefined) return { status: 404, body: { error: 'not_found', error_description: 'no such agent' } };
  return { status: 200, body: { agentStates: [agentState(agent)], lastPollTime: new Date().toISOString() } };
}

/** Those whose state has changed after `updatedSince`, which is a former answer's `lastPollTime`; without it everybody. */
function changed(agents: AgentBook, { query }: Exchange): Answer {
  const lastPollTime = new Date().toISOString();
  const sinceMs = Date.parse(query.get('updatedSince') ?? '') || 0;
  const top = Math.min(MOST_PER_PAGE, whole(query.get('top'), 50));
  const skip = whole(query.get('skip'), 0);
  const all = agents.all().filter((agent) => agent.state === 'active' && changedMs(agent) >= sinceMs);
  const agentStates = all.slice(skip, skip + top).map(agentState);
  return { status: 200, body: { totalRecords: all.length, lastPollTime, agentStates } };
}

function whole(text: string | null, byDefault: number): number {
  return /^\d{1,6}$/.test(text ?? '') ? Number(text) : byDefault;
}
