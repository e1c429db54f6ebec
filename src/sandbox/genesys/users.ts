import type { Agent, PRESENCES } from '../agents/agent-registry.js';
import { hireDate } from '../agents/hire-dates.js';
import { isLanguage, skillName } from '../agents/routing-catalog.js';
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

/** An agent with its skills by number, and their proficiencies. */
export interface User {
  readonly agent: Agent;
  readonly skills: ReadonlyMap<number, number>;
}

export function userEntity({ agent, skills }: User, { expand, onQueue }: UserView): object {
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
    ...(expand.includes('skills') ? { skills: routingSkills(agent.n, skills, 'skills') } : {}),
    ...(expand.includes('languages') ? { languages: routingSkills(agent.n, skills, 'languages') } : {}),
    ...(expand.includes('employerInfo') ? { employerInfo: employerInfo(agent.n) } : {}),
    selfUri: `/api/v2/users/${id}`,
  };
}

/** `EmployerInfo` of the platform's API (purecloud-platform-client-v2, index.d.ts). */
function employerInfo(n: number): object {
  const employeeType = n % 3 === 0 ? 'Part-time' : 'Full-time';
  return { officialName: `Agent ${n}`, employeeId: String(n), employeeType, dateHire: hireDate(n) };
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

/** The platform lists skills and languages apart, with the same keys. Both have a proficiency. */
export type RoutingSkillKind = 'skills' | 'languages';

/**
 * The routing skills or languages of a user, in the shape of `UserRoutingSkill` and
 * `UserRoutingLanguage` (MyPureCloud/platform-client-sdk-go, userroutingskill.go @62dc270e).
 */
export function routingSkills(n: number, skills: ReadonlyMap<number, number>, kind: RoutingSkillKind): object[] {
  const user = `/api/v2/users/${idOf('user', n)}`;
  return [...skills]
    .filter(([skill]) => isLanguage(skill) === (kind === 'languages'))
    .map(([skill, proficiency]) => {
      const id = idOf('skill', skill);
      const uri = `/api/v2/routing/${kind}/${id}`;
      const selfUri = `${user}/routing${kind}/${id}`;
      const own = kind === 'skills' ? { skillUri: uri } : { languageUri: uri };
      return { id, name: skillName(skill), proficiency, state: 'active', ...own, selfUri };
    });
}
