import { MAX_PROFICIENCY, MAX_SKILLS_PER_AGENT } from '../../contracts/skills.js';
import { AGENT_ROUTES } from '../../contracts/agent-routes.js';
import type { FlatRoute } from '../../contracts/flat-route.js';
import { byBody, byQuery, outputSchema, type FlatRouteTerms } from '../../contracts/openapi/flat-route-operations.js';
import type {
  OperationDescription,
  ParameterDescription,
  RouteDescriptions,
} from '../../contracts/openapi/route-description.js';
import {
  arrayOf,
  BOOLEAN,
  closedObject,
  enumOf,
  INTEGER,
  NUMBER,
  openObject,
  STRING,
} from '../../contracts/openapi/schemas.js';

const { 'agents-by-skill': BY_SKILL, 'agents-confirm': CONFIRM, 'agents-release': RELEASE } = AGENT_ROUTES;
const { 'agents-available': AVAILABLE, 'agents-availability': AVAILABILITY } = AGENT_ROUTES;

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

const PROFICIENCY = { type: 'number', minimum: 0, maximum: MAX_PROFICIENCY };

const shared = { tag: 'agents', scopes: ['agents'], ofTenant: true } as const;
const PROBLEMS = { 400: ['bad_request', 'invalid_position'], 503: ['store_unavailable'] } as const;
const AWAY = ['store_unavailable', 'region_unreachable', 'no_home'] as const;
const HOME_PROBLEMS = { 400: ['bad_request'], 503: AWAY } as const;

/** The routes of `AgentsController`. */
export const AGENT_OPERATIONS: RouteDescriptions = {
  [`GET ${AVAILABLE.path}`]: claimOperation(),
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
  'PUT /agents/{agentId}/skills': {
    ...shared,
    id: 'set-skills',
    summary: 'Replace the declared skills of an agent',
    parameters: [AGENT_ID, TENANT],
    body: {
      schema: openObject(
        {
          skills: { type: 'object', additionalProperties: PROFICIENCY, maxProperties: MAX_SKILLS_PER_AGENT },
          timestamp: {
            type: 'number',
            description: 'Time of the declaration, in Unix seconds or milliseconds; default: now',
          },
          tenantId: STRING,
        },
        ['skills'],
      ),
      example: { skills: { spanish: 4, billing: 2.5 } },
    },
    responses: {
      200: {
        description: 'The skills of the agent now; `older` means that a newer declaration is stored',
        schema: closedObject({
          agentId: STRING,
          outcome: enumOf('applied', 'older'),
          skills: { type: 'object', additionalProperties: PROFICIENCY },
        }),
      },
    },
    problems: { 400: ['bad_request', 'too_many_skills', 'too_many_agents'], 503: [...AWAY, 'store_full'] },
  },
};

/** The routes of `QueuesController`. */
export const QUEUE_OPERATIONS: RouteDescriptions = {
  [`GET ${AVAILABILITY.path}`]: byQuery(AVAILABILITY, termsOf(AVAILABILITY, HOME_PROBLEMS)),
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
    summary: 'Delete the declared membership of an agent in a queue',
    parameters: [QUEUE_ID, AGENT_ID, TENANT],
    responses: {
      200: {
        description: 'The membership is not declared any more',
        schema: closedObject({
          queueId: STRING,
          agentId: STRING,
          removed: { type: 'boolean', description: 'False if the membership was not declared' },
          stillMember: { type: 'boolean', description: 'True if the platform lists the agent in the queue' },
        }),
      },
    },
    problems: HOME_PROBLEMS,
  },
};

/** A claim has more parameters and two more members of its answer if it is by skill. */
function claimOperation(): OperationDescription {
  const always = new Set(AVAILABLE.outputs.map(({ name }) => name));
  const answer = outputSchema(BY_SKILL.outputs);
  const schema = { ...answer, required: BY_SKILL.outputs.map(({ name }) => name).filter((name) => always.has(name)) };
  const responses = { 200: { description: 'The outcome; a claim by skill also has the rule and the score', schema } };
  const terms = { ...termsOf(BY_SKILL, { 400: ['bad_request'] }), responses };
  return {
    ...byQuery(BY_SKILL, terms),
    id: AVAILABLE.name,
    summary: 'Claim the next free agent of a queue, or by skill',
  };
}

function termsOf({ outputs }: FlatRoute, problems: NonNullable<FlatRouteTerms['problems']>): FlatRouteTerms {
  const responses = { 200: { description: 'The outcome', schema: outputSchema(outputs) } };
  return { tag: 'agents', scopes: ['agents'], responses, problems, lenientBody: false };
}
