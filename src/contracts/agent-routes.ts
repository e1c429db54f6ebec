import type { AGENT_ACTIONS } from '../config/reserved-names.js';
import type { FlatInput, FlatOutput, FlatRoute } from './flat-route.js';

type AgentAction = (typeof AGENT_ACTIONS)[number];

const AGENT_ID: FlatOutput = { name: 'agentId', type: 'string', description: "The agent's id", fallback: '' };
const EXPIRES: FlatOutput = {
  name: 'lockExpiresInMs',
  type: 'integer',
  description: 'Milliseconds until the lock ends by itself',
  fallback: 0,
};

const AGENT: FlatInput = {
  name: 'agentId',
  description: 'The agent that was claimed',
  required: true,
  example: 'agent-1',
};
const LOCK: FlatInput = {
  name: 'lockToken',
  description: 'The lockToken of the claim',
  required: true,
  example: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
};

const AVAILABLE: FlatRoute = {
  name: 'agents-available',
  description: 'Claim the free agent of a queue who is first in line',
  method: 'GET',
  path: '/agents/available',
  inputs: [
    { name: 'queueId', description: 'Id of the queue', required: true, example: 'queue-1' },
    {
      name: 'callId',
      description: 'Id of the conversation: asked again with the same one, the same agent is answered',
      required: true,
      example: '1c1f0c80-5f6d-4a3e-9a05-0b6f3a2f9f11',
    },
  ],
  outputs: [
    { name: 'agentFound', type: 'boolean', description: 'True where an agent was claimed', fallback: false },
    AGENT_ID,
    {
      name: 'lockToken',
      type: 'string',
      description: 'Proves the claim when it is confirmed or released',
      fallback: '',
    },
    { name: 'fence', type: 'integer', description: 'Greater for every later claim, 15 digits at most', fallback: 0 },
    EXPIRES,
    { name: 'queueId', type: 'string', description: 'The queue of the claim', fallback: '' },
    {
      name: 'error',
      type: 'string',
      description: 'Empty, no_queue, or store_unavailable',
      words: ['', 'no_queue', 'store_unavailable'],
      fallback: 'store_unavailable',
    },
  ],
};

const CONFIRM: FlatRoute = {
  name: 'agents-confirm',
  description: 'The interaction with a claimed agent began: hold the lock until it ends',
  method: 'POST',
  path: '/agents/{agentId}/confirm',
  inputs: [AGENT, LOCK],
  outputs: [
    AGENT_ID,
    { name: 'confirmed', type: 'boolean', description: 'True where the lock is held', fallback: false },
    EXPIRES,
  ],
};

const RELEASE: FlatRoute = {
  name: 'agents-release',
  description: 'Give a claimed agent back',
  method: 'POST',
  path: '/agents/{agentId}/release',
  inputs: [
    AGENT,
    LOCK,
    {
      name: 'outcome',
      description: 'rejected: the agent did not take it; failed: it never reached them; ended: it is over',
      words: ['rejected', 'failed', 'ended'],
      required: true,
      example: 'ended',
    },
  ],
  outputs: [
    AGENT_ID,
    { name: 'released', type: 'boolean', description: 'True where the lock is given back', fallback: false },
  ],
};

/** What flows do with agents. */
export const AGENT_ROUTES: Readonly<Record<AgentAction, FlatRoute>> = {
  'agents-available': AVAILABLE,
  'agents-confirm': CONFIRM,
  'agents-release': RELEASE,
};
