import { send, segmentAfter, methodNotAllowed, type Answer, type Exchange, type Routes } from '../exchange.js';
import type { CallHandler } from '../call-handler.js';
import type { TokenUser } from '../login/token-registry.js';
import { platformError } from './platform-error.js';

/** A request of the platform API. */
export interface ApiRequest {
  /** The id in the path; empty if the route has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly clientId: string;
  /** The user of the call's token. `undefined` for the token of a client. */
  readonly user: TokenUser | undefined;
}

/** A route of the platform API. */
export interface ApiRoute {
  /** The name of the route in the counters. `{id}` stands for a segment. */
  readonly path: string;
  /** The permission that a client needs. `undefined` means that a token is enough. */
  readonly permission: string | undefined;
  answer(request: ApiRequest): Answer;
}

/** @param holderOf returns the client and the user of the call's token */
export function apiRoutes(
  routes: readonly ApiRoute[],
  calls: CallHandler,
  holderOf: (exchange: Exchange) => Pick<ApiRequest, 'clientId' | 'user'>,
): Routes {
  return (exchange) => {
    for (const route of routes) {
      const id = idIn(route.path, exchange.path);
      if (id === undefined) continue;
      if (exchange.method !== 'GET') send(exchange.response, methodNotAllowed(['GET']));
      else calls.handle(exchange, route.path, () => route.answer({ id, query: exchange.query, ...holderOf(exchange) }));
      return true;
    }
    return false;
  };
}

/** Returns the segment at `{id}`, or '' if the route has none. `undefined` means another route. */
function idIn(route: string, path: string): string | undefined {
  const [before = '', after] = route.split('{id}');
  if (after === undefined) return path === route ? '' : undefined;
  if (after !== '' && !path.endsWith(after)) return undefined;
  return segmentAfter(before, after === '' ? path : path.slice(0, -after.length));
}

export function entityAnswer(body: object | undefined): Answer {
  return body === undefined
    ? platformError(404, 'not.found', 'The requested resource was not found.')
    : { status: 200, body };
}
