import { send, type Routes } from '../exchange.js';

/** How long a browser caches the answer to a preflight request, in seconds. */
const MAX_AGE_S = '600';

/**
 * Lets pages of other origins read the answers, as the platform does: a page calls the platform API
 * and the token endpoint from the browser.
 */
export function forBrowsers(routes: Routes): Routes {
  return (exchange) => {
    const { request, response, method, path } = exchange;
    if (request.headers.origin === undefined) return routes(exchange);
    response.setHeader('access-control-allow-origin', '*');
    if (method !== 'OPTIONS' || !/^\/(api\/v2|oauth)\//.test(path)) return routes(exchange);
    const headers = {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': MAX_AGE_S,
    };
    send(response, { status: 204, body: undefined, headers });
    return true;
  };
}
