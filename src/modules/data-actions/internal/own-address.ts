import type { Request } from 'express';
import { HttpProblem } from '../../../kernel/errors.js';
import { baseUrlComplaint, trimmedBaseUrl } from '../base-url.js';

/**
 * Where the platform is to find us: what `baseUrl` says, else the address the request was sent to. A proxy says in `X-Forwarded-Proto`
 * that it was https. Whoever forges these headers forges their own file: it is never stored, and nothing else is taken from them.
 *
 * @throws {HttpProblem} 400
 */
export function ownAddress(request: Request): string {
  const asked: unknown = request.query.baseUrl;
  if (asked !== undefined) return checked(asked, false);
  const forwarded = request.headers['x-forwarded-proto'];
  const scheme = /^https\b/i.test(String(forwarded ?? '')) ? 'https' : 'http';
  return checked(`${scheme}://${request.headers.host ?? ''}`, true);
}

function checked(text: unknown, allowHttp: boolean): string {
  const complaint = typeof text === 'string' ? baseUrlComplaint(text, allowHttp) : 'must be given once';
  if (typeof text !== 'string' || complaint !== undefined)
    throw new HttpProblem('bad_request', 400, `baseUrl ${complaint ?? ''}`);
  return trimmedBaseUrl(text);
}
