import { AGENT_ROUTES } from '../../contracts/agent-routes.js';
import type { FlatRoute } from '../../contracts/flat-route.js';
import { byBody, byQuery, outputSchema, type FlatRouteTerms } from '../../contracts/openapi/flat-route-operations.js';
import type { ParameterDescription, RouteDescriptions } from '../../contracts/openapi/route-description.js';
import {
  arrayOf,
  BOOLEAN,
  closedObject,
  constant,
  enumOf,
  INTEGER,
  NUMBER,
  openObject,
  STRING,
} from '../../contracts/openapi/schemas.js';

const { 'agents-available': AVAILABLE, 'agents-confirm': CONFIRM, 'agents-release': RELEASE } = AGENT_ROUTES;

const AGENT_ID: ParameterDescription = { name: 'agentId', in: 'path', description: 'Id of the agent', required: true };
const QUEUE_ID: ParameterDescription = { name: 'queueId', in: 'path', description: 'Id of the queue', required: true };
const TENANT: ParameterDescription = { name: 'tenantId', in: 'query', description: 'Tenant of the agents' };

const AGENT = {
  agentFound: BOOLEAN,
  agentId: STRING,
  status: enumOf('AVAILABLE', 'BUSY', 'OFFLINE'),
  currentCallId: STRING,
  lastUpdated: {
    type: 'integer',
    description: 'Time of the last report by the clock of the platform, in Unix milliseconds; 0 means no report',
  },
  platform: STRING,
  platformStatus: STRING,
  region: STRING,
  stale: {
    type: 'boolean',
    description:
      'True if the last report is older than `agents.agentTtlMs`, if its region is silent, or if the position of `X-Datadip-After` was not reached',
  },
};
const PRIORITY = {
  type: 'number',
  minimum: 0,
  maximum: 999_999,
  description: 'Agents with a lower score are claimed first',
};

const shared = { tag: 'agents', scopes: ['agents'], ofTenant: true } as const;
const PROBLEMS = { 400: ['bad_request', 'invalid_position'], 503: ['store_unavailable'] } as const;
const AWAY = ['store_unavailable', 'region_unreachable', 'no_home'] as const;
const HOME_PROBLEMS = { 400: ['bad_request'], 503: AWAY } as const;

/** The routes of `AgentsController`. */
export const AGENT_OPERATIONS: RouteDescriptions = {
  [`GET ${AVAILABLE.path}`]: byQuery(AVAILABLE, termsOf(AVAILABLE, { 400: ['bad_request'] })),
  [`POST ${CONFIRM.path}`]: byBody(CONFIRM, termsOf(CONFIRM, { ...HOME_PROBLEMS, 409: ['lock_not_held'] })),
  [`POST ${RELEASE.path}`]: byBody(RELEASE, termsOf(RELEASE, { ...HOME_PROBLEMS, 409: ['lock_not_held'] })),
  'GET /agents/{agentId}': {
    ...shared,
    id: 'agent',
    summary: 'Return the state of an agent',
    parameters: [AGENT_ID, TENANT],
    responses: {
      200: { description: 'The agent; `agentFound: false` if it is unknown', schema: closedObject(AGENT) },
    },
    problems: PROBLEMS,
  },
};

/** The routes of `QueuesController`. */
export const QUEUE_OPERATIONS: RouteDescriptions = {
  'GET /queues/{queueId}/agents': {
    ...shared,
    id: 'queue-members',
    summary: 'List the agents of a queue, page by page',
    parameters: [
      QUEUE_ID,
      TENANT,
      { name: 'offset', in: 'query', description: 'Members to skip', schema: { type: 'integer', minimum: 0 } },
      {
        name: 'limit',
        in: 'query',
        description: 'Members per page. CXone Studio accepts answers up to 32 KB, which is 40 members',
        schema: { type: 'integer', minimum: 1, maximum: 500 },
      },
    ],
    responses: {
      200: {
        description: 'The members, lowest priority score first',
        schema: closedObject({
          queueId: STRING,
          total: INTEGER,
          agents: arrayOf(closedObject({ ...AGENT, priorityScore: NUMBER })),
          nextOffset: { type: 'integer', description: 'Offset of the next page; -1 after the last page' },
        }),
      },
    },
    problems: HOME_PROBLEMS,
  },
  'PUT /queues/{queueId}/agents/{agentId}': {
    ...shared,
    id: 'join-queue',
    summary: 'Add an agent to a queue, or change its priority there',
    parameters: [QUEUE_ID, AGENT_ID, TENANT],
    body: { schema: openObject({ priorityScore: PRIORITY, tenantId: STRING }), example: { priorityScore: 0 } },
    responses: {
      200: {
        description: 'The agent is a member of the queue',
        schema: closedObject({ queueId: STRING, agentId: STRING, priorityScore: PRIORITY }),
      },
    },
    problems: { 400: ['bad_request', 'too_many_members'], 503: [...AWAY, 'store_full'] },
  },
  'DELETE /queues/{queueId}/agents/{agentId}': {
    ...shared,
    id: 'leave-queue',
    summary: 'Remove an agent from a queue',
    parameters: [QUEUE_ID, AGENT_ID, TENANT],
    responses: {
      200: {
        description: 'The agent is no member of the queue',
        schema: closedObject({ queueId: STRING, agentId: STRING, removed: BOOLEAN }),
      },
    },
    problems: HOME_PROBLEMS,
  },
};

/** The route of `AgentEventsController`. */
export const AGENT_EVENT_OPERATIONS: RouteDescriptions = {
  'POST /events/agent-status': {
    tag: 'events',
    scopes: ['events'],
    ofTenant: true,
    id: 'agent-status',
    summary: 'Report the status of an agent, from another region or from middleware',
    body: {
      schema: openObject(
        {
          event_id: STRING,
          timestamp: {
            type: 'number',
            description: 'Time of the event by the clock of the platform, in Unix seconds or milliseconds',
          },
          agent_id: STRING,
          status: STRING,
          region_source: STRING,
          tenant_id: STRING,
          platform: enumOf('genesys', 'cxone', 'other'),
          is_acw: BOOLEAN,
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
    responses: {
      202: {
        description:
          'Stored; or ignored, because a newer event is stored, or because Amazon SNS asks to confirm a subscription',
        schema: {
          oneOf: [
            closedObject({ accepted: constant(true), outcome: enumOf('applied', 'older', 'duplicate') }),
            closedObject({ ignored: constant(true) }),
          ],
        },
      },
    },
    problems: { 400: ['invalid_event', 'too_many_agents'], 503: ['store_unavailable', 'store_full', 'outbox_full'] },
  },
};

function termsOf({ outputs }: FlatRoute, problems: NonNullable<FlatRouteTerms['problems']>): FlatRouteTerms {
  const responses = { 200: { description: 'The outcome', schema: outputSchema(outputs) } };
  return { tag: 'agents', scopes: ['agents'], responses, problems, lenientBody: false };
}
