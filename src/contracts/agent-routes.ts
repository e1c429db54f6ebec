import type { AGENT_ACTIONS } from '../config/sections/lookups/platform-limits.js';
import { EVALUATIONS } from './skills.js';
import type { FlatInput, FlatOutput, FlatRoute } from './flat-route.js';

type AgentAction = (typeof AGENT_ACTIONS)[number];

const NO_AGENT_REASONS = ['', 'no_queue', 'store_unavailable', 'region_unreachable', 'no_home'];

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

const QUEUE: FlatInput = { name: 'queueId', description: 'Id of the queue', required: true, example: 'queue-1' };
const SKILLS: FlatInput = {
  name: 'skills',
  description:
    'Required skills and languages, at most 10, separated by commas: name, or name:minimum with a proficiency of 0 to 5',
  required: false,
  example: 'spanish:3,billing',
};

const AVAILABLE: FlatRoute = {
  name: 'agents-available',
  description: 'Claim the next free agent of a queue',
  method: 'GET',
  path: '/agents/available',
  inputs: [
    QUEUE,
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
      words: NO_AGENT_REASONS,
      fallback: 'store_unavailable',
    },
    { name: 'region', type: 'string', description: 'Name of the region that decided', fallback: '' },
  ],
};

/** The same route with the parameters of a claim by skill. */
const BY_SKILL: FlatRoute = {
  ...AVAILABLE,
  name: 'agents-by-skill',
  description: 'Claim a free agent of a queue who has the required skills',
  inputs: [
    ...AVAILABLE.inputs,
    SKILLS,
    {
      name: 'evaluation',
      description:
        'all (the default): the longest idle agent with every skill; best: the greatest sum of proficiencies; disregard: the longest idle agent',
      // A flow may set the input to an empty text, which counts as absent.
      words: ['', ...EVALUATIONS],
      required: false,
      example: 'best',
    },
    {
      name: 'prefer',
      description: 'Ids of agents that come first, at most 10, separated by commas',
      required: false,
      example: 'agent-1,agent-2',
    },
    {
      name: 'relax',
      description: 'Seconds after which a skill is no longer required, as name@seconds, separated by commas',
      required: false,
      example: 'billing@10',
    },
    {
      name: 'waitedS',
      description: 'Seconds that the call has waited; 0 if not set',
      required: false,
      example: '12',
    },
  ],
  outputs: [
    ...AVAILABLE.outputs.map((output) =>
      output.name === 'error'
        ? {
            ...output,
            description: `${output.description}; no_agent_with_skills if no member of the queue has the skills`,
            words: [...NO_AGENT_REASONS, 'no_agent_with_skills'],
          }
        : output,
    ),
    {
      name: 'matchedBy',
      type: 'string',
      description: 'The rule that chose the agent: all, best, disregard or preferred; empty without an agent',
      words: ['', ...EVALUATIONS, 'preferred'],
      fallback: '',
    },
    {
      name: 'score',
      type: 'number',
      description: 'Sum of the proficiencies of the agent in the required skills',
      fallback: 0,
    },
  ],
};

const AVAILABILITY: FlatRoute = {
  name: 'agents-availability',
  description: 'Count the agents of a queue, and claim none',
  method: 'GET',
  path: '/queues/{queueId}/availability',
  inputs: [QUEUE, SKILLS],
  outputs: [
    { name: 'queueId', type: 'string', description: 'Id of the queue', fallback: '' },
    { name: 'available', type: 'integer', description: 'Members that a call can get now', fallback: 0 },
    { name: 'busy', type: 'integer', description: 'Members that are busy or locked by a call', fallback: 0 },
    { name: 'offline', type: 'integer', description: 'Members that are logged out or never reported', fallback: 0 },
    { name: 'stale', type: 'integer', description: 'Members whose last report is too old', fallback: 0 },
    {
      name: 'withSkills',
      type: 'integer',
      description: 'Available members that have the skills; without skills the same as available',
      fallback: 0,
    },
    {
      name: 'firstFreeInMs',
      type: 'integer',
      description:
        'Milliseconds until the first lock of a member expires; -1 if there is none among the 512 first locks of the tenant',
      fallback: -1,
    },
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
  'agents-by-skill': BY_SKILL,
  'agents-availability': AVAILABILITY,
  'agents-confirm': CONFIRM,
  'agents-release': RELEASE,
};
