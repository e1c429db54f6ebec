import type { Agent, PRESENCES } from '../agents/agent-registry.js';
import { idOf } from './ids.js';

type Presence = (typeof PRESENCES)[number];

/** The ids of these presences, the same in every organization. */
const DEFINITIONS: Readonly<Partial<Record<Presence, string>>> = {
  Available: '6a3af858-942f-489d-9700-5f9bcdcdae9b',
  Busy: '31fe3bac-dea6-44b7-bed7-47f91660a1a0',
  Away: '5e5c5c66-ea97-4e7f-ac41-6424784829f2',
  Meal: '3fd96123-badb-4f69-bc03-1b1ccc6d8014',
  Offline: 'ccf3c10a-aa2c-4845-8e8d-f59fa48c58e5',
  'On Queue': 'e08eaf1b-ee47-4fa9-a231-1200e284798f',
};

/** The spellings of the presence On Queue. */
export type OnQueue = 'On Queue' | 'OnQueue' | 'ON_QUEUE';

export interface UserView {
  readonly expand: readonly string[];
  readonly onQueue: OnQueue;
}

export function userEntity(agent: Agent, { expand, onQueue }: UserView): object {
  const id = idOf('user', agent.n);
  return {
    id,
    name: `Agent ${agent.n}`,
    email: `agent${agent.n}@example.com`,
    username: `agent${agent.n}@example.com`,
    state: agent.state,
    version: 1,
    ...(expand.includes('routingStatus') ? { routingStatus: routingStatus(agent) } : {}),
    ...(expand.includes('presence') ? { presence: presence(agent, onQueue) } : {}),
    ...(expand.includes('conversationSummary') ? { conversationSummary: conversationSummary(agent) } : {}),
    selfUri: `/api/v2/users/${id}`,
  };
}

export function routingStatus({ n, routingStatus: status, routingSinceMs }: Agent): object {
  return { userId: idOf('user', n), status, startTime: new Date(routingSinceMs).toISOString() };
}

export function presence(agent: Agent, onQueue: OnQueue): object {
  const id = DEFINITIONS[agent.presence] ?? idOf('organization', 2);
  const systemPresence = agent.presence === 'On Queue' ? onQueue : agent.presence;
  return {
    source: 'PURECLOUD',
    primary: true,
    presenceDefinition: { id, systemPresence, selfUri: `/api/v2/presencedefinitions/${id}` },
    message: '',
    modifiedDate: new Date(agent.presenceSinceMs).toISOString(),
    selfUri: `/api/v2/users/${idOf('user', agent.n)}/presences`,
  };
}

/** All conversations are calls. */
function conversationSummary({ n, conversations, wrapUps }: Agent): object {
  const none = { active: 0, acw: 0 };
  return {
    userId: idOf('user', n),
    call: { contactCenter: { active: conversations, acw: wrapUps }, enterprise: none },
  };
}
