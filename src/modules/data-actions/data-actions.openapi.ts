import { AGENT_ACTIONS } from '../../config/sections/lookups/platform-limits.js';
import type { ParameterDescription, RouteDescriptions } from '../../contracts/openapi/route-description.js';
import { arrayOf, closedObject, constant, STRING } from '../../contracts/openapi/schemas.js';

const shared = { tag: 'operation', scopes: ['operate'], ofTenant: false } as const;
const OBJECT = { type: 'object' };

const BASE_URL: ParameterDescription = {
  name: 'baseUrl',
  in: 'query',
  description: 'The https address at which Genesys Cloud reaches the service. Default: the address of this request',
  example: 'https://datadip.example.com',
};

const DATA_ACTION = closedObject({
  name: STRING,
  integrationType: constant('custom-rest-actions'),
  actionType: constant('custom'),
  config: closedObject({
    request: OBJECT,
    response: OBJECT,
    timeoutSeconds: { type: 'integer', minimum: 1, maximum: 60 },
  }),
  contract: closedObject({ input: OBJECT, output: OBJECT }),
  secure: constant(false),
});

/** The routes of `DataActionsController`. */
export const DATA_ACTION_OPERATIONS: RouteDescriptions = {
  'GET /data-actions': {
    ...shared,
    id: 'data-actions',
    summary: 'List the Data Actions that Genesys Cloud can import',
    parameters: [BASE_URL],
    responses: {
      200: {
        description: 'One Data Action per lookup that the caller may use, and one per agent action',
        schema: closedObject({
          baseUrl: STRING,
          dataActions: arrayOf(closedObject({ name: STRING, description: STRING, href: STRING })),
        }),
      },
    },
  },
  'GET /data-actions/{name}.custom.json': {
    ...shared,
    id: 'data-action',
    summary: 'Return one Data Action as a file to import',
    parameters: [
      {
        name: 'name',
        in: 'path',
        description: `Name of a lookup, or ${AGENT_ACTIONS.join(', ')}`,
        required: true,
        example: 'customer',
      },
      BASE_URL,
    ],
    responses: { 200: { description: 'The file', schema: DATA_ACTION, headers: ['Content-Disposition'] } },
    problems: { 403: ['wrong_lookup'], 404: ['unknown_lookup'] },
  },
};
