import type { DescribedRoutes, Parameter } from './described.js';
import { accepting, always, exactly, FLAG, listOf, NUMBER, TEXT, WHOLE, words } from './schemas.js';

const AGENT_ID: Parameter = { name: 'agentId', in: 'path', description: "The agent's id", required: true };
const QUEUE_ID: Parameter = { name: 'queueId', in: 'path', description: "The queue's id", required: true };
const TENANT: Parameter = { name: 'tenantId', in: 'query', description: 'Whose agents these are' };

const AGENT = {
  agentFound: FLAG,
  agentId: TEXT,
  status: words('AVAILABLE', 'BUSY', 'OFFLINE'),
  currentCallId: TEXT,
  lastUpdated: { type: 'integer', description: "The platform's time, Unix milliseconds; 0: never heard of" },
  platform: TEXT,
  platformStatus: TEXT,
  region: TEXT,
  stale: { type: 'boolean', description: 'Not heard of for longer than agents are trusted' },
};
const PRIORITY = { type: 'number', minimum: 0, maximum: 999_999, description: 'Lowest first' };

const shared = { tag: 'agents', scopes: ['agents'], ofTenant: true } as const;
const STORE = { 400: ['bad_request'], 503: ['store_unavailable'] } as const;

/** What is asked and told of agents and queues, beside what flows do with them. */
export const AGENT_OPERATIONS: DescribedRoutes = {
  'GET /agents/{agentId}': {
    ...shared,
    id: 'agent',
    summary: 'What is known of an agent',
    parameters: [AGENT_ID, TENANT],
    answers: { 200: { description: 'Known, or `agentFound: false`', schema: exactly(AGENT) } },
    refusals: STORE,
  },
  'GET /queues/{queueId}/agents': {
    ...shared,
    id: 'queue-members',
    summary: 'Who serves a queue, a page at a time',
    parameters: [
      QUEUE_ID,
      TENANT,
      { name: 'offset', in: 'query', description: 'Members to pass over', schema: { type: 'integer', minimum: 0 } },
      {
        name: 'limit',
        in: 'query',
        description: 'Members of a page. CXone Studio takes answers up to 32 KB: 40 of them',
        schema: { type: 'integer', minimum: 1, maximum: 500 },
      },
    ],
    answers: {
      200: {
        description: 'The members, lowest priority score first',
        schema: exactly({
          queueId: TEXT,
          total: WHOLE,
          agents: listOf(exactly({ ...AGENT, priorityScore: NUMBER })),
          nextOffset: { type: 'integer', description: '-1 after the last page' },
        }),
      },
    },
    refusals: STORE,
  },
  'PUT /queues/{queueId}/agents/{agentId}': {
    ...shared,
    id: 'join-queue',
    summary: 'An agent serves a queue, or serves it with another priority',
    parameters: [QUEUE_ID, AGENT_ID, TENANT],
    body: { schema: accepting({ priorityScore: PRIORITY, tenantId: TEXT }), example: { priorityScore: 0 } },
    answers: {
      200: { description: 'Done', schema: exactly({ queueId: TEXT, agentId: TEXT, priorityScore: PRIORITY }) },
    },
    refusals: { ...STORE, 409: ['too_many_members'] },
  },
  'DELETE /queues/{queueId}/agents/{agentId}': {
    ...shared,
    id: 'leave-queue',
    summary: 'An agent no longer serves a queue',
    parameters: [QUEUE_ID, AGENT_ID, TENANT],
    answers: { 200: { description: 'Done', schema: exactly({ queueId: TEXT, agentId: TEXT, removed: FLAG }) } },
    refusals: STORE,
  },
  'POST /events/agent-status': {
    tag: 'events',
    scopes: ['events'],
    ofTenant: true,
    id: 'agent-status',
    summary: 'How an agent is, from another region or a middleware',
    body: {
      schema: accepting(
        {
          event_id: TEXT,
          timestamp: { type: 'number', description: "The platform's time, Unix seconds or milliseconds" },
          agent_id: TEXT,
          status: TEXT,
          region_source: TEXT,
          tenant_id: TEXT,
          platform: words('genesys', 'cxone', 'other'),
          is_acw: FLAG,
        },
        ['event_id', 'timestamp', 'agent_id', 'status', 'region_source'],
      ),
      example: {
        event_id: 'e-1',
        timestamp: 1_750_000_000,
        agent_id: 'agent-1',
        status: 'AVAILABLE',
        region_source: 'eu',
      },
    },
    answers: {
      202: {
        description: 'Stored, or known to be old',
        schema: exactly({ accepted: always(true), outcome: words('applied', 'older', 'duplicate') }),
      },
    },
    refusals: { 400: ['invalid_event'], 503: ['store_unavailable'] },
  },
};
