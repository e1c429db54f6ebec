import type { RouteDescriptions } from '../../contracts/openapi/route-description.js';
import { openObject, STRING } from '../../contracts/openapi/schemas.js';

const shared = { tag: 'operation', scopes: ['operate'], ofTenant: false } as const;
const DOCUMENT_MEMBERS = { openapi: STRING, info: { type: 'object' }, paths: { type: 'object' } };

/** The routes of `ApiDocsController`. */
export const API_DOCS_OPERATIONS: RouteDescriptions = {
  'GET /docs': {
    ...shared,
    id: 'docs',
    summary: 'Show this document as a page on which requests can be tried',
    responses: { 200: { description: 'The page', schema: STRING, contentType: 'text/html' } },
  },
  'GET /docs/{asset}': {
    ...shared,
    id: 'docs-asset',
    summary: 'Return a file that the page loads',
    parameters: [{ name: 'asset', in: 'path', description: 'Name of the file', required: true, example: 'page.js' }],
    responses: { 200: { description: 'The file', schema: STRING, contentType: '*/*' } },
    problems: { 404: ['not_found'] },
  },
  'GET /docs-json': {
    ...shared,
    id: 'docs-json',
    summary: 'Return this document',
    responses: {
      200: {
        description: 'The OpenAPI 3.1 document',
        schema: openObject(DOCUMENT_MEMBERS, ['openapi', 'info', 'paths']),
      },
    },
  },
};
