import { randomInt, randomUUID } from 'node:crypto';
import { Answer } from '../../support/origin-replies.js';
import type { OriginHandler } from '../../support/origin.js';

/** An agent at its platform, and how long the agent has been in this state. */
export interface PlatformAgent {
  readonly id: string;
  readonly state: 'ready' | 'busy' | 'off';
  readonly agoMs: number;
}

/** The part of a platform's API that returns agents. */
export interface PlatformScript {
  readonly name: 'genesys' | 'cxone';
  newId(): string;
  answers(agents: readonly PlatformAgent[]): OriginHandler;
}

const PAGE = 100;
const notFound = Answer.json({ message: 'no such agent' }, 404);
const changedAt = ({ agoMs }: PlatformAgent): string => new Date(Date.now() - agoMs).toISOString();

const GENESYS_WORDS = {
  ready: { presence: 'On Queue', routing: 'IDLE' },
  busy: { presence: 'On Queue', routing: 'INTERACTING' },
  off: { presence: 'Offline', routing: 'OFF_QUEUE' },
};

function user(agent: PlatformAgent): unknown {
  const { presence, routing } = GENESYS_WORDS[agent.state];
  return {
    ...{
      id: agent.id,
      state: 'active',
      routingStatus: { userId: agent.id, status: routing, startTime: changedAt(agent) },
    },
    presence: { presenceDefinition: { id: 'x', systemPresence: presence }, modifiedDate: changedAt(agent) },
  };
}

export const GENESYS: PlatformScript = {
  name: 'genesys',
  newId: () => randomUUID(),
  answers:
    (agents) =>
    ({ url }) => {
      const { pathname, searchParams } = new URL(url, 'http://api');
      const id = /^\/api\/v2\/users\/([^/]+)$/.exec(pathname)?.[1];
      if (id !== undefined) {
        const agent = agents.find((known) => known.id === id);
        return agent === undefined ? notFound : user(agent);
      }
      const page = Number(searchParams.get('pageNumber'));
      const entities = agents.slice((page - 1) * PAGE, page * PAGE).map(user);
      const pageCount = Math.ceil(agents.length / PAGE);
      return { entities, pageSize: PAGE, pageNumber: page, total: agents.length, pageCount };
    },
};

const CXONE_STATES = { ready: 1, busy: 3, off: 0 };

function state(agent: PlatformAgent): unknown {
  const numbers = { agentId: Number(agent.id), agentStateId: CXONE_STATES[agent.state], businessUnitId: 7 };
  return { ...numbers, isACW: false, firstName: 'Ada', startDate: changedAt(agent), lastUpdateTime: changedAt(agent) };
}

export const CXONE: PlatformScript = {
  name: 'cxone',
  newId: () => String(randomInt(1, 2 ** 40)),
  answers:
    (agents) =>
    ({ url }) => {
      const { pathname, searchParams } = new URL(url, 'http://api');
      const lastPollTime = new Date().toISOString();
      const id = /^\/agents\/([^/]+)\/states$/.exec(pathname)?.[1];
      if (id !== undefined) {
        const agent = agents.find((known) => known.id === id);
        return agent === undefined ? notFound : { agentStates: [state(agent)], lastPollTime };
      }
      const since = Date.parse(searchParams.get('updatedSince') ?? '') || 0;
      const changed = agents.filter(({ agoMs }) => Date.now() - agoMs > since);
      const from = Number(searchParams.get('skip'));
      const agentStates = changed.slice(from, from + PAGE).map(state);
      return { totalRecords: changed.length, lastPollTime, agentStates };
    },
};
