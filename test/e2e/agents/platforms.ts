import { randomInt, randomUUID } from 'node:crypto';
import { Answer } from '../../support/origin-replies.js';
import type { OriginHandler } from '../../support/origin.js';

/** An agent as a platform has them, and for how long it has been so. */
export interface ThereIs {
  readonly id: string;
  readonly state: 'ready' | 'busy' | 'off';
  readonly agoMs: number;
}

/** The part of a platform's API that tells of agents. */
export interface PlatformScript {
  readonly name: 'genesys' | 'cxone';
  newId(): string;
  answers(agents: readonly ThereIs[]): OriginHandler;
}

const PAGE = 100;
const nobody = Answer.json({ message: 'no such agent' }, 404);
const at = ({ agoMs }: ThereIs): string => new Date(Date.now() - agoMs).toISOString();

const GENESYS_WORDS = {
  ready: { presence: 'On Queue', routing: 'IDLE' },
  busy: { presence: 'On Queue', routing: 'INTERACTING' },
  off: { presence: 'Offline', routing: 'OFF_QUEUE' },
};

function user(agent: ThereIs): unknown {
  const { presence, routing } = GENESYS_WORDS[agent.state];
  return {
    ...{ id: agent.id, state: 'active', routingStatus: { userId: agent.id, status: routing, startTime: at(agent) } },
    presence: { presenceDefinition: { id: 'x', systemPresence: presence }, modifiedDate: at(agent) },
  };
}

export const GENESYS: PlatformScript = {
  name: 'genesys',
  newId: () => randomUUID(),
  answers:
    (agents) =>
    ({ url }) => {
      const { pathname, searchParams } = new URL(url, 'http://api');
      const one = /^\/api\/v2\/users\/([^/]+)$/.exec(pathname)?.[1];
      if (one !== undefined) {
        const agent = agents.find(({ id }) => id === one);
        return agent === undefined ? nobody : user(agent);
      }
      const page = Number(searchParams.get('pageNumber'));
      const entities = agents.slice((page - 1) * PAGE, page * PAGE).map(user);
      const pageCount = Math.ceil(agents.length / PAGE);
      return { entities, pageSize: PAGE, pageNumber: page, total: agents.length, pageCount };
    },
};

const CXONE_STATES = { ready: 1, busy: 3, off: 0 };

function state(agent: ThereIs): unknown {
  const numbers = { agentId: Number(agent.id), agentStateId: CXONE_STATES[agent.state], businessUnitId: 7 };
  return { ...numbers, isACW: false, firstName: 'Ada', startDate: at(agent), lastUpdateTime: at(agent) };
}

export const CXONE: PlatformScript = {
  name: 'cxone',
  newId: () => String(randomInt(1, 2 ** 40)),
  answers:
    (agents) =>
    ({ url }) => {
      const { pathname, searchParams } = new URL(url, 'http://api');
      const lastPollTime = new Date().toISOString();
      const one = /^\/agents\/([^/]+)\/states$/.exec(pathname)?.[1];
      if (one !== undefined) {
        const agent = agents.find(({ id }) => id === one);
        return agent === undefined ? nobody : { agentStates: [state(agent)], lastPollTime };
      }
      const since = Date.parse(searchParams.get('updatedSince') ?? '') || 0;
      const changed = agents.filter(({ agoMs }) => Date.now() - agoMs > since);
      const from = Number(searchParams.get('skip'));
      const agentStates = changed.slice(from, from + PAGE).map(state);
      return { totalRecords: changed.length, lastPollTime, agentStates };
    },
};
