import type { RouteDescriptions } from '../../contracts/openapi/route-description.js';
import { INTEGER, STRING } from '../../contracts/openapi/schemas.js';

const shared = { tag: 'operation', scopes: ['operate'], ofTenant: false } as const;

/** The routes of `OpsController`. */
export const OPS_OPERATIONS: RouteDescriptions = {
  'GET /ops': {
    ...shared,
    id: 'ops',
    summary: 'Show the live state of the region as a page',
    responses: { 200: { description: 'The page', schema: STRING, contentType: 'text/html' } },
  },
  'GET /ops/stream': {
    ...shared,
    id: 'ops-stream',
    summary: 'Send the state of the region once a second',
    description:
      'Server-sent events for the page: `history` once, then `second` every second. The data of the events may change with every version.',
    parameters: [
      {
        name: 'seconds',
        in: 'query',
        description: 'The stream ends after this many seconds, 0 to 3600; 0 sends the present state and ends',
        required: true,
        schema: INTEGER,
        example: 0,
      },
    ],
    responses: { 200: { description: 'The events', schema: STRING, contentType: 'text/event-stream' } },
    problems: { 400: ['bad_request'], 503: ['overloaded', 'stopping'] },
  },
  'GET /ops/{asset}': {
    ...shared,
    id: 'ops-asset',
    summary: 'Return a file that the page loads',
    parameters: [{ name: 'asset', in: 'path', description: 'Name of the file', required: true, example: 'page.js' }],
    responses: { 200: { description: 'The file', schema: STRING, contentType: '*/*' } },
    problems: { 404: ['not_found'] },
  },
};
