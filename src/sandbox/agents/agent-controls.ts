import type { Controls, Methods } from '../control-routes.js';
import { readObject, segmentBelow } from '../exchange.js';
import type { AgentBook } from './agent-book.js';

export function agentControls(agents: AgentBook): Controls {
  const everybody: Methods = {
    GET: () => ({ count: agents.count }),
    PUT: async ({ request }) => agents.resize(await readObject(request)),
  };
  return (path) => {
    if (path === '/sandbox/agents') return everybody;
    const n = segmentBelow('/sandbox/agents/', path);
    return n === undefined ? undefined : agentMethods(agents, /^\d{1,6}$/.test(n) ? Number(n) : 0);
  };
}

function agentMethods(agents: AgentBook, n: number): Methods {
  return {
    GET: () => agents.known(n),
    PUT: async ({ request }) => agents.change(n, await readObject(request)),
    DELETE: () => agents.undo(n),
  };
}
