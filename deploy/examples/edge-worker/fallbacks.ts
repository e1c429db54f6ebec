import type { AnswerError } from './regions.ts';
import type { Route } from './routes.ts';
import type { Flat } from './settings.ts';

const ACCEPTABLE_ID = /^[A-Za-z0-9._:;=+/~|-]{1,128}$/;

/** The degraded answer of a lookup, as a region gives it. For a profile, the status is 503. */
export function fallbackAnswer(
  flat: Flat,
  { name }: Route,
  request: Request,
  error: AnswerError,
  tookMs: number,
): Response {
  const body = { ...flat, source: 'degraded', cacheHit: false, latencyMs: tookMs, error };
  const headers = { ...headersOf(request, 'fallback'), 'x-cache': 'DEGRADED' };
  if (name !== 'profile') return Response.json(body, { headers });
  return Response.json(body, { status: 503, headers: { ...headers, 'retry-after': '1' } });
}

/** A copy of an earlier answer. */
export function copiedAnswer(copy: Flat, request: Request, tookMs: number): Response {
  const body = { ...copy, source: 'stale', cacheHit: true, latencyMs: tookMs, error: '' };
  return Response.json(body, { headers: { ...headersOf(request, 'copy'), 'x-cache': 'STALE' } });
}

/**
 * The answer to a claim, as a region gives it while the home region is away. The home may have
 * locked an agent all the same. The next request with the same `callId` gets this agent. Without
 * such a request, the lock ends after 10 s.
 */
export function noAgent(request: Request): Response {
  const { searchParams } = new URL(request.url);
  const isBySkill = ['skills', 'evaluation', 'prefer', 'relax', 'waitedS'].some((name) => searchParams.has(name));
  const claim = { agentFound: false, agentId: '', lockToken: '', fence: 0, lockExpiresInMs: 0 };
  const answer = { ...claim, queueId: searchParams.get('queueId') ?? '', error: 'region_unreachable', region: '' };
  const body = isBySkill ? { ...answer, matchedBy: '', score: 0 } : answer;
  return Response.json(body, { headers: headersOf(request, 'fallback') });
}

/** A problem document (RFC 9457), as regions send it. It repeats no text of the request. */
export function problem(status: number, code: string, title: string, retryAfterS?: number): Response {
  const document = { type: 'about:blank', title, status, code };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  if (retryAfterS !== undefined) headers['retry-after'] = String(retryAfterS);
  return Response.json(document, { status, headers });
}

function headersOf({ headers }: Request, edge: string): Record<string, string> {
  const given = headers.get('x-request-id') ?? '';
  const id = ACCEPTABLE_ID.test(given) ? given : crypto.randomUUID();
  return { 'x-datadip-edge': edge, 'x-request-id': id, 'cache-control': 'no-store' };
}
