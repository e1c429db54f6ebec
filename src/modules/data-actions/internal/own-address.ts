import type { Request } from 'express';
import { HttpProblem } from '../../../kernel/errors.js';
import { baseUrlComplaint, trimmedBaseUrl } from '../base-url.js';

/**
 * The address at which Genesys Cloud reaches Datadip: the query's `baseUrl`, otherwise the address
 * of the request. A proxy sets `X-Forwarded-Proto` to https. A caller that forges these headers
 * gets a file with a wrong address: Datadip stores no file, and uses the headers for nothing else.
 *
 * @throws {HttpProblem} 400 if the address is not valid for Data Actions
 */
export function ownAddress(request: Request): string {
  const baseUrl: unknown = request.query.baseUrl;
  if (baseUrl !== undefined) return checkedAddress(baseUrl, false);
  const forwarded = request.headers['x-forwarded-proto'];
  const scheme = /^https\b/i.test(String(forwarded ?? '')) ? 'https' : 'http';
  return checkedAddress(`${scheme}://${request.headers.host ?? ''}`, true);
}

function checkedAddress(text: unknown, allowHttp: boolean): string {
  const complaint = typeof text === 'string' ? baseUrlComplaint(text, allowHttp) : 'must be given once';
  if (typeof text !== 'string' || complaint !== undefined)
    throw new HttpProblem('bad_request', 400, `baseUrl ${complaint ?? ''}`);
  return trimmedBaseUrl(text);
}
