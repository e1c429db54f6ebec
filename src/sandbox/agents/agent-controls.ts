import type { Controls, Methods } from '../control-routes.js';
import { readObject, segmentAfter } from '../exchange.js';
import type { AgentRegistry } from './agent-registry.js';

export function agentControls(agents: AgentRegistry): Controls {
  const allAgents: Methods = {
    GET: () => ({ count: agents.count }),
    PUT: async ({ request }) => agents.resize(await readObject(request)),
  };
  return (path) => {
    if (path === '/sandbox/agents') return allAgents;
    const n = segmentAfter('/sandbox/agents/', path);
    return n === undefined ? undefined : agentMethods(agents, /^\d{1,6}$/.test(n) ? Number(n) : 0);
  };
}

function agentMethods(agents: AgentRegistry, n: number): Methods {
  return {
    GET: () => agents.known(n),
    PUT: async ({ request }) => agents.change(n, await readObject(request)),
    DELETE: () => agents.undo(n),
  };
}
