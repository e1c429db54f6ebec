import type { AGENT_ACTIONS } from '../config/sections/lookups/platform-limits.js';
import type { FlatInput, FlatOutput, FlatRoute } from './flat-route.js';

type AgentAction = (typeof AGENT_ACTIONS)[number];

const AGENT_ID: FlatOutput = { name: 'agentId', type: 'string', description: 'Id of the agent', fallback: '' };
const EXPIRES: FlatOutput = {
  name: 'lockExpiresInMs',
  type: 'integer',
  description: 'Milliseconds until the lock expires',
  fallback: 0,
};

const AGENT: FlatInput = {
  name: 'agentId',
  description: 'Id of the claimed agent',
  required: true,
  example: 'agent-1',
};
const LOCK: FlatInput = {
  name: 'lockToken',
  description: 'The lockToken that the claim returned',
  required: true,
  example: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
};

const AVAILABLE: FlatRoute = {
  name: 'agents-available',
  description: 'Claim the next free agent of a queue',
  method: 'GET',
  path: '/agents/available',
  inputs: [
    { name: 'queueId', description: 'Id of the queue', required: true, example: 'queue-1' },
    {
      name: 'callId',
      description:
        'Id of the conversation. A repeated request of the same caller with the same id returns the same agent',
      required: true,
      example: '1c1f0c80-5f6d-4a3e-9a05-0b6f3a2f9f11',
    },
  ],
  outputs: [
    { name: 'agentFound', type: 'boolean', description: 'True if an agent was claimed', fallback: false },
    AGENT_ID,
    {
      name: 'lockToken',
      type: 'string',
      description: 'Token of the claim; confirm and release require it',
      fallback: '',
    },
    {
      name: 'fence',
      type: 'integer',
      description: 'Number of the claim: a later claim has a greater number; at most 15 digits',
      fallback: 0,
    },
    EXPIRES,
    { name: 'queueId', type: 'string', description: 'Id of the queue of the claim', fallback: '' },
    {
      name: 'error',
      type: 'string',
      description:
        'Empty; no_queue without a queueId; store_unavailable or region_unreachable if the store or the home region does not answer; no_home while the home moves',
      words: ['', 'no_queue', 'store_unavailable', 'region_unreachable', 'no_home'],
      fallback: 'store_unavailable',
    },
    { name: 'region', type: 'string', description: 'Name of the region that decided', fallback: '' },
  ],
};

const CONFIRM: FlatRoute = {
  name: 'agents-confirm',
  description: 'Confirm that the interaction began: the agent stays locked until the interaction ends',
  method: 'POST',
  path: '/agents/{agentId}/confirm',
  inputs: [AGENT, LOCK],
  outputs: [
    AGENT_ID,
    { name: 'confirmed', type: 'boolean', description: 'True if the lock is held', fallback: false },
    EXPIRES,
  ],
};

const RELEASE: FlatRoute = {
  name: 'agents-release',
  description: 'Release a claimed agent',
  method: 'POST',
  path: '/agents/{agentId}/release',
  inputs: [
    AGENT,
    LOCK,
    {
      name: 'outcome',
      description:
        'rejected: the agent declined the interaction; failed: the interaction did not reach the agent; ended: the interaction is over',
      words: ['rejected', 'failed', 'ended'],
      required: true,
      example: 'ended',
    },
  ],
  outputs: [
    AGENT_ID,
    { name: 'released', type: 'boolean', description: 'True if the lock is released', fallback: false },
  ],
};

/** The agent actions of a flow, each a Data Action. */
export const AGENT_ROUTES: Readonly<Record<AgentAction, FlatRoute>> = {
  'agents-available': AVAILABLE,
  'agents-confirm': CONFIRM,
  'agents-release': RELEASE,
};
