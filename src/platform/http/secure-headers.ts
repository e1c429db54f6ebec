import helmet from 'helmet';
import type { Middleware } from './fast/compose-middleware.js';
import type { RouteTable } from './route-table.js';

const secured = helmet({
  // Datadip serves no pages to be framed.
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
});

/** Adds the headers that protect a browser, unless the route declares that it does without them. */
export function secureHeaders(routes: RouteTable): Middleware {
  return (request, response, next) => {
    if (routes.optionsOf(request).secureHeaders) secured(request, response, next);
    else next();
  };
}
