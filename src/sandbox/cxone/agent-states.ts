import type { Agent } from '../agents/agent-registry.js';

const NAMES = ['LoggedOut', 'Available', 'Unavailable', 'InboundContact'] as const;

/** An agent's state in the form of CXone. Wrap-up is a flag there, which any state can have. */
export function agentState(agent: Agent): object {
  const agentStateId = stateId(agent);
  const startedMs = Math.max(agent.routingSinceMs, agent.presenceSinceMs);
  return {
    agentId: agent.n,
    agentStateId,
    agentStateName: NAMES[agentStateId],
    businessUnitId: 7,
    isActive: agent.state === 'active',
    isACW: agent.wrapUps > 0,
    firstName: 'Agent',
    lastName: String(agent.n),
    userName: `agent${agent.n}@example.com`,
    outStateDescription: agentStateId === 2 ? agent.presence : '',
    openContacts: agent.conversations,
    startDate: new Date(startedMs).toISOString(),
    lastUpdateTime: new Date(changedMs(agent)).toISOString(),
  };
}

export function changedMs({ routingSinceMs, presenceSinceMs, workSinceMs }: Agent): number {
  return Math.max(routingSinceMs, presenceSinceMs, workSinceMs);
}

function stateId({ presence, routingStatus }: Agent): 0 | 1 | 2 | 3 {
  if (presence === 'Offline') return 0;
  if (routingStatus === 'IDLE') return 1;
  return routingStatus === 'INTERACTING' || routingStatus === 'COMMUNICATING' ? 3 : 2;
}
