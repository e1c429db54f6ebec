/** A route of Datadip that the Worker forwards. */
export interface Route {
  readonly name: 'lookup' | 'profile' | 'claim' | 'read' | 'other';
  readonly lookup: string | undefined;
  readonly maxBodyBytes: number;
  /** Whether a second region may get the request after the first did not answer. */
  readonly mayRepeat: boolean;
}

interface Pattern {
  readonly name: Route['name'];
  readonly path: RegExp;
  /** The methods that may be repeated. A request with another method has the name `other`. */
  readonly reads: readonly string[];
}

const SMALL_BODY_BYTES = 16 * 1024;
const EVENT_BODY_BYTES = 256 * 1024;

/** The first pattern that fits counts. */
const PATTERNS: readonly Pattern[] = [
  { name: 'lookup', path: /^\/lookup\/([\w-]{1,64})$/, reads: ['GET', 'POST'] },
  { name: 'profile', path: /^\/api\/v1\/(profile)$/, reads: ['GET', 'POST'] },
  { name: 'claim', path: /^\/agents\/available$/, reads: ['GET'] },
  { name: 'read', path: /^\/agents\/[^/]+$|^\/queues\/[^/]+\/(?:agents|availability)$/, reads: ['GET'] },
  { name: 'other', path: /^\/(?:agents|queues)\/[^/]+\/[^/]+(?:\/[^/]+)?$|^\/oauth\/token$/, reads: [] },
  { name: 'other', path: /^\/(?:webhook|events)\/[^/]+$/, reads: [] },
];

/**
 * Finds the route of a request. Routes of operators, such as `/metrics`, `/ops` and `/try`, are not
 * forwarded: `undefined`.
 *
 * Reads may be repeated. So may a claim with a `callId`, because the home region gives the same
 * call the same agent. All other requests go to the first region, once.
 */
export function routeOf({ method, url }: Request): Route | undefined {
  const { pathname, searchParams } = new URL(url);
  for (const { name, path, reads } of PATTERNS) {
    const found = path.exec(pathname);
    if (found === null) continue;
    const isRead = reads.includes(method);
    const isEvent = /^\/(webhook|events)\//.test(pathname);
    return {
      name: isRead ? name : 'other',
      lookup: isRead ? found[1] : undefined,
      maxBodyBytes: isEvent ? EVENT_BODY_BYTES : SMALL_BODY_BYTES,
      mayRepeat: isRead && (name !== 'claim' || (searchParams.get('callId') ?? '') !== ''),
    };
  }
  return undefined;
}
