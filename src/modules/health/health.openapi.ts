import type {
  OperationDescription,
  ResponseDescription,
  RouteDescriptions,
} from '../../contracts/openapi/route-description.js';
import {
  arrayOf,
  BOOLEAN,
  closedObject,
  constant,
  enumOf,
  NUMBER,
  openObject,
  STRING,
} from '../../contracts/openapi/schemas.js';

const open = { tag: 'operation', scopes: [], ofTenant: false } as const;

const REPORT = closedObject({
  status: enumOf('ok', 'error', 'shutting_down'),
  info: { type: 'object' },
  error: { type: 'object' },
  details: { type: 'object' },
});

/** The routes of the controllers in this folder: health, metrics and systems. */
export const HEALTH_OPERATIONS: RouteDescriptions = {
  'GET /health': {
    ...open,
    id: 'health',
    summary: 'Check that the process answers',
    responses: {
      200: {
        description: 'The process answers',
        schema: closedObject({ status: constant('ok'), region: STRING, version: STRING }),
      },
    },
  },
  'GET /health/live': probe('live', 'Liveness probe', 'The process is alive'),
  'GET /health/startup': probe('startup', 'Startup probe', 'The process is warm', 'The warm-up is not finished'),
  'GET /health/ready': probe(
    'ready',
    'Readiness probe',
    'The process accepts requests',
    'The warm-up is not finished, or the process is stopping',
  ),
  'GET /metrics': {
    tag: 'operation',
    scopes: ['operate'],
    ofTenant: false,
    id: 'metrics',
    summary: 'Return the metrics for Prometheus',
    responses: { 200: { description: 'Prometheus text format', schema: STRING, contentType: 'text/plain' } },
  },
  'GET /api/v1/systems': {
    tag: 'lookups',
    scopes: ['lookup'],
    ofTenant: false,
    id: 'systems',
    summary: 'List which systems of record can be reached',
    responses: {
      200: {
        description: 'The systems; the check is at most five seconds old',
        schema: closedObject({
          systems: arrayOf(
            openObject({ system: STRING, reachable: BOOLEAN, connectMs: NUMBER }, ['system', 'reachable']),
          ),
        }),
      },
    },
  },
};

/** @param failed what a 503 means; `undefined` means that the probe never returns 503 */
function probe(id: string, summary: string, passed: string, failed?: string): OperationDescription {
  const responses: Record<number, ResponseDescription> = { 200: { description: passed, schema: REPORT } };
  if (failed !== undefined) responses[503] = { description: failed, schema: REPORT };
  return { ...open, id, summary, responses };
}
