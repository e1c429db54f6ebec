import type { Controls, Methods } from '../control-routes.js';
import { readObject, RequestError } from '../exchange.js';
import type { AgentRegistry } from './agent-registry.js';
import { parseQueue, QUEUES } from './assignments.js';
import { skillName } from './routing-catalog.js';
import { validate } from '../validation.js';

const OF_AGENT = /^\/sandbox\/agents\/(\d{1,6})\/(queues|skills)$/;
const OF_QUEUE = /^\/sandbox\/queues\/(\d{1,2})\/members$/;

/** The controls of the queues and skills of agents: what a supervisor changes. */
export function assignmentControls(agents: AgentRegistry): Controls {
  return (path) => {
    const [, n, kind] = OF_AGENT.exec(path) ?? [];
    if (n !== undefined) return kind === 'queues' ? queueMethods(agents, Number(n)) : skillMethods(agents, Number(n));
    const queue = OF_QUEUE.exec(path)?.[1];
    return queue === undefined ? undefined : memberMethods(agents, queue);
  };
}

function queueMethods(agents: AgentRegistry, n: number): Methods {
  const { assignments } = agents;
  const view = (): object => Object.fromEntries(assignments.of(agents.known(n).n).queues);
  return {
    GET: view,
    PUT: async ({ request }) => (assignments.changeQueues(agents.known(n).n, await readObject(request)), view()),
    DELETE: () => (assignments.undo(agents.known(n).n), view()),
  };
}

function skillMethods(agents: AgentRegistry, n: number): Methods {
  const { assignments } = agents;
  const view = (): object =>
    Object.fromEntries(
      [...assignments.of(agents.known(n).n).skills].map(([skill, proficiency]) => [skillName(skill), proficiency]),
    );
  return {
    GET: view,
    PUT: async ({ request }) => (assignments.changeSkills(agents.known(n).n, await readObject(request)), view()),
    DELETE: () => (assignments.undo(agents.known(n).n), view()),
  };
}

/** Changes many members of one queue: `{ "<agent>": true | false | null }`. */
function memberMethods(agents: AgentRegistry, queueText: string): Methods {
  const view = (): object => {
    const queue = parseQueue(queueText);
    const joined = agents.all().flatMap(({ n }) => agents.assignments.of(n).queues.get(queue) ?? []);
    return { members: joined.length, joined: joined.filter(Boolean).length };
  };
  return {
    GET: view,
    PUT: async ({ request }) => {
      const queue = parseQueue(queueText);
      const changes = Object.entries(validate(QUEUES, await readObject(request)));
      for (const [n] of changes) known(agents, n);
      for (const [n, joined] of changes) agents.assignments.changeQueues(Number(n), { [queue]: joined });
      return view();
    },
  };
}

function known(agents: AgentRegistry, n: string): void {
  if (!/^\d{1,6}$/.test(n)) throw new RequestError(400, `${n}: not the number of an agent`);
  agents.known(Number(n));
}
