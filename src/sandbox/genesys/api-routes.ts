import { send, segmentBelow, wrongMethod, type Answer, type Exchange, type Routes } from '../exchange.js';
import type { FrontDesk } from '../front-desk.js';
import { platformError } from './platform-error.js';

/** What a route is asked: the id in its path, where it has one, and who asks. */
export interface Asked {
  readonly id: string;
  readonly query: URLSearchParams;
  readonly clientId: string;
}

/** One route of the platform API. */
export interface ApiRoute {
  /** As the counters name it. `{id}` stands for a segment. */
  readonly path: string;
  /** What a client's roles must let it do; undefined asks for a token alone. */
  readonly permission: string | undefined;
  answer(asked: Asked): Answer;
}

/** @param clientOf whose token the call carries */
export function apiRoutes(
  routes: readonly ApiRoute[],
  desk: FrontDesk,
  clientOf: (exchange: Exchange) => string,
): Routes {
  return (exchange) => {
    for (const route of routes) {
      const id = idIn(route.path, exchange.path);
      if (id === undefined) continue;
      if (exchange.method !== 'GET') send(exchange.response, wrongMethod(['GET']));
      else
        desk.take(exchange, route.path, () =>
          route.answer({ id, query: exchange.query, clientId: clientOf(exchange) }),
        );
      return true;
    }
    return false;
  };
}

/** The segment at `{id}`; '' where the route has none, undefined where it is another route. */
function idIn(route: string, path: string): string | undefined {
  const [before = '', after] = route.split('{id}');
  if (after === undefined) return path === route ? '' : undefined;
  if (after !== '' && !path.endsWith(after)) return undefined;
  return segmentBelow(before, after === '' ? path : path.slice(0, -after.length));
}

export function found(body: object | undefined): Answer {
  return body === undefined
    ? platformError(404, 'not.found', 'The requested resource was not found.')
    : { status: 200, body };
}
